#pragma once
/// Draws the faults of a run from its seed. Together they never damage more than the groups can
/// bear: at any time a minority of machines at most is down, full, stalled or being replaced, and
/// disks lose or garble what was synced on one fixed minority only. Every fault is over when the
/// quiet period begins. Any thread.

#include "tests/simulation/fault.hpp"
#include "tests/simulation/run_options.hpp"

namespace resalehub::simulation {

/// A machine counts as lost for so long after an empty node took its place: the groups use it to
/// fill the node. Who carries out a `replace` still asks whether the last one is whole again.
inline constexpr std::int64_t refill_ms = 20'000;

/// Ordered by time. Each class has a stream of its own: switching one off leaves all others' draws
/// as they were.
schedule draw_faults(const run_options& options);

/// Whether the groups of such a run can bear these faults: true of every drawn schedule and of
/// every part of one.
bool bearable(const run_options& options, const schedule& faults);

}  // namespace resalehub::simulation
