// A router between a directory and ways that only note what it sends.

#include "cluster/router.hpp"

#include <catch2/catch.hpp>

#include "tests/support/actor_world.hpp"

namespace resalehub {
namespace {

constexpr node_number self = 1, other = 2, third = 3;
constexpr slot_number place = 0;  // in partition 0

struct noted_ways final : router_ways {
  int asked_here = 0, listed_here = 0;
  std::vector<std::pair<node_number, std::uint64_t>> asked;   ///< by ticket
  std::vector<std::pair<node_number, std::uint64_t>> listed;
  bool takes = true;
  void ask_here(ask) override { ++asked_here; }
  void list_here(scan) override { ++listed_here; }
  void rows_here(const remote_scan&) override {}
  bool readable_here(keys::partition_number) const override { return false; }
  bool send(node_number to, const node_message& message) override {
    if (!takes) return false;
    if (const auto* one = std::get_if<remote_ask>(&message)) asked.emplace_back(to, one->ticket);
    if (const auto* one = std::get_if<remote_scan>(&message)) listed.emplace_back(to, one->ticket);
    return true;
  }
};

struct noted_sink final : answer_sink {
  std::vector<std::string> said;
  void deliver(std::vector<answered_ask> batch) override {
    for (const auto& one : batch)
      said.emplace_back(one.outcome ? one.outcome->bytes
                                    : std::string{row_of(one.outcome.problem().code).name});
  }
  void deliver_scan(answered_scan one) override {
    said.emplace_back(one.outcome ? "rows"
                                  : std::string{row_of(one.outcome.problem().code).name});
  }
};

struct routed {
  routed() { leads(other, 1); }

