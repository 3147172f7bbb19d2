#include "tests/simulation/weather.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "tests/simulation/streams.hpp"

namespace resalehub::simulation {

namespace {

void raise(std::uint32_t& odds, const fault& by) {
  odds = static_cast<std::uint32_t>(std::min<std::int64_t>(odds + by.strength, always_per_million));
}

void worsen(path_state& state, const fault& by) {
  switch (by.kind) {
    case fault_kind::slow_link: {
      const auto rate = static_cast<std::uint64_t>(std::max<std::int64_t>(by.strength, 1));
      const bool slowest = state.bytes_per_second == 0 || rate < state.bytes_per_second;
      if (slowest) state.bytes_per_second = rate;
      return;
    }
    case fault_kind::delay_spike: state.extra_ns += by.strength * microsecond_ns; return;
    case fault_kind::one_way_block:
    case fault_kind::partition: state.blocked = true; return;
    case fault_kind::losing: return raise(state.losing_per_million, by);
    case fault_kind::vanishing: return raise(state.vanishing_per_million, by);
    case fault_kind::doubling: return raise(state.doubling_per_million, by);
    case fault_kind::late: return raise(state.late_per_million, by);
    case fault_kind::corrupting: return raise(state.corrupting_per_million, by);
    case fault_kind::reset:
    case fault_kind::write_failure:
    case fault_kind::sync_failure:
    case fault_kind::stalled_disk:
    case fault_kind::full_disk:
    case fault_kind::flipped_bit:
    case fault_kind::clock_jump:
    case fault_kind::clock_drift:
    case fault_kind::clock_freeze:
    case fault_kind::pause:
    case fault_kind::crash:
    case fault_kind::crash_loop:
    case fault_kind::crash_all:
    case fault_kind::replace:
    case fault_kind::actor_kill:
    case fault_kind::actor_throw:
    case fault_kind::actor_stall: break;
  }
  fail("weather is what lasts on a link");
}

}  // namespace

weather::number weather::begin(const fault& one) {
  path_state nowhere;
  worsen(nowhere, one);
  troubles_.emplace(++begun_, one);
  return begun_;
}

path_state weather::between(machine_number from, machine_number to) const {
  path_state state;
  for (const auto& [which, one] : troubles_) {
    const bool there = one.machines.has(from) && one.others.has(to);
    const bool back = one.machines.has(to) && one.others.has(from);
    if (there || (back && one.kind != fault_kind::one_way_block)) worsen(state, one);
  }
  return state;
}

}  // namespace resalehub::simulation
