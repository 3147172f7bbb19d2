#include <catch2/catch.hpp>

#include "tests/support/tally_world.hpp"

using namespace resalehub;
using namespace resalehub::testing;

namespace {

const auto one = numbered(1);
const auto two = numbered(2, 30000);

}  // namespace

TEST_CASE("a refusal is answered and changes nothing") {
  tally_world world;
  CHECK(world.tell(one, tally::increase{-1}) == "insufficient_stock");
  CHECK(world.shown(one) == "0 rings 0");
  CHECK(world.commits() == 0);
}

TEST_CASE("an ask for an unknown kind is not found") {
  tally_world world;
  ask request;
  request.to = id<kind_prefix{"xyz"}.packed>{1, derived_ulid("x")};
  const auto outcome = world.answer_to(request);
  REQUIRE(outcome);
  CHECK(outcome->problem().code == code::not_found);
}

TEST_CASE("an ask whose deadline has passed is not begun") {
  tally_world world;
  auto request = world.command(one, tally::increase{1});
  request.deadline = world.clock.steady() - milliseconds{1};
  CHECK(world.answer_to(request)->problem().code == code::deadline_exceeded);
  CHECK(world.shown(one) == "0 rings 0");
}

TEST_CASE("another version than the expected one is a conflict that names the present one") {
  tally_world world;
  world.tell(one, tally::increase{1});
  auto request = world.command(one, tally::increase{1});
  request.expected_version = 7;
  const auto outcome = world.answer_to(request);
  CHECK(outcome->problem().code == code::version_conflict);
  CHECK(outcome->problem().meta == std::vector<meta_entry>{{"version", std::int64_t{1}}});
}

TEST_CASE("an acknowledged decision survives a crash, record or not") {
  tally_world world;
  const int many = GENERATE(1, 5, 2000);
  for (int i = 0; i < many; ++i) world.tell(one, tally::increase{1});
  world.crash();
  world.start();
  CHECK(world.shown(one) == std::to_string(many) + " rings 0");
}

TEST_CASE("no answer leaves before its commit is synced") {
  tally_world world;
  world.run();
  auto outcome_before = world.figures.commits.load();
  auto request = world.command(one, tally::increase{5});
  request.deadline = world.clock.steady() + milliseconds{1000};
  world.ask(request);
  while (world.commits() == outcome_before) REQUIRE(world.step());
  world.crash();  // decided, not synced
  world.start();
  CHECK(world.shown(one) == "0 rings 0");
}

TEST_CASE("a key used again with another body is refused without effect") {
  tally_world world;
  world.answer_to(world.keyed(one, tally::increase{3}, "k"));
  if (GENERATE(false, true)) world.run();
  const auto outcome = world.answer_to(world.keyed(one, tally::increase{4}, "k"));
  CHECK(outcome->problem().code == code::idempotency_key_reused);
  CHECK(world.shown(one) == "3 rings 0");
}

TEST_CASE("a key whose first request still waits is told so after a while") {
  tally_world world;
  CHECK_FALSE(world.answer_to(world.keyed(one, tally::wait_for_total{}, "w")));
  auto again = world.keyed(one, tally::wait_for_total{}, "w");
  again.deadline = world.clock.steady() + milliseconds{60000};
  again.ticket = 9;
  struct kept final : answer_sink {
    void deliver(std::vector<answered_ask> batch) override { got = batch.front().outcome; }
    void deliver_scan(answered_scan) override {}
    std::optional<result<answer>> got;
  };
  auto sink = std::make_shared<kept>();
  again.sink = sink;
  world.ask(again);
  world.pass(milliseconds{5200});
  REQUIRE(sink->got);
  CHECK(sink->got->problem().code == code::idempotency_in_progress);
}

TEST_CASE("what is answered later reaches the one who waits, and his repetitions") {
  tally_world world;
  CHECK_FALSE(world.answer_to(world.keyed(one, tally::wait_for_total{}, "w")));
  const bool crashed = GENERATE(false, true);
  if (crashed) {
    world.crash();
    world.start();
  }
  world.tell(one, tally::increase{7});
  const auto again = world.answer_to(world.keyed(one, tally::wait_for_total{}, "w"));
  REQUIRE(again);
  REQUIRE(again->ok());
  CHECK((**again).bytes == "7 rings 0");
}

