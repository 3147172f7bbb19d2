// A bicycle, of which there is one, and things of which there are ten, which many want: whether
// more are sold than there are, now or in the end.

#include "tests/simulation/shopping.hpp"
#include "tests/simulation/workloads.hpp"

namespace resalehub::simulation {

std::unique_ptr<workload> make_bicycle_workload(world& in) {
  shop_plan plan;
  plan.how = {.name = "bicycle", .pause_ms = 150, .actions_max = 12};
  plan.stocks = {1, 10};
  plan.of_hundred_declined = 35;
  plan.thinking_ms = 1'500;
  return std::make_unique<shopping>(in, std::move(plan));
}

}  // namespace resalehub::simulation
