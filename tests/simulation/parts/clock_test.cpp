#include "tests/simulation/fault_effects.hpp"

#include <catch2/catch.hpp>

namespace resalehub::simulation {
namespace {

constexpr auto began = instant{run_began_unix_ms};

TEST_CASE("a clock without faults shows virtual time") {
  timeline time;
  const node_clock clock(time);
  time.run_until(90 * second_ns);
  CHECK(clock.now() - began == milliseconds{90'000});
  CHECK(clock.monotonic_us() == 90'000'000);
}

TEST_CASE("a wall clock that jumps back takes nothing from the monotonic one") {
  timeline time;
  node_clock clock(time);
  time.run_until(10 * second_ns);
  clock.jump(milliseconds{-600'000});
  CHECK(clock.now() - began == milliseconds{-590'000});
  CHECK(clock.monotonic_us() == 10'000'000);
  time.run_until(11 * second_ns);
  CHECK(clock.now() - began == milliseconds{-589'000});
}

TEST_CASE("a drift of 1,000 ppm is a millisecond a second, on both clocks") {
  timeline time;
  node_clock clock(time);
  clock.drift(1'000);
  time.run_until(100 * second_ns);
  CHECK(clock.now() - began == milliseconds{100'100});
  CHECK(clock.monotonic_us() == 100'100'000);
  clock.drift(-1'000);
  time.run_until(200 * second_ns);
  CHECK(clock.now() - began == milliseconds{200'000});
}

TEST_CASE("a frozen wall clock stands while the monotonic one goes on, and goes on from there") {
  timeline time;
  node_clock clock(time);
  time.run_until(10 * second_ns);
  clock.freeze();
  time.run_until(30 * second_ns);
  CHECK(clock.now() - began == milliseconds{10'000});
  CHECK(clock.monotonic_us() == 30'000'000);
  clock.thaw();
  time.run_until(31 * second_ns);
  CHECK(clock.now() - began == milliseconds{11'000});
  clock.correct();
  CHECK(clock.now() - began == milliseconds{31'000});
}

TEST_CASE("the monotonic clock never goes back, whatever is done to it") {
  timeline time;
  node_clock clock(time);
  stream chance(11, "clock");
  std::int64_t before = 0;
  for (int step = 0; step < 2'000; ++step) {
    time.run_until(time.now() + chance.between(0, 3'000'000));
    switch (chance.below(5)) {
      case 0: clock.jump(milliseconds{chance.between(-10'000, 10'000)}); break;
      case 1: clock.drift(chance.between(-1'000, 1'000)); break;
      case 2: clock.freeze(); break;
      case 3: clock.thaw(); break;
      case 4: clock.correct(); break;
    }
    REQUIRE(clock.monotonic_us() >= before);
    before = clock.monotonic_us();
  }
}

TEST_CASE("faults of clocks begin and end by themselves; others are left to others") {
  timeline time;
  node_clock clock(time);
  CHECK_FALSE(carry_out({.kind = fault_kind::pause}, clock, time));
  CHECK(carry_out({.kind = fault_kind::clock_jump, .duration_ms = 1'000, .strength = -5'000}, clock,
                  time));
  CHECK(clock.now() - began == milliseconds{-5'000});
  time.run_until(2 * second_ns);
  CHECK(clock.now() - began == milliseconds{2'000});
  CHECK(carry_out({.kind = fault_kind::clock_freeze, .duration_ms = 500}, clock, time));
  time.run_until(3 * second_ns);
  CHECK(clock.now() - began == milliseconds{2'500});
}

}  // namespace
}  // namespace resalehub::simulation
