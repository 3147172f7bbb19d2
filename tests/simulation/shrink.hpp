#pragma once
/// Finds few of a run's faults that still make it fail: first without whole classes, then by
/// halving, smaller and smaller parts (delta debugging). Any thread.

#include <functional>

#include "tests/simulation/fault.hpp"

namespace resalehub::simulation {

struct shrunk {
  schedule faults;
  std::size_t runs = 0;
  bool smallest = false;  ///< without any one of them it does not fail; else the budget ended
};

/// `fails` is true of `all`, which is not asked again.
shrunk shrink(schedule all, const std::function<bool(const schedule&)>& fails,
              std::size_t runs_max);

}  // namespace resalehub::simulation
