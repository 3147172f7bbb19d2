#pragma once
/// Many runs, some at a time, each in its own process; what fails is made small and told. Prints
/// progress on stderr and what was found on `out`. The caller is single-threaded.

#include <cstdio>
#include <vector>

#include "tests/simulation/report.hpp"

namespace resalehub::simulation {

struct hunt_plan {
  std::vector<job> regressions;  ///< first
  std::uint64_t from = 1;        ///< then these seeds
  std::uint64_t seeds = 0;
  std::uint32_t jobs = 1;
  std::vector<std::string> workloads;  ///< of each seed, instead of those that it draws
  std::uint32_t twice_per_million = 20'000;  ///< of the runs: their hashes must be the same
  std::size_t shrink_runs_max = 200;         ///< a failure; 0: told as drawn
  std::size_t told_max = 5;                  ///< failures that are made small and told at length
  int run_seconds_max = 300;
  std::FILE* out = stdout;
};

struct hunt_outcome {
  std::uint64_t passed = 0, failed = 0;
  std::int64_t simulated_ms = 0;
  std::map<std::string, std::uint64_t> figures;
  std::vector<failure> failures;  ///< those told at length
};

hunt_outcome hunt(const scenario& what, const hunt_plan& plan);

/// One seed: its options, faults, trace hash; the trace as well when asked for.
enum class tell : std::uint8_t { the_end, everything };
hunt_outcome show(const scenario& what, const job& one, const hunt_plan& plan, tell how_much);

}  // namespace resalehub::simulation
