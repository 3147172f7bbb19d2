// Who stands for election when, once a leader is silent.

#include "cluster/election.hpp"

#include <catch2/catch.hpp>
#include <set>

namespace resalehub {
namespace {

const membership three{{1, 2, 3}, {}, {}};
const membership five{{1, 2, 3, 4, 5}, {}, {}};

std::set<int> waits(const election_setting& at, const membership& members) {
  std::set<int> all;
  for (std::uint64_t chance = 0; chance < 1000; ++chance)
    all.insert(election_wait(at, members, chance));
  return all;
}

}  // namespace

TEST_CASE("who knows no leader waits any time within the bounds") {
  std::set<int> all;
  for (int ticks = 6; ticks < 12; ++ticks) all.insert(ticks);
  CHECK(waits({1, 2, 0, 6}, three) == all);
  CHECK(waits({1, 2, 2, 6}, three) == all);                // it was the leader itself
  CHECK(waits({1, 2, 9, 6}, three) == all);                // one that is no voter any more
  CHECK(waits({1, 2, 1, 6}, {{1, 3}, {2}, {}}) == all);    // it has no vote itself
}

TEST_CASE("two who follow one leader never stand within a tick of each other") {
  for (std::uint64_t group = 0; group < 4; ++group)
    for (member_number leader = 1; leader <= 3; ++leader) {
      const auto one = waits({group, leader % 3 + 1, leader, 6}, three);
      const auto other = waits({group, (leader + 1) % 3 + 1, leader, 6}, three);
      const auto& first = group % 2 == 0 ? one : other;
      const auto& second = group % 2 == 0 ? other : one;
      CHECK(*first.begin() > 6);
      CHECK(*first.rbegin() + 1 < *second.begin());
      CHECK(*second.rbegin() < 12);
    }
}

TEST_CASE("four who follow one leader stand at four different times") {
  std::set<int> times;
  for (member_number self = 2; self <= 5; ++self) {
    const auto its = waits({7, self, 1, 6}, five);
    CHECK(its.size() == 1);
    times.insert(its.begin(), its.end());
  }
  CHECK(times.size() == 4);
  CHECK(*times.begin() > 6);
  CHECK(*times.rbegin() < 12);
}

TEST_CASE("however short or long the time is, it is kept to") {
  for (const int ticks : {3, 4, 5, 7, 10, 1000})
    for (const auto* members : {&three, &five})
      for (member_number self = 2; self <= 3; ++self)
        for (const auto wait : waits({0, self, 1, ticks}, *members)) {
          CHECK(wait >= ticks);
          CHECK(wait < 2 * ticks);
        }
}

}  // namespace resalehub
