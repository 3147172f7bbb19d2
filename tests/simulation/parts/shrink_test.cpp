#include "tests/simulation/shrink.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/simulation/streams.hpp"

namespace resalehub::simulation {
namespace {

schedule numbered(std::int64_t count) {
  stream kinds(5, "shrink test");
  schedule all;
  for (std::int64_t at = 0; at < count; ++at)
    all.push_back({.at_ms = at, .kind = static_cast<fault_kind>(kinds.below(fault_kinds))});
  return all;
}

bool holds(const schedule& faults, std::initializer_list<std::int64_t> times) {
  return std::all_of(times.begin(), times.end(), [&](std::int64_t at) {
    return std::any_of(faults.begin(), faults.end(),
                       [&](const fault& one) { return one.at_ms == at; });
  });
}

TEST_CASE("a budget of no runs changes nothing and claims nothing") {
  const auto all = numbered(10);
  const auto small = shrink(all, [](const schedule&) { return true; }, 0);
  CHECK(small.faults == all);
  CHECK(small.runs == 0);
  CHECK_FALSE(small.smallest);
}

TEST_CASE("a budget that ends early gives what still fails, and says that it may not be smallest") {
  const auto fails = [](const schedule& faults) { return holds(faults, {3, 60, 97}); };
  const auto small = shrink(numbered(100), fails, 12);
  CHECK(small.runs == 12);
  CHECK(fails(small.faults));
  CHECK_FALSE(small.smallest);
}

TEST_CASE("what fails without faults shrinks to none") {
  const auto small = shrink(numbered(50), [](const schedule&) { return true; }, 100);
  CHECK(small.faults.empty());
  CHECK(small.smallest);
}

TEST_CASE("exactly the faults that matter are left, in their order") {
  const auto fails = [](const schedule& faults) { return holds(faults, {3, 60, 97}); };
  const auto small = shrink(numbered(100), fails, 400);
  REQUIRE(small.faults.size() == 3);
  CHECK(small.faults[0].at_ms == 3);
  CHECK(small.faults[1].at_ms == 60);
  CHECK(small.faults[2].at_ms == 97);
  CHECK(small.smallest);
}

TEST_CASE("a failure that needs any two of a kind keeps two of them") {
  const auto crashes = [](const schedule& faults) {
    return std::count_if(faults.begin(), faults.end(),
                         [](const fault& one) { return one.kind == fault_kind::crash; });
  };
  auto all = numbered(60);
  for (auto at : {5, 25, 45}) all[static_cast<std::size_t>(at)].kind = fault_kind::crash;
  const auto small = shrink(all, [&](const schedule& some) { return crashes(some) >= 2; }, 400);
  CHECK(small.faults.size() == 2);
  CHECK(crashes(small.faults) == 2);
}

TEST_CASE("of what does not fail alone and is whole, nothing goes") {
  const auto all = numbered(7);
  const auto small = shrink(all, [&](const schedule& some) { return some == all; }, 1'000);
  CHECK(small.faults == all);
  CHECK(small.smallest);
}

}  // namespace
}  // namespace resalehub::simulation
