#include "tests/simulation/streams.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <set>

namespace resalehub::simulation {
namespace {

TEST_CASE("a stream's values are the same in every build, for ever") {
  stream one(42, "network");
  CHECK(one.next() == 0x1d0cbd4dbf636acd);
  CHECK(one.next() == 0x11b02ba02a74baaf);
  stream times(42, "times");
  CHECK(times.exponential(1'000'000'000) == 979'224'075);
  CHECK(times.exponential(1'000'000'000) == 919'956'936);
}

TEST_CASE("streams of other seeds or names share no values, and do not move each other") {
  stream a(1, "a"), b(1, "b"), c(2, "a"), again(1, "a");
  std::set<std::uint64_t> all;
  for (int i = 0; i < 100; ++i) {
    const auto value = a.next();
    all.insert(value);
    all.insert(b.next());
    all.insert(c.next());
    CHECK(again.next() == value);
  }
  CHECK(all.size() == 300);
}

TEST_CASE("what is drawn between bounds reaches both and nothing beyond") {
  stream one(7, "bounds");
  std::set<std::int64_t> seen;
  for (int i = 0; i < 1'000; ++i) seen.insert(one.between(-2, 2));
  CHECK(seen == std::set<std::int64_t>{-2, -1, 0, 1, 2});
  CHECK(one.between(5, 5) == 5);
}

TEST_CASE("odds hold: never, always, and a quarter of the time") {
  stream one(7, "odds");
  int hits = 0;
  for (int i = 0; i < 20'000; ++i) {
    CHECK_FALSE(one.chance(0));
    CHECK(one.chance(always_per_million));
    hits += one.chance(250'000) ? 1 : 0;
  }
  CHECK(hits > 4'700);
  CHECK(hits < 5'300);
}

TEST_CASE("exponential times have their mean, and as many above it as they should") {
  stream one(7, "times");
  std::int64_t sum = 0;
  int above = 0;
  constexpr int draws = 50'000;
  for (int i = 0; i < draws; ++i) {
    const auto drawn = one.exponential(1'000'000);
    REQUIRE(drawn >= 0);
    sum += drawn;
    above += drawn > 1'000'000 ? 1 : 0;
  }
  CHECK(std::abs(sum / draws - 1'000'000) < 20'000);
  CHECK(std::abs(above - draws * 0.3679) < 700);
}

TEST_CASE("a latency is never below its least, and its tail is as rare as asked") {
  stream one(7, "latency");
  const latency way{100, 50, 10'000, 1'000'000};
  int in_tail = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto took = one.time_of(way);
    REQUIRE(took >= 100);
    in_tail += took > 100 + 50 * 64 ? 1 : 0;
  }
  CHECK(in_tail > 150);
  CHECK(in_tail < 250);
}

TEST_CASE("a node's chance fills any count of bytes, and draws requests that differ") {
  stream_entropy chance(stream(3, "node"));
  unsigned char bytes[19] = {};
  chance.fill(bytes, 17);
  CHECK(bytes[17] == 0);
  CHECK(std::set<unsigned char>(bytes, bytes + 17).size() > 8);
  CHECK(chance.fresh_request() != chance.fresh_request());
}

}  // namespace
}  // namespace resalehub::simulation
