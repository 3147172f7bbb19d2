#include "tests/simulation/report.hpp"

#include "tests/simulation/regressions.hpp"

namespace resalehub::simulation {

std::string report_of(const failure& one) {
  const auto seed = std::to_string(one.drawn.options.seed);
  std::string out = "FAILED seed " + seed + ": " + one.broken.invariant + "\n";
  out += one.broken.sentence + "\n\n";
  out += "again: ./test sim --seed " + seed + " --trace\n";
  out += std::to_string(one.smallest.faults.size()) + " of " +
         std::to_string(one.drawn.faults.size()) + " faults are enough";
  if (one.shrink_runs == 0) out += " (not shrunk)";
  else if (!one.proven_smallest) out += " (perhaps fewer: shrinking was cut short)";
  out += "; for regressions.txt:\n\n" + to_text(one.smallest) + "\n";
  out += "the last " + std::to_string(one.last.size()) + " events:\n";
  for (const auto& line : one.last) out += "  " + line + "\n";
  return out;
}

}  // namespace resalehub::simulation
