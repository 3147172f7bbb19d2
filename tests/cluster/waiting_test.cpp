// What waits for the outside keeps nobody else waiting.

#include "tests/support/market_day.hpp"
#include "tests/support/tally_world.hpp"

using namespace resalehub;
using namespace resalehub::testing;

namespace {

constexpr int works_max = 3;

std::string outcome_of(const std::optional<result<answer>>& said) {
  if (!said) return "none";
  return said->ok() ? "answered" : std::string{row_of(said->problem().code).name};
}

/// Asks that nobody answers, and that nobody waits for any more.
void park(tally_world& world, int first, int count) {
  for (int i = first; i < first + count; ++i)
    (void)world.answer_to(
        world.keyed(numbered(i), tally::wait_for_total{}, "w" + std::to_string(i)));
}

}  // namespace

TEST_CASE("a partition is full of what somebody waits for, not of what waits alone") {
  world_options options;
  options.limits.works_max = works_max;
  tally_world world{options};
  park(world, 0, works_max);
  CHECK(world.tell(numbered(9), tally::increase{1}) == "overloaded");
  world.pass(milliseconds{10'000});
  CHECK(world.tell(numbered(9), tally::increase{1}) == "1 rings 0");
  CHECK(world.tell(numbered(0), tally::increase{1}) == "1 rings 0");  // and settles what waits
}

TEST_CASE("what waits alone is bounded too, and keeps out no reading") {
  world_options options;
  options.limits.works_max = works_max;
  tally_world world{options};
  for (int i = 0; i < 4 * works_max; i += works_max) {
    park(world, i, works_max);
    world.pass(milliseconds{10'000});
  }
  CHECK(world.tell(numbered(99), tally::increase{1}) == "overloaded");
  CHECK(world.shown(numbered(99)) == "0 rings 0");
}

TEST_CASE("a provider that is silent keeps no delivery between entities waiting") {
  world_options options{.seed = 1, .partitions = 1};
  options.limits.outbox_in_flight = 1;
  market_day day{options};
  const auto ann = day.sign_up_seller("ann");
  const auto bob = day.sign_up("bob"), cyd = day.sign_up("cyd");
  const auto bike = day.publish(ann, "bike", 1), lamp = day.publish(ann, "lamp", 1);
  const auto silent = day.start(bob, {bike}), other = day.start(cyd, {lamp});
  const auto ask = [&](checkout_id which, user_id by, auto what, const std::string& key) {
    auto request = day.asking<checkout::command>(which, by, std::move(what), key);
    request.deadline = day.world.clock.steady() + milliseconds{5'000};
    return outcome_of(day.world.answer_to(std::move(request)));
  };
  const milliseconds hold{60'000};
  CHECK(ask(silent, bob, checkout::complete{"pm_sandbox_timeout", hold}, "pay") == "none");
  CHECK(ask(other, cyd, checkout::reserve{hold}, "reserve") == "answered");
}

TEST_CASE("a repetition that expects the version that its first decided on waits for that") {
  tally_world world;
  auto request = world.keyed(numbered(1), tally::wait_for_total{}, "w");
  request.expected_version = 0;
  CHECK_FALSE(world.answer_to(request));
  world.crash();
  world.start();
  CHECK(outcome_of(world.answer_to(request)) == "none");
  auto other = world.keyed(numbered(1), tally::increase{1}, "other");
  other.expected_version = 0;
  CHECK(outcome_of(world.answer_to(other)) == "version_conflict");
  world.tell(numbered(1), tally::increase{7});
  CHECK(outcome_of(world.answer_to(request)) == "answered");
}
