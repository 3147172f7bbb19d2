#pragma once
/// Carries out the faults that need no node: those of links and of clocks, and ends them when their
/// time is over. What it carries out must outlive the timeline's events. One thread.

#include <functional>
#include <vector>

#include "tests/simulation/network.hpp"
#include "tests/simulation/node_clock.hpp"

namespace resalehub::simulation {

/// False: not a fault of links, nothing was done.
bool carry_out(const fault& one, network& ways, timeline& time);
/// Hits the clock of one of the fault's machines. False: not a fault of clocks.
bool carry_out(const fault& one, node_clock& clock, timeline& time);

}  // namespace resalehub::simulation
