// Purchases whose payment is declined, never answered, answered late, cancelled or forgotten:
// whether each comes to its end in time, complete or undone.

#include "tests/simulation/shopping.hpp"
#include "tests/simulation/workloads.hpp"

namespace resalehub::simulation {

std::unique_ptr<workload> make_purchase_workload(world& in) {
  shop_plan plan;
  plan.how = {.name = "purchases", .pause_ms = 400, .actions_max = 15};
  plan.stocks = {30, 30, 2};
  plan.lines_max = 2;
  plan.of_hundred_declined = 25;
  plan.of_hundred_silent = 25;
  plan.of_hundred_cancelled = 25;
  plan.of_hundred_left = 25;
  return std::make_unique<shopping>(in, std::move(plan));
}

}  // namespace resalehub::simulation
