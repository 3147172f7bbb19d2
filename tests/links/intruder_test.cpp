#include <openssl/ssl.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <fstream>
#include <optional>

#include "base/message_pack.hpp"
#include "tests/links/links_world.hpp"
#include "tests/links/relay.hpp"

using namespace resalehub;

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;

/// Speaks TLS and WebSocket to a node, with any certificate, and then says anything.
class intruder {
 public:
  explicit intruder(std::uint16_t port) : intruder(port, {}) {}
  intruder(std::uint16_t port, const link_options& files) {
    if (!files.certificate.empty()) {
      keys_.use_certificate_chain_file(files.certificate);
      keys_.use_private_key_file(files.key, asio::ssl::context::pem);
    }
    stream_.emplace(io_, keys_);
    auto& socket = beast::get_lowest_layer(*stream_);
    socket.connect({asio::ip::address_v4::loopback(), port});
    const timeval patience{10, 0};
    ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    error_code error;
    stream_->next_layer().handshake(asio::ssl::stream_base::client, error);
    if (!error) stream_->handshake("here", "/", error);
    greeted_ = !error;
    stream_->binary(true);
  }

  bool greeted() const { return greeted_; }
  /// False when the node took no more of it.
  bool say(const std::string& frame) {
    error_code error;
    stream_->write(asio::buffer(frame), error);
    return !error;
  }
  bool say(const link_hello& hello) { return say(packed(hello)); }
  /// The node's hello, or nothing when it hung up.
  std::optional<link_hello> hear_hello() {
    beast::flat_buffer bytes;
    error_code error;
    stream_->read(bytes, error);
    link_hello hello;
    if (error || !unpack({static_cast<const char*>(bytes.data().data()), bytes.size()}, hello))
      return std::nullopt;
    return hello;
  }
  bool hung_up_on() {
    beast::flat_buffer bytes;
    error_code error;
    while (!error) {
      stream_->read(bytes, error);
      bytes.clear();
    }
    return error != asio::error::would_block && error != asio::error::try_again;
  }

 private:
  asio::io_context io_;
  asio::ssl::context keys_{asio::ssl::context::tls_client};
  std::optional<beast::websocket::stream<asio::ssl::stream<tcp::socket>>> stream_;
  bool greeted_ = false;
};

/// Node 1 with a peer 2 that is linked all the time: no intruder may disturb it.
struct guarded_world {
  explicit guarded_world(link_options options = quick())
      : one(authority.certified("n1", options), node_called(1)),
        two(authority.certified("n2"), node_called(2)) {
    one.links->know({two.as_peer(), {3, "n3", "127.0.0.1:1"}});
    two.links->know({one.as_peer()});
    REQUIRE(comes([&] { return one.listener.connections == 1 && two.listener.connections == 1; }));
  }
  ~guarded_world() {
    CHECK(one.listener.disconnections == 0);
    CHECK(one.listener.arrivals == 0);
  }

  link_hello hello_of(node_number node) const {
    return {.cluster = "c1", .node = node, .name = "n" + std::to_string(node), .incarnation = 9};
  }
  /// Whether a peer with this certificate is refused for this hello, counted as `why`.
  bool refuses(const std::string& certificate, const link_hello& hello, link_fault why) {
    const auto before = one.refused(why);
    intruder knocking(one.port, authority.certified(certificate));
    REQUIRE(knocking.greeted());
    knocking.say(hello);
    const auto reply = knocking.hear_hello();
    return reply && !reply->refused.empty() && knocking.hung_up_on() &&
           comes([&] { return one.refused(why) == before + 1; });
  }

  authority_world authority;
  linked_node one, two;
};

/// By a sanitizer, to see it used; what is never freed it tells itself.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool freed_is_kept = true;
#else
constexpr bool freed_is_kept = false;
#endif

std::size_t resident_bytes() {
  std::ifstream in("/proc/self/statm");
  std::size_t all = 0, resident = 0;
  in >> all >> resident;
  return resident * 4096;
}

}  // namespace

