#include "cluster/tls_link.hpp"

#include <ifaddrs.h>

#include <fstream>
#include <future>

#include "tests/links/links_world.hpp"
#include "tests/links/relay.hpp"

using namespace resalehub;

namespace {

/// Node 1, which is dialed, and node 2 beyond a wire.
struct wired_pair {
  explicit wired_pair(link_options options = quick())
      : one(authority.certified("n1", options), node_called(1)),
        wire(one.port),
        two(authority.certified("n2", options), node_called(2)) {
    one.links->know({two.as_peer()});
    two.links->know({{1, "n1", wire.address()}});
    REQUIRE(comes([&] { return one.listener.connections == 1 && two.listener.connections == 1; }));
  }

  authority_world authority;
  linked_node one;
  relay wire;
  linked_node two;
};

/// Sends all of them, however full the lane is for a while.
void send_all(linked_node& from, node_number to, lane way, const std::vector<std::string>& all) {
  for (const auto& text : all)
    REQUIRE(comes([&] { return from.links->send(to, way, text); }));
}

std::vector<std::string> numbered(int count) {
  std::vector<std::string> out;
  for (int i = 0; i < count; ++i) out.push_back("message " + std::to_string(i));
  return out;
}

std::vector<std::string> texts(heard& listener, node_number from) {
  std::vector<std::string> out;
  for (const auto& one : listener.messages())
    if (one.from == from) out.push_back(one.text);
  return out;
}

std::string address_that_is_not_loopback() {
  ifaddrs* all = nullptr;
  std::string found;
  if (::getifaddrs(&all) != 0) return found;
  for (auto* one = all; one != nullptr && found.empty(); one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET) continue;
    char text[INET_ADDRSTRLEN];
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(one->ifa_addr);
    ::inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
    if (!std::string_view(text).starts_with("127.")) found = text;
  }
  ::freeifaddrs(all);
  return found;
}

}  // namespace

TEST_CASE("links without certificates are for loopback addresses only") {
  linked_node one(quick(), node_called(1)), two(quick(), node_called(2));
  auto refused = one.links->listen("0.0.0.0", 0);
  REQUIRE_FALSE(refused);
  CHECK(refused.problem().detail.find("links.certificate") != std::string::npos);
  one.links->know({two.as_peer()});
  two.links->know({one.as_peer()});
  REQUIRE(comes([&] { return two.listener.connections == 1; }));
  send_all(two, 1, lane::urgent, numbered(100));
  REQUIRE(comes([&] { return one.listener.arrivals == 100; }));
  CHECK(texts(one.listener, 2) == numbered(100));
  if (const auto outside = address_that_is_not_loopback(); !outside.empty()) {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in here{};
    here.sin_family = AF_INET;
    ::inet_pton(AF_INET, outside.c_str(), &here.sin_addr);
    REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&here), sizeof here) == 0);
    REQUIRE(::listen(listener, 4) == 0);
    socklen_t size = sizeof here;
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&here), &size);
    two.links->know({{1, "n1", outside + ":" + std::to_string(ntohs(here.sin_port))}});
    CHECK(comes([&] { return two.refused(link_fault::not_loopback) > 0; }));
    ::close(listener);
  }
}

TEST_CASE("links with a wrong certificate of their own do not begin") {
  authority_world authority;
  real_clock clock;
  real_entropy chance;
  auto options = authority.certified("n1");
  CHECK(tls_links::make(options, node_called(1), {clock, chance}));
  CHECK_FALSE(tls_links::make(options, node_called(2), {clock, chance}));
  options.key.clear();
  CHECK_FALSE(tls_links::make(options, node_called(1), {clock, chance}));
}

