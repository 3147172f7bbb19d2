#pragma once
/// A world of nothing but a network: machines ping each other under the faults of links and clocks.
/// It has planted bugs, so that the hunt has something to find.

#include "tests/simulation/run.hpp"

namespace resalehub::simulation {

run_options toy_options(std::uint64_t seed);

/// Breaks T1 when a machine crashes while a partition lasts; that is its only bug.
run_result run_toy(const run_options& options, const schedule& faults, trace& log);
/// Its process ends by a check when a clock jumps.
run_result run_brittle_toy(const run_options& options, const schedule& faults, trace& log);
/// Lets its process's number into the trace.
run_result run_leaky_toy(const run_options& options, const schedule& faults, trace& log);
/// Never ends.
run_result run_endless_toy(const run_options& options, const schedule& faults, trace& log);

}  // namespace resalehub::simulation
