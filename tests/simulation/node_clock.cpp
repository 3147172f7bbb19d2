#include "tests/simulation/node_clock.hpp"

#include "base/check.hpp"

namespace resalehub::simulation {

namespace {

std::int64_t floor_of(virtual_ns ns, virtual_ns unit) {
  return ns / unit - (ns % unit < 0 ? 1 : 0);
}

}  // namespace

virtual_ns node_clock::ran(virtual_ns since) const {
  const auto passed = time_.now() - since;
  const auto millions = passed / 1'000'000;
  const auto rest = passed % 1'000'000;
  return passed + millions * drift_per_million_ + rest * drift_per_million_ / 1'000'000;
}

void node_clock::settle() {
  const auto counted = ran(settled_at_);
  if (!frozen_) wall_ns_ += counted;
  monotonic_ns_ += counted;
  settled_at_ = time_.now();
}

instant node_clock::now() const {
  const auto wall_ns = wall_ns_ + (frozen_ ? 0 : ran(settled_at_));
  return {run_began_unix_ms + floor_of(wall_ns, millisecond_ns)};
}

std::int64_t node_clock::monotonic_us() const {
  return (monotonic_ns_ + ran(settled_at_)) / microsecond_ns;
}

void node_clock::jump(milliseconds by) {
  settle();
  wall_ns_ += by.count() * millisecond_ns;
}

void node_clock::drift(std::int64_t per_million) {
  check(-drift_per_million_max <= per_million && per_million <= drift_per_million_max,
        "a clock drifts by 1,000 ppm at most");
  settle();
  drift_per_million_ = per_million;
}

void node_clock::freeze() {
  settle();
  frozen_ = true;
}

void node_clock::thaw() {
  settle();
  frozen_ = false;
}

void node_clock::correct() {
  settle();
  wall_ns_ = time_.now();
  drift_per_million_ = 0;
  frozen_ = false;
}

}  // namespace resalehub::simulation
