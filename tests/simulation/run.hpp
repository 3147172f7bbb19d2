#pragma once
/// One simulated run: what a world does with options and faults, and what came of it. Same options
/// and faults: same hash, in any process and build.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "tests/simulation/nemesis.hpp"
#include "tests/simulation/run_options.hpp"
#include "tests/simulation/trace.hpp"

namespace resalehub::simulation {

struct violation {
  std::string invariant;  ///< its id: R4, O1, ...
  std::string sentence;
};

struct run_result {
  std::optional<violation> broken;  ///< the first; nothing: passed
  std::uint64_t hash = 0;           ///< of the trace
  std::int64_t simulated_ms = 0;
  /// Counts that are summed over all runs and printed: faults by kind, operations, elections ...
  std::map<std::string, std::uint64_t> figures;
};

/// What a world is to the hunt. Called in a process of its own, in its only thread.
struct scenario {
  run_options (*options)(std::uint64_t seed) = nullptr;
  run_result (*run)(const run_options& options, const schedule& faults, trace& log) = nullptr;
};

/// The cluster's own; defined beside its world.
scenario the_scenario();

}  // namespace resalehub::simulation
