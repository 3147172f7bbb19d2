#pragma once
/// How a failed run is told to a person: what broke, with what it breaks again, what happened last.

#include "tests/simulation/child_run.hpp"

namespace resalehub::simulation {

struct failure {
  job drawn;
  violation broken;
  job smallest;                   ///< what still fails in the same way
  std::size_t shrink_runs = 0;
  bool proven_smallest = false;
  std::vector<std::string> last;  ///< of the smallest run
};

std::string report_of(const failure& one);

}  // namespace resalehub::simulation
