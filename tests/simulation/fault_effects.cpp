#include "tests/simulation/fault_effects.hpp"

namespace resalehub::simulation {

bool carry_out(const fault& one, network& ways, timeline& time) {
  const auto of = class_of(one.kind);
  const bool on_links = of == fault_class::links_slow || of == fault_class::links_cut ||
                        of == fault_class::links_broken || of == fault_class::links_garbled;
  if (!on_links) return false;
  if (one.kind == fault_kind::reset) {
    ways.reset(one.machines, one.others);
    return true;
  }
  const auto which = ways.begin(one);
  time.after(one.duration_ms * millisecond_ns, [&ways, which] { ways.end(which); });
  return true;
}

bool carry_out(const fault& one, node_clock& clock, timeline& time) {
  if (class_of(one.kind) != fault_class::clocks) return false;
  const auto duration = one.duration_ms * millisecond_ns;
  if (one.kind == fault_kind::clock_freeze) {
    clock.freeze();
    time.after(duration, [&clock] { clock.thaw(); });
  } else if (one.kind == fault_kind::clock_drift) {
    clock.drift(one.strength);
    time.after(duration, [&clock] { clock.drift(0); });
  } else {
    clock.jump(milliseconds{one.strength});
    const milliseconds back{-one.strength};
    if (one.duration_ms > 0) time.after(duration, [&clock, back] { clock.jump(back); });
  }
  return true;
}

}  // namespace resalehub::simulation
