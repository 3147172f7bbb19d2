#include "cluster/inspection.hpp"

#include <catch2/catch.hpp>

#include "tests/support/actor_world.hpp"
#include "tests/support/tally.hpp"

using namespace resalehub;
using namespace resalehub::testing;

namespace {

const entity_kind* tallies(kind_prefix prefix) {
  return prefix == tally::kind().prefix ? &tally::kind() : nullptr;
}

const tally::tally_id one{0, derived_ulid("tally", "1")};

struct inspected_world : actor_world {
  inspected_world() : actor_world(tallies) { start(); }

  void tell(const tally::command& c) {
    resalehub::ask request;
    request.to = one;
    request.body = tally::packed_command(c);
    auto outcome = answer_to(std::move(request));
    REQUIRE(outcome);
    REQUIRE(outcome->ok());
  }
  result<answer> inspect(std::string body) {
    resalehub::ask request;
    request.to = one;
    request.mode = ask_mode::inspect;
    request.body = std::move(body);
    auto outcome = answer_to(std::move(request));
    REQUIRE(outcome);
    return *outcome;
  }
  inspected look(const inspection& wanted = {}) {
    auto said = inspect(packed(wanted));
    REQUIRE(said.ok());
    auto read = from_json<inspected>(said->bytes);
    REQUIRE(read.ok());
    return *read;
  }
};

}  // namespace

TEST_CASE("nothing is shown of what never was, nor for a question that cannot be read") {
  inspected_world world;
  auto said = world.inspect(packed(inspection{}));
  REQUIRE_FALSE(said.ok());
  CHECK(said.problem().code == code::not_found);
  world.tell(tally::increase{1});
  said = world.inspect("no packed question");
  REQUIRE_FALSE(said.ok());
  CHECK(said.problem().code == code::malformed_request);
}

TEST_CASE("an entity is shown with its state and its timers, and is not changed") {
  inspected_world world;
  world.tell(tally::increase{5});
  const instant due{world.clock.at.unix_ms + 60'000};
  world.tell(tally::ring_at{due});
  for (int times = 0; times < 2; ++times) {
    const auto seen = world.look();
    CHECK(seen.id == static_cast<entity_id>(one));
    CHECK(seen.kind == "tally");
    CHECK(seen.version == 2);
    CHECK(seen.state.text.starts_with(R"({"total":5,)"));
    REQUIRE(seen.timers.size() == 1);
    CHECK(seen.timers.front().due == due);
    CHECK(seen.events.empty());
    CHECK_FALSE(seen.more);
  }
}

TEST_CASE("the history is whole up to the version that is shown, in parts too, and after a crash") {
  inspected_world world;
  for (int i = 1; i <= 5; ++i) world.tell(tally::increase{i});
  const auto check_all = [&] {
    const auto seen = world.look({0, 100});
    REQUIRE(seen.events.size() == 5);
    CHECK_FALSE(seen.more);
    for (std::uint64_t i = 0; i < 5; ++i) {
      CHECK(seen.events[i].version == i + 1);
      CHECK(seen.events[i].type == "increased");
      CHECK(seen.events[i].fields.text == R"({"by":)" + std::to_string(i + 1) + "}");
      CHECK_FALSE(seen.events[i].by.has_value());
    }
  };
  check_all();
  const auto part = world.look({2, 2});
  REQUIRE(part.events.size() == 2);
  CHECK(part.events.front().version == 3);
  CHECK(part.more);
  CHECK_FALSE(world.look({4, 2}).more);
  world.crash();
  world.start();
  check_all();
}
