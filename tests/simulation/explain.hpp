#pragma once
/// What to say of a failed run: the fewest faults with which it breaks the same invariant, and what
/// happened last, or where two runs of the same part.

#include "tests/simulation/hunt.hpp"

namespace resalehub::simulation {

failure explain(const scenario& what, const job& one, const violation& broken,
                const hunt_plan& plan);

}  // namespace resalehub::simulation