TEST_CASE("who has no certificate is refused") {
  guarded_world world;
  intruder knocking(world.one.port);
  knocking.say(world.hello_of(3));
  CHECK_FALSE(knocking.hear_hello());
  CHECK(comes([&] { return world.one.refused(link_fault::no_certificate) == 1; }));
}

TEST_CASE("a certificate of a foreign authority is refused, and so is one that signed itself") {
  guarded_world world;
  authority_world foreign;
  intruder knocking(world.one.port, foreign.certified("n3"));
  knocking.say(world.hello_of(3));
  CHECK_FALSE(knocking.hear_hello());
  CHECK(comes([&] { return world.one.refused(link_fault::foreign_authority) == 1; }));
  intruder authority_itself(world.one.port, {.certificate = foreign.path + "/ca.pem",
                                             .key = foreign.path + "/ca.key"});
  CHECK_FALSE(authority_itself.hear_hello());
  CHECK(comes([&] { return world.one.refused(link_fault::foreign_authority) == 2; }));
}

TEST_CASE("an expired certificate is refused, and one that is not yet good") {
  guarded_world world;
  auto& authority = world.authority;
  const auto now = authority.clock.now();
  const validity over{{now.unix_ms - 10 * 86'400'000LL}, 5};
  const validity early{{now.unix_ms + 10 * 86'400'000LL}, 5};
  REQUIRE(make_node_certificate(authority.path, "n3", over, authority.chance));
  REQUIRE(make_node_certificate(authority.path, "n4", early, authority.chance));
  intruder knocking(world.one.port, authority.certified("n3"));
  knocking.say(world.hello_of(3));
  CHECK_FALSE(knocking.hear_hello());
  CHECK(comes([&] { return world.one.refused(link_fault::expired) == 1; }));
  intruder hasty(world.one.port, authority.certified("n4"));
  CHECK_FALSE(hasty.hear_hello());
  CHECK(comes([&] { return world.one.refused(link_fault::expired) == 2; }));
}

TEST_CASE("the right authority does not make up for a wrong hello") {
  guarded_world world;
  const auto good = world.hello_of(3);
  auto named = good;
  named.name = "n2";
  CHECK(world.refuses("n3", named, link_fault::wrong_name));  // another's name
  CHECK(world.refuses("n3", world.hello_of(2), link_fault::wrong_name));  // ... and number
  auto numbered = good;
  numbered.node = 2;  // its own name under another's number
  CHECK(world.refuses("n3", numbered, link_fault::wrong_name));
  numbered.node = 77;
  CHECK(world.refuses("n3", numbered, link_fault::unknown_node));
  auto foreign = good;
  foreign.cluster = "c2";
  CHECK(world.refuses("n3", foreign, link_fault::other_cluster));
  foreign.cluster = "";
  CHECK(world.refuses("n3", foreign, link_fault::other_cluster));
  auto later = good;
  later.version = 2;
  CHECK(world.refuses("n3", later, link_fault::other_version));
  auto old = world.hello_of(2);
  old.incarnation = 6;  // node 2 is linked with 7
  CHECK(world.refuses("n2", old, link_fault::old_incarnation));
  CHECK(world.one.listener.connections == 1);

  intruder welcome(world.one.port, world.authority.certified("n3"));
  welcome.say(good);
  const auto reply = welcome.hear_hello();
  REQUIRE(reply);
  CHECK(reply->refused.empty());
  CHECK(reply->name == "n1");
  CHECK(comes([&] { return world.one.listener.connections == 2; }));
  world.one.links->know({world.two.as_peer()});
  CHECK(welcome.hung_up_on());
  world.one.listener.forget_disconnections(1);
}

TEST_CASE("a lower number does not dial a higher one") {
  authority_world authority;
  linked_node nine(authority.certified("n9"), node_called(9));
  nine.links->know({{3, "n3", "127.0.0.1:1"}});
  intruder knocking(nine.port, authority.certified("n3"));
  knocking.say(link_hello{.cluster = "c1", .node = 3, .name = "n3", .incarnation = 9});
  CHECK(knocking.hear_hello()->refused != "");
  CHECK(comes([&] { return nine.refused(link_fault::wrong_direction) == 1; }));
}