TEST_CASE("a delivery takes effect once and its outcome comes back, crash or not") {
  world_options options;
  options.seed = GENERATE(range(1, 40));
  tally_world world{options};
  auto request = world.command(one, tally::increase_other{two, 4});
  request.deadline = world.clock.steady() + milliseconds{1000};
  world.ask(request);
  // Crash after as many steps as the seed says; what was decided and synced goes on afterwards.
  std::uint64_t steps = options.seed;
  while (steps-- > 0 && world.step()) {
  }
  world.crash();
  world.start();
  world.pass(milliseconds{500});
  if (world.shown(one) == "0 rings 0") {
    CHECK(world.shown(two) == "0 rings 0");
  } else {
    CHECK(world.shown(two) == "4 rings 0");
    CHECK(world.shown(one) == "4 rings 0, done 4 rings 0");
  }
}

TEST_CASE("a timer rings once, when due, never early") {
  tally_world world;
  world.tell(one, tally::ring_at{world.clock.at + milliseconds{1000}});
  world.pass(milliseconds{900});
  CHECK(world.shown(one) == "0 rings 0");
  SECTION("while the node is up") { world.pass(milliseconds{300}); }
  SECTION("when the node was down at its time") {
    world.crash();
    world.clock.at = world.clock.at + milliseconds{60000};
    world.start();
    world.pass(milliseconds{200});
  }
  CHECK(world.shown(one) == "0 rings 1");
  world.crash();
  world.start();
  world.pass(milliseconds{1000});
  CHECK(world.shown(one) == "0 rings 1");
}

TEST_CASE("a timer that is disarmed or moved does not ring at its old time") {
  tally_world world;
  world.tell(one, tally::ring_at{world.clock.at + milliseconds{1000}});
  if (GENERATE(false, true)) {
    world.crash();
    world.start();
  }
  SECTION("disarmed") { world.tell(one, tally::do_not_ring{}); }
  SECTION("moved") { world.tell(one, tally::ring_at{world.clock.at + milliseconds{100000}}); }
  world.pass(milliseconds{3000});
  CHECK(world.shown(one) == "0 rings 0");
}

TEST_CASE("an entity that fails answers, comes back and has lost nothing") {
  tally_world world;
  world.tell(one, tally::increase{2});
  CHECK(world.tell(one, tally::throw_up{}) == "internal");
  CHECK(world.tell(one, tally::increase{1}) == "3 rings 0");
  CHECK(world.figures.actor_failures == 1);
}

TEST_CASE("entities sleep when memory is short and come back identical") {
  world_options options;
  options.limits.memory_bytes = 20000;
  tally_world world{options};
  for (int round = 0; round < 3; ++round)
    for (int n = 0; n < 200; ++n) world.tell(numbered(n), tally::increase{n + 1});
  world.run();
  CHECK(world.figures.passivations > 300);
  CHECK(world.figures.awake_bytes <= 4 * 20000);
  for (int n = 0; n < 200; ++n)
    CHECK(world.shown(numbered(n)) == std::to_string(3 * (n + 1)) + " rings 0");
}

TEST_CASE("asking for what never was leaves nobody awake") {
  tally_world world;
  for (int n = 0; n < 50; ++n) world.shown(numbered(n));
  world.run();
  CHECK(world.figures.awake == 0);
}

TEST_CASE("rows follow the state, and a list shows all that was acknowledged before") {
  tally_world world;
  for (int i = 0; i < 3; ++i) world.tell(one, tally::increase{10});
  const auto totals = world.rows_of("totals", one.slot);
  REQUIRE(totals.size() == 1);
  CHECK(totals.front().key == "30");
  CHECK(world.rows_of("increases", one.slot).size() == 3);
}

TEST_CASE("pushes leave in commit order, after the commit") {
  tally_world world;
  for (int i = 0; i < 5; ++i) world.tell(one, tally::increase{1});
  REQUIRE(world.pushed.size() == 5);
  for (std::uint64_t i = 0; i < 5; ++i) CHECK(world.pushed[i].sequence == i + 1);
}

TEST_CASE("the same seed gives the same run") {
  auto trace = [] {
    world_options options;
    options.seed = 11;
    tally_world world{options};
    for (int n = 0; n < 20; ++n) world.tell(numbered(n), tally::increase_other{two, n});
    world.pass(milliseconds{500});
    return world.shown(two) + " after " + std::to_string(world.commits());
  };
  CHECK(trace() == trace());
}

TEST_CASE("reading puts others to sleep too") {
  world_options options;
  options.limits.memory_bytes = 20000;
  tally_world world{options};
  for (int n = 0; n < 100; ++n) world.tell(numbered(n), tally::increase{1});
  world.crash();
  world.start();
  for (int n = 0; n < 100; ++n) world.shown(numbered(n));
  CHECK(world.figures.awake_bytes <= 20000 + 4096);
}