  void leads(node_number node, std::uint64_t term) {
    if (where.learn({0, node, term})) way.found(0, ways);
  }
  void ask_one(ask_mode mode, milliseconds deadline = milliseconds{10'000}) {
    resalehub::ask one;
    one.to.slot = place;
    one.mode = mode;
    one.deadline = clock.steady() + deadline;
    one.sink = sink;
    way.ask(std::move(one), ways);
  }
  void list_one() {
    scan one;
    one.place = place;
    one.deadline = clock.steady() + milliseconds{10'000};
    one.sink = sink;
    way.list(std::move(one), ways);
  }
  void pass(std::int64_t ms) {
    for (; ms > 0; ms -= 50) {
      clock.at.unix_ms += 50;
      way.tick(ways);
    }
    way.deliver();
  }
  void answer(remote_answer said) {
    const auto [from, ticket] = ways.asked.back();
    said.ticket = ticket;
    way.answered(from, {{std::move(said)}}, ways);
    way.deliver();
  }
  static remote_answer gives(std::string bytes) { return {0, resalehub::answer{bytes}, {}, {}}; }
  static remote_answer refuses(code which) { return {0, {}, problem{which, "no"}, {}}; }
  std::vector<std::string> said() const { return sink->said; }

  testing::test_clock clock;
  testing::test_entropy entropy{1};
  host_figures figures;
  host_ports ports = [this] {
    host_ports out;
    out.clock = &clock, out.entropy = &entropy, out.figures = &figures;
    return out;
  }();
  directory where{1};
  noted_ways ways;
  std::shared_ptr<noted_sink> sink = std::make_shared<noted_sink>();
  router way{self, where, ports, {.asks_max = 4, .leader_wait = milliseconds{1500}}};
};

using words = std::vector<std::string>;

}  // namespace

TEST_CASE("more asks than are allowed are refused") {
  routed g;
  for (int i = 0; i < 5; ++i) g.ask_one(ask_mode::query);
  g.way.deliver();
  CHECK(g.said() == words{"overloaded"});
  CHECK(g.ways.asked.size() == 4);
}

TEST_CASE("an ask is refused when nobody leads for as long as it waits") {
  routed g;
  g.way.lost(other, g.ways);
  g.ask_one(ask_mode::query);
  g.list_one();
  g.pass(1450);
  CHECK(g.said().empty());
  g.pass(50);
  CHECK(g.said() == words{"shard_unavailable", "shard_unavailable"});
}

TEST_CASE("an ask is refused at its deadline, whoever leads") {
  routed g;
  g.ask_one(ask_mode::query, milliseconds{200});
  g.pass(200);
  CHECK(g.said() == words{"deadline_exceeded"});
}

TEST_CASE("what may have happened is not asked twice without a key") {
  routed g;
  g.ask_one(ask_mode::command);
  g.way.lost(other, g.ways);
  g.leads(third, 2);
  g.pass(50);
  CHECK(g.said() == words{"shard_unavailable"});
  CHECK(g.ways.asked.size() == 1);
}

TEST_CASE("what was under way for long is asked of the next leader") {
  routed g;
  g.ask_one(ask_mode::keyed);
  g.list_one();
  g.pass(5000);
  g.way.lost(other, g.ways);
  g.pass(700);
  REQUIRE(g.said().empty());
  SECTION("who is found in time") {
    g.leads(third, 2);
    REQUIRE(g.ways.asked.back().first == third);
    CHECK(g.ways.listed.back().first == third);
    g.answer(routed::gives("done"));
    CHECK(g.said() == words{"done"});
  }
  SECTION("unless nobody is") {
    g.pass(50);
    CHECK(g.said() == words{"shard_unavailable", "shard_unavailable"});
  }
}

TEST_CASE("a next leader that the link does not reach at once is asked when it does") {
  routed g;
  g.ask_one(ask_mode::keyed);
  g.pass(5000);
  g.ways.takes = false;
  g.leads(third, 2);
  g.pass(500);
  g.ways.takes = true;
  g.pass(50);
  CHECK(g.said().empty());
  CHECK(g.ways.asked.back().first == third);
}

TEST_CASE("what was refused early is asked of the next leader as long as what was not") {
  routed g;
  g.ask_one(ask_mode::query);
  g.pass(800);
  g.answer(routed::refuses(code::shard_unavailable));
  g.pass(50);
  g.pass(4000);  // at work
  g.way.lost(other, g.ways);
  g.pass(700);
  CHECK(g.said().empty());
}

TEST_CASE("a leader that refuses every time is not asked for ever") {
  routed g;
  g.ask_one(ask_mode::query);
  for (int i = 0; i < 100 && g.said().empty(); ++i) {
    g.answer(routed::refuses(code::shard_unavailable));
    g.pass(50);
  }
  CHECK(g.said() == words{"shard_unavailable"});
  CHECK(g.ways.asked.size() <= 32);
}

TEST_CASE("who does not lead says where to ask") {
  routed g;
  g.ask_one(ask_mode::command);
  SECTION("another node") {
    g.answer({0, {}, {}, leader_hint{0, third, 2}});
    CHECK(g.ways.asked.back().first == third);
  }
  SECTION("this one") {
    g.answer({0, {}, {}, leader_hint{0, self, 2}});
    CHECK(g.ways.asked_here == 1);
    CHECK(g.way.under_way() == 0);
  }
}

TEST_CASE("what a full link does not take goes with the next tick") {
  routed g;
  g.ways.takes = false;
  g.ask_one(ask_mode::command);
  CHECK(g.ways.asked.empty());
  g.ways.takes = true;
  g.pass(50);
  CHECK(g.ways.asked.size() == 1);
}

TEST_CASE("an answer of a node that was not asked, or was asked before, is no answer") {
  routed g;
  g.ask_one(ask_mode::query);
  auto late = routed::gives("late");
  late.ticket = g.ways.asked.back().second;
  g.way.answered(third, {{late}}, g.ways);
  g.way.lost(other, g.ways);
  g.way.answered(other, {{late}}, g.ways);
  g.way.deliver();
  CHECK(g.said().empty());
}

}  // namespace resalehub
