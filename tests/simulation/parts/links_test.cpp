#include "tests/simulation/simulated_links.hpp"

#include <catch2/catch.hpp>
#include <memory>

namespace resalehub::simulation {
namespace {

class heard_words final : public link_listener {
 public:
  void connected(node_number from, std::uint64_t incarnation) override {
    heard += "+" + std::to_string(from) + "/" + std::to_string(incarnation) + " ";
  }
  void disconnected(node_number from) override { heard += "-" + std::to_string(from) + " "; }
  void arrived(node_number from, std::uint64_t incarnation, std::string message) override {
    heard += std::to_string(from) + "/" + std::to_string(incarnation) + ":" + message + " ";
  }
  void introduced(std::string name, std::string request,
                  std::function<void(std::string)> reply) override {
    heard += name + "?" + request + " ";
    reply("welcome");
  }
  std::string taken() { return std::exchange(heard, {}); }
  std::string heard;
};

struct two_nodes {
  two_nodes() : ways(time, log, {.seed = 4}) {
    one = started(1, {10, "ten", 1}, at_one);
    two = started(2, {20, "twenty", 1}, at_two);
    pass(3'000);
  }
  std::unique_ptr<simulated_links> started(machine_number machine, identity who,
                                           link_listener& listener) {
    auto links = std::make_unique<simulated_links>(ways, machine, std::move(who));
    links->know(both);
    links->start(listener);
    return links;
  }
  void pass(std::int64_t ms) { time.run_until(time.now() + ms * millisecond_ns); }

  std::vector<peer> both{{10, "ten", address_of(1)}, {20, "twenty", address_of(2)}};
  timeline time;
  trace log;
  network ways;
  heard_words at_one, at_two;
  std::unique_ptr<simulated_links> one, two;
};

TEST_CASE("an address that is no machine's leads nowhere") {
  CHECK(machine_at(address_of(7)) == 7);
  for (const auto* wrong : {"", "machine-", "machine-:7000", "machine-0:7000", "machine-32:7000",
                            "machine-1x:7000", "machine-1:7001", "host-1:7000"})
    CHECK_FALSE(machine_at(wrong));
}

TEST_CASE("nothing is sent to oneself, to strangers, or after stopping") {
  two_nodes w;
  CHECK_FALSE(w.one->send(10, lane::urgent, "me"));
  CHECK_FALSE(w.one->send(30, lane::urgent, "nobody"));
  CHECK(w.one->send(20, lane::urgent, "you"));
  w.pass(500);
  CHECK(w.at_two.taken() == "+10/1 10/1:you ");
  w.one->stop();
  CHECK_FALSE(w.one->send(20, lane::urgent, "late"));
  w.pass(5'000);
  CHECK(w.at_two.taken() == "-10 ");
  CHECK(w.at_one.taken() == "+20/1 ");
}

TEST_CASE("a node that is killed comes back with its next incarnation") {
  two_nodes w;
  w.at_two.taken();
  w.one.reset();
  w.pass(100);
  w.one = w.started(1, {10, "ten", 2}, w.at_one);
  w.pass(5'000);
  CHECK(w.at_two.taken() == "-10 +10/2 ");
  CHECK(w.one->send(20, lane::bulk, "again"));
  w.pass(500);
  CHECK(w.at_two.taken() == "10/2:again ");
}

TEST_CASE("a peer that is no longer known is disconnected, one that is known again comes back") {
  two_nodes w;
  w.at_one.taken();
  w.one->know({w.both[0]});
  w.pass(2'000);
  CHECK(w.at_one.taken() == "-20 ");
  w.one->know(w.both);
  w.pass(2'000);
  CHECK(w.at_one.taken() == "+20/1 ");
}

TEST_CASE("another node in a machine's place is not taken for the one that was there") {
  two_nodes w;
  w.at_two.taken();
  w.one.reset();
  w.one = w.started(1, {30, "thirty", 1}, w.at_one);
  w.pass(5'000);
  CHECK(w.at_two.taken() == "-10 ");
  std::vector<peer> all{{30, "thirty", address_of(1)}, w.both[1]};
  w.two->know(all);
  w.pass(5'000);
  CHECK(w.at_two.taken() == "+30/1 ");
}

TEST_CASE("a node without a number is let in, and has links once it has its number") {
  two_nodes w;
  w.one.reset();
  w.pass(5'000);
  w.at_one.taken();
  w.at_two.taken();
  w.one = w.started(1, {0, "new", 1}, w.at_one);
  std::string answer;
  w.one->introduce(address_of(2), "let me in", [&](std::string text) { answer = text; });
  w.pass(2'000);
  CHECK(w.at_two.taken() == "new?let me in ");
  CHECK(answer == "welcome");
  w.two->know({{40, "new", address_of(1)}, w.both[1]});
  w.one->number(40);
  w.pass(5'000);
  CHECK(w.at_two.taken() == "+40/1 ");
  CHECK(w.at_one.taken() == "+20/1 ");
}

TEST_CASE("a question into a partition is never answered") {
  two_nodes w;
  w.ways.begin({.kind = fault_kind::partition, .machines = {1}, .others = {2}});
  bool answered = false;
  w.one->introduce(address_of(2), "hello", [&](std::string) { answered = true; });
  w.pass(20'000);
  CHECK_FALSE(answered);
}

}  // namespace
}  // namespace resalehub::simulation