TEST_CASE("two nodes have one connection, and hear each other's messages in order") {
  authority_world authority;
  linked_node one(authority.certified("n1"), node_called(1, 11));
  linked_node two(authority.certified("n2"), node_called(2, 22));
  CHECK_FALSE(one.links->send(2, lane::urgent, "nobody is there"));
  two.links->know({one.as_peer(), two.as_peer()});
  one.links->know({one.as_peer(), two.as_peer()});
  REQUIRE(comes([&] { return one.listener.connections == 1 && two.listener.connections == 1; }));
  CHECK(one.listener.events() == std::vector<std::string>{"+2 22"});
  CHECK(two.listener.events() == std::vector<std::string>{"+1 11"});
  send_all(one, 2, lane::urgent, numbered(3000));
  send_all(two, 1, lane::bulk, numbered(3000));
  REQUIRE(comes([&] { return one.listener.arrivals == 3000 && two.listener.arrivals == 3000; }));
  CHECK(texts(one.listener, 2) == numbered(3000));
  CHECK(texts(two.listener, 1) == numbered(3000));
  CHECK(one.listener.messages()[0].incarnation == 22);
  CHECK(one.links->figures().connections == 1);
  CHECK(two.links->figures().connections == 1);
  CHECK(one.links->figures().frames_sent < 3000);  // many messages ride in one frame
}

TEST_CASE("three nodes are linked each with each; who is no peer any more is cut off") {
  authority_world authority;
  linked_node one(authority.certified("n1"), node_called(1));
  linked_node two(authority.certified("n2"), node_called(2));
  linked_node three(authority.certified("n3"), node_called(3));
  const std::vector<peer> all{one.as_peer(), two.as_peer(), three.as_peer()};
  for (auto* node : {&one, &two, &three}) node->links->know(all);
  for (auto* node : {&one, &two, &three})
    REQUIRE(comes([&] { return node->listener.connections == 2; }));
  for (auto* from : {&one, &two, &three})
    for (auto* to : {&one, &two, &three})
      if (from != to) send_all(*from, to->identity.node, lane::urgent, numbered(50));
  for (auto* node : {&one, &two, &three})
    REQUIRE(comes([&] { return node->listener.arrivals == 100; }));
  CHECK(texts(three.listener, 1) == numbered(50));
  CHECK(texts(three.listener, 2) == numbered(50));

  one.links->know({one.as_peer(), two.as_peer()});
  REQUIRE(comes([&] { return one.listener.disconnections == 1; }));
  REQUIRE(comes([&] { return one.refused(link_fault::unknown_node) > 0; }));  // it tries again
  CHECK_FALSE(one.links->send(3, lane::urgent, "you were removed"));
  CHECK(one.links->send(2, lane::urgent, "you were not"));
}

TEST_CASE("a cut connection is told and made again") {
  wired_pair pair;
  pair.wire.cut();
  REQUIRE(comes([&] {
    return pair.one.listener.connections == 2 && pair.two.listener.connections == 2;
  }));
  CHECK(pair.one.listener.events() == std::vector<std::string>{"+2 7", "-2", "+2 7"});
  send_all(pair.one, 2, lane::urgent, numbered(10));
  send_all(pair.two, 1, lane::urgent, numbered(10));
  CHECK(comes([&] {
    return pair.one.listener.arrivals == 10 && pair.two.listener.arrivals == 10;
  }));
}

TEST_CASE("a silent wire is noticed by both ends, and a thawed one is used again") {
  wired_pair pair;
  const auto begin = std::chrono::steady_clock::now();
  pair.wire.freeze();
  REQUIRE(comes([&] {
    return pair.one.listener.disconnections == 1 && pair.two.listener.disconnections == 1;
  }));
  const auto took = std::chrono::steady_clock::now() - begin;
  CHECK(took > std::chrono::milliseconds(400));
  CHECK(pair.one.refused(link_fault::silent) == 1);
  CHECK_FALSE(pair.one.links->send(2, lane::urgent, "into the void"));
  pair.wire.thaw();
  CHECK(comes([&] {
    return pair.one.listener.connections == 2 && pair.two.listener.connections == 2;
  }));
}

TEST_CASE("an idle link stays") {
  wired_pair pair;
  const auto before = pair.two.links->figures().frames_sent.load();
  REQUIRE(comes([&] { return pair.two.links->figures().frames_sent > before + 30; }));
  CHECK(pair.one.listener.disconnections == 0);
  CHECK(pair.two.listener.disconnections == 0);
}