TEST_CASE("what is no hello is refused, before it is large") {
  guarded_world world;
  intruder garbled(world.one.port, world.authority.certified("n3"));
  garbled.say(std::string("\xDF\xFF\xFF\xFF\xFF and no map behind it"));
  CHECK(garbled.hung_up_on());
  CHECK(comes([&] { return world.one.refused(link_fault::malformed) == 1; }));
  intruder large(world.one.port, world.authority.certified("n3"));
  large.say(std::string(hello_bytes_max + 1, 'x'));
  CHECK(large.hung_up_on());
  CHECK(comes([&] { return world.one.refused(link_fault::large_frame) == 1; }));
}

TEST_CASE("a linked peer's frame over the limit ends its link, and so do bytes without messages") {
  guarded_world world;
  {
    intruder inside(world.one.port, world.authority.certified("n3"));
    inside.say(world.hello_of(3));
    REQUIRE(inside.hear_hello());
    inside.say(std::string(quick().lanes.frame_bytes + 1, '\0'));
    CHECK(inside.hung_up_on());
    CHECK(comes([&] { return world.one.refused(link_fault::large_frame) == 1; }));
  }
  intruder inside(world.one.port, world.authority.certified("n3"));
  inside.say(world.hello_of(3));
  REQUIRE(inside.hear_hello());
  inside.say(std::string("\x05\0\0\0four", 8));
  CHECK(inside.hung_up_on());
  CHECK(comes([&] { return world.one.refused(link_fault::malformed) == 1; }));
  world.one.listener.forget_disconnections(2);
}

TEST_CASE("plain bytes are refused") {
  guarded_world world;
  int count = 0;
  for (const std::string bytes : {"GET / HTTP/1.1\r\nHost: here\r\n\r\n", "\x16\x03\x01\xFF\xFF",
                                  "anything at all, as long as it is no TLS at all ........"}) {
    const int plain = connect_to(world.one.port);
    REQUIRE(::send(plain, bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0);
    ::shutdown(plain, SHUT_WR);
    char reply[256];
    while (::recv(plain, reply, sizeof reply, 0) > 0) {
    }
    ::close(plain);
    ++count;
  }
  CHECK(comes([&] {
    return world.one.refused(link_fault::foreign_bytes) + world.one.refused(link_fault::lost) ==
           static_cast<std::uint64_t>(count);
  }));
  CHECK(world.one.refused(link_fault::foreign_bytes) >= 2);
}

TEST_CASE("who says nothing holds one of a few places, for a while, and no peer waits for it") {
  auto options = quick();
  options.half_open_max = 8;
  guarded_world world(options);
  std::vector<int> silent;
  for (int i = 0; i < 100; ++i) silent.push_back(connect_to(world.one.port));
  REQUIRE(comes([&] { return world.one.refused(link_fault::crowded) >= 90; }));
  CHECK(world.one.links->figures().half_open <= 9);
  intruder welcome(world.one.port, world.authority.certified("n3"));
  welcome.say(world.hello_of(3));
  CHECK(welcome.hear_hello());
  CHECK(comes([&] { return world.one.links->figures().half_open == 0; }));
  CHECK(world.one.refused(link_fault::late) > 0);
  for (const int one : silent) ::close(one);
  world.one.links->know({world.two.as_peer()});
  CHECK(welcome.hung_up_on());
  world.one.listener.forget_disconnections(1);
}

TEST_CASE("a flood of bad connections leaves no memory behind") {
  guarded_world world;
  authority_world foreign;
  const auto certified = foreign.certified("n3");
  const auto knock = [&](int times) {
    for (int i = 0; i < times; ++i) {
      intruder knocking(world.one.port, certified);
      const int plain = connect_to(world.one.port);
      (void)!::send(plain, "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL);
      ::close(plain);
    }
    REQUIRE(comes([&] { return world.one.links->figures().half_open == 0; }));
  };
  knock(50);
  const auto before = resident_bytes();
  knock(300);
  if (!freed_is_kept) CHECK(resident_bytes() < before + (3 << 20));
  CHECK(world.one.refused(link_fault::foreign_authority) >= 350);
}
