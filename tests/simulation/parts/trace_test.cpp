#include "tests/simulation/trace.hpp"

#include <catch2/catch.hpp>

namespace resalehub::simulation {
namespace {

TEST_CASE("traces that differ in anything have other hashes") {
  const happening base{5, 1, "arrived", 2, 3, 4, "text"};
  const auto hash_with = [&](auto change) {
    trace log;
    auto one = base;
    change(one);
    log.note(one);
    return log.hash();
  };
  const auto same = hash_with([](happening&) {});
  CHECK(same == hash_with([](happening&) {}));
  CHECK(same != hash_with([](happening& one) { one.at = 6; }));
  CHECK(same != hash_with([](happening& one) { one.machine = 2; }));
  CHECK(same != hash_with([](happening& one) { one.what = "Arrived"; }));
  CHECK(same != hash_with([](happening& one) { one.first = 3; }));
  CHECK(same != hash_with([](happening& one) { one.second = 4; }));
  CHECK(same != hash_with([](happening& one) { one.third = 5; }));
  CHECK(same != hash_with([](happening& one) { one.text = "texu"; }));
}

TEST_CASE("the order of what happened is part of the hash") {
  trace one, other;
  one.note({1, 1, "a"});
  one.note({1, 1, "b"});
  other.note({1, 1, "b"});
  other.note({1, 1, "a"});
  CHECK(one.hash() != other.hash());
}

TEST_CASE("a trace's hash is the same in every build") {
  trace log;
  log.note({1'500'000'000, 3, "arrived", 1, 2, 3, "hello"});
  CHECK(log.hash() == 0x1bddffadd02c6bc5);
}

TEST_CASE("the last 300 events are kept, the oldest first") {
  trace log;
  CHECK(log.last().empty());
  for (std::uint64_t i = 0; i < 1'000; ++i) log.note({0, 2, "tick", i});
  const auto last = log.last();
  REQUIRE(last.size() == 300);
  CHECK(last.front() == "     0.000000000 m2 tick 700 0 0");
  CHECK(last.back() == "     0.000000000 m2 tick 999 0 0");
  CHECK(log.count() == 1'000);
}

}  // namespace
}  // namespace resalehub::simulation
