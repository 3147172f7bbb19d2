#pragma once
/// The proof that the simulation finds bugs: each broken variant of the product (base/bugs.inc) is
/// run until an invariant fails that holds without it. The caller is single-threaded.

#include <string>

#include "tests/simulation/hunt.hpp"

namespace resalehub::simulation {

/// `variants`: names by commas, or "all". A row for each on `plan.out`: its name, the invariant
/// that caught it, after how many seeds from `plan.from` and in how many seconds; then how many
/// passed (were caught within `plan.seeds` seeds) and failed. The exit status: 0 when all were
/// caught, 2 where nothing can be broken or the names are wrong.
int hunt_broken(const scenario& what, const std::string& variants, const hunt_plan& plan);

/// From now on this process is that variant. False: there is none of this name, or this build
/// cannot be broken.
bool become(const std::string& variant);

}  // namespace resalehub::simulation
