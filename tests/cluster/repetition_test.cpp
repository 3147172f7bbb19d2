// Requests that come again: while the first runs, after it, after a crash, after days.

#include <catch2/catch.hpp>

#include "tests/support/tally_world.hpp"

using namespace resalehub;
using namespace resalehub::testing;

namespace {

const auto one = numbered(1);

}  // namespace

TEST_CASE("a repeated key gives the same answer and takes effect once") {
  tally_world world;
  const auto first = world.answer_to(world.keyed(one, tally::increase{3}, "k"));
  REQUIRE(first->ok());
  CHECK_FALSE((**first).replayed);
  SECTION("at once") {}
  SECTION("when the record is applied") { world.run(); }
  SECTION("after a crash") {
    world.crash();
    world.start();
  }
  SECTION("after a day less a minute") { world.clock.at = world.clock.at + milliseconds{86340000}; }
  SECTION("after a day less a minute and a crash") {
    world.run();
    world.clock.at = world.clock.at + milliseconds{86340000};
    world.crash();
    world.start();
  }
  SECTION("on the next day, when others have been recorded on it") {
    world.clock.at = world.clock.at + milliseconds{86340000};
    world.answer_to(world.keyed(one, tally::increase{1}, "another"));
    world.answer_to(world.keyed(one, tally::increase{-1}, "back"));
    world.run();
  }
  const auto again = world.answer_to(world.keyed(one, tally::increase{3}, "k"));
  REQUIRE(again->ok());
  CHECK((**again).replayed);
  CHECK((**again).bytes == (**first).bytes);
  CHECK((**again).version == (**first).version);
  CHECK(world.shown(one) == "3 rings 0");
}

TEST_CASE("who repeats a request while it runs hears the same, as a replay") {
  tally_world world;
  const auto hear = std::make_shared<heard_answers>();
  const auto ask = [&](std::uint64_t ticket, int by) {
    auto request = world.keyed(one, tally::increase{by}, "k");
    request.ticket = ticket;
    request.sink = hear;
    request.deadline = world.clock.steady() + milliseconds{1000};
    world.ask(std::move(request));
  };
  SECTION("what was done") {
    for (const auto ticket : {1, 2, 3}) ask(ticket, 4);
    world.run();
    REQUIRE(hear->all.size() == 3);
    for (auto& [ticket, outcome] : hear->all) {
      REQUIRE(outcome.ok());
      CHECK(outcome->bytes == "4 rings 0");
      CHECK(outcome->replayed == (ticket != 1));
    }
  }
  SECTION("a refusal") {
    for (const auto ticket : {1, 2}) ask(ticket, -4);
    world.run();
    REQUIRE(hear->all.size() == 2);
    for (auto& [ticket, outcome] : hear->all) {
      CHECK(outcome.problem().code == code::insufficient_stock);
      CHECK(outcome.problem().replayed == (ticket != 1));
    }
  }
}

TEST_CASE("a delivery that was refused stays refused, crash or not, whenever a copy of it comes") {
  tally_world world;
  auto request = world.keyed(one, tally::increase{-1}, "delivery");
  request.refusal_kept = true;
  CHECK(world.answer_to(request)->problem().code == code::insufficient_stock);
  CHECK(world.tell(one, tally::increase{5}) == "5 rings 0");
  SECTION("at once") {}
  SECTION("after a crash") {
    world.crash();
    world.start();
  }
  const auto again = world.answer_to(request);
  CHECK(again->problem().code == code::insufficient_stock);
  CHECK(again->problem().replayed);
  CHECK(world.shown(one) == "5 rings 0");
  // A client's request is considered anew.
  const auto asked = world.keyed(one, tally::increase{-6}, "request");
  CHECK(world.answer_to(asked)->problem().code == code::insufficient_stock);
  CHECK(world.tell(one, tally::increase{5}) == "10 rings 0");
  CHECK(world.answer_to(asked)->ok());
}

TEST_CASE("records of requests go after two days, a piece at a time, and younger ones stay") {
  world_options options;
  options.limits.requests_forgotten_max = 7;
  tally_world world(options);
  const auto ask_all = [&](const std::string& name, int many) {
    for (int i = 0; i < many; ++i)
      CHECK(world.answer_to(world.keyed(one, tally::increase{1}, name + std::to_string(i)))->ok());
  };
  ask_all("old", 20);
  world.clock.at = world.clock.at + milliseconds{86'400'000};
  ask_all("young", 5);
  world.pass(milliseconds{1000});
  CHECK(world.rows_stored(family::requests) == 25);
  world.clock.at = world.clock.at + milliseconds{86'400'000};
  world.pass(milliseconds{100});
  CHECK(world.rows_stored(family::requests) == 18);
  world.pass(milliseconds{1000});
  CHECK(world.rows_stored(family::requests) == 5);
}

TEST_CASE("an answer that stands in a row is read there by a repetition") {
  tally_world world;
  const auto first = world.answer_to(world.keyed(one, tally::keep_word{"moss"}, "k"));
  REQUIRE(first->ok());
  CHECK((**first).bytes == "the word moss");
  SECTION("at once") {}
  SECTION("when the record is applied") { world.run(); }
  SECTION("after a crash") {
    world.crash();
    world.start();
  }
  const auto again = world.answer_to(world.keyed(one, tally::keep_word{"moss"}, "k"));
  REQUIRE(again->ok());
  CHECK((**again).replayed);
  CHECK((**again).created);
  CHECK((**again).bytes == (**first).bytes);
  CHECK((**again).version == (**first).version);
  CHECK(world.rows_of("words", one.slot).size() == 1);
}

TEST_CASE("a repetition that meets its settlement half-way gets that answer alone") {
  world_options options;
  options.seed = GENERATE(range(1, 20));
  options.limits.memory_bytes = 1;
  tally_world world{options};
  CHECK_FALSE(world.answer_to(world.keyed(one, tally::wait_for_total{}, "w")));
  world.crash();
  world.start();
  world.run();
  // The entity is asked for both before its partition hears of the first.
  auto increase = world.command(one, tally::increase{7});
  increase.deadline = world.clock.steady() + milliseconds{10000};
  world.ask(increase);
  const auto again = world.answer_to(world.keyed(one, tally::wait_for_total{}, "w"));
  REQUIRE(again);
  REQUIRE(again->ok());
  CHECK((**again).bytes == "7 rings 0");
  world.run();
  CHECK((**world.answer_to(world.keyed(one, tally::wait_for_total{}, "w"))).bytes == "7 rings 0");
  CHECK(world.figures.awake == 0);
}