TEST_CASE("a peer that takes nothing fills its lane, which then refuses") {
  auto options = quick();
  options.dead_ms = 60'000;
  options.lanes.waiting_bytes = {2 << 20, 1 << 20};
  wired_pair pair(options);
  pair.wire.freeze();
  const std::string chunk(100'000, 'x');
  std::size_t taken = 0;
  while (taken < 1000 && pair.two.links->send(1, lane::bulk, chunk)) ++taken;
  REQUIRE(taken < 1000);  // a lane, a frame, and what the two kernels' buffers take
  CHECK(pair.two.links->send(1, lane::urgent, "passes by"));
  CHECK_FALSE(pair.two.links->send(1, lane::urgent, std::string(2 << 20, 'x')));
  CHECK(pair.two.links->figures().sends_refused >= 2);
  pair.wire.thaw();
  REQUIRE(comes([&] { return pair.one.listener.arrivals == static_cast<int>(taken) + 1; }));
  CHECK(pair.one.listener.messages().back().text != "passes by");
}

TEST_CASE("a message larger than a frame is refused, one of a frame's size is not") {
  wired_pair pair;
  const auto most = quick().lanes.frame_bytes - message_head_bytes;
  CHECK_FALSE(pair.two.links->send(1, lane::urgent, std::string(most + 1, 'x')));
  CHECK(pair.two.links->send(1, lane::urgent, std::string(most, 'x')));
  REQUIRE(comes([&] { return pair.one.listener.arrivals == 1; }));
  CHECK(pair.one.listener.messages()[0].text.size() == most);
}

TEST_CASE("a transfer of 64 MiB delays no urgent message") {
  authority_world authority;
  linked_node one(authority.certified("n1"), node_called(1));
  linked_node two(authority.certified("n2"), node_called(2));
  one.links->know({two.as_peer()});
  two.links->know({one.as_peer()});
  REQUIRE(comes([&] { return two.listener.connections == 1; }));
  constexpr int chunks = 256;
  const std::string chunk(256 * 1024, 'x');
  int urgent = 0, sent = 0;
  std::chrono::steady_clock::duration worst{0};
  while (sent < chunks) {
    while (sent < chunks && two.links->send(1, lane::bulk, chunk)) ++sent;
    const auto begin = std::chrono::steady_clock::now();
    REQUIRE(two.links->send(1, lane::urgent, "u" + std::to_string(urgent++)));
    const auto newest = "u" + std::to_string(urgent - 1);
    REQUIRE(comes([&] { return one.listener.newest_short() == newest; }));
    worst = std::max(worst, std::chrono::steady_clock::now() - begin);
  }
  REQUIRE(comes([&] { return one.listener.arrivals == chunks + urgent; }));
  const auto worst_ms = std::chrono::duration_cast<std::chrono::milliseconds>(worst).count();
  INFO("worst of " << urgent << ": " << worst_ms << " ms");
  CHECK(urgent > 10);
  CHECK(worst_ms < 500);
  CHECK(one.listener.disconnections == 0);
}

TEST_CASE("a node started again takes its old run's place, which then is refused") {
  authority_world authority;
  linked_node one(authority.certified("n1"), node_called(1));
  linked_node old(authority.certified("n2"), node_called(2, 5));
  one.links->know({old.as_peer()});
  old.links->know({one.as_peer()});
  REQUIRE(comes([&] { return one.listener.connections == 1; }));
  linked_node fresh(authority.certified("n2"), node_called(2, 6));
  fresh.links->know({one.as_peer()});
  REQUIRE(comes([&] { return one.listener.connections == 2; }));
  CHECK(one.listener.events() == std::vector<std::string>{"+2 5", "-2", "+2 6"});
  REQUIRE(comes([&] { return one.refused(link_fault::old_incarnation) > 0; }));
  CHECK(comes([&] { return old.refused(link_fault::refused_by_peer) > 0; }));
  CHECK(one.listener.connections == 2);
}

TEST_CASE("a node without a number is introduced, gets one, and is linked") {
  authority_world authority;
  linked_node one(authority.certified("n1"), node_called(1));
  linked_node joiner(authority.certified("n2"), {.cluster = "", .name = "n2", .incarnation = 3});
  std::promise<result<std::string>> answered;
  joiner.links->introduce({"127.0.0.1:1", one.as_peer().address}, "let me in",
                          [&](result<std::string> answer) { answered.set_value(answer); });
  auto answer = answered.get_future();
  REQUIRE(answer.wait_for(std::chrono::seconds(10)) == std::future_status::ready);
  CHECK(answer.get().value() == "welcome n2, who asked: let me in");
  CHECK(one.listener.connections == 0);
  CHECK(comes([&] { return one.links->figures().half_open == 0; }));

  joiner.links->settle("c1", 2);
  joiner.identity.node = 2;
  joiner.links->know({one.as_peer(), joiner.as_peer()});
  one.links->know({one.as_peer(), joiner.as_peer()});
  CHECK(comes([&] { return one.listener.connections == 1 && joiner.listener.connections == 1; }));
}

TEST_CASE("a node of another cluster is told why it is not let in") {
  authority_world authority;
  linked_node one(authority.certified("n1"), node_called(1));
  linked_node stranger(authority.certified("n2"), {.cluster = "c2", .name = "n2"});
  std::promise<result<std::string>> answered;
  stranger.links->introduce({one.as_peer().address}, "let me in",
                            [&](result<std::string> answer) { answered.set_value(answer); });
  auto answer = answered.get_future();
  REQUIRE(answer.wait_for(std::chrono::seconds(10)) == std::future_status::ready);
  const auto said = answer.get();
  REQUIRE_FALSE(said);
  CHECK(said.problem().detail.find("another cluster") != std::string::npos);
  CHECK(comes([&] { return one.refused(link_fault::other_cluster) == 1; }));
}

TEST_CASE("certificates are read again when their files change, and bad ones change nothing") {
  authority_world old_authority, new_authority;
  scratch folder;
  const auto put = [&](const link_options& from, const char* what) {
    const auto over = std::filesystem::copy_options::overwrite_existing;
    const std::string word = what;
    const auto& source = word == "key" ? from.key : word == "pem" ? from.certificate
                                                                  : from.authority;
    std::filesystem::copy_file(source, folder.path + "/" + word, over);
  };
  const auto before = old_authority.certified("n1");
  for (const auto* what : {"key", "pem", "ca"}) put(before, what);
  auto options = quick();
  options.certificate = folder.path + "/pem";
  options.key = folder.path + "/key";
  options.authority = folder.path + "/ca";
  linked_node one(options, node_called(1));
  linked_node two(old_authority.certified("n2"), node_called(2));
  linked_node three(new_authority.certified("n3"), node_called(3));
  one.links->know({two.as_peer(), three.as_peer()});
  two.links->know({one.as_peer()});
  three.links->know({one.as_peer()});
  REQUIRE(comes([&] { return two.listener.connections == 1; }));
  // Each side refuses the other's authority; who dials looks first.
  REQUIRE(comes([&] { return three.refused(link_fault::foreign_authority) > 0; }));

  std::ofstream(folder.path + "/pem") << "not a certificate";
  REQUIRE(comes([&] { return one.links->figures().reloads_failed > 0; }));
  CHECK(one.links->figures().reloads == 0);
  linked_node two_again(old_authority.certified("n2"), node_called(2, 8));
  two_again.links->know({one.as_peer()});
  REQUIRE(comes([&] { return two_again.listener.connections == 1; }));

  const auto after = new_authority.certified("n1");
  for (const auto* what : {"key", "pem", "ca"}) put(after, what);
  REQUIRE(comes([&] { return three.listener.connections == 1; }));
  CHECK(one.links->figures().reloads > 0);
  CHECK(two_again.listener.disconnections == 0);  // what is connected stays
  const auto reloads = one.links->figures().reloads.load();
  one.links->reload();
  CHECK(comes([&] { return one.links->figures().reloads > reloads; }));
}
