// Several sellers who change their prices, buyers who buy from all of them at once: whether what
// was charged is what the orders say, to the cent, and each price was one that somebody asked.

#include "tests/simulation/shopping.hpp"
#include "tests/simulation/workloads.hpp"

namespace resalehub::simulation {

std::unique_ptr<workload> make_money_workload(world& in) {
  shop_plan plan;
  plan.how = {.name = "money", .pause_ms = 300, .actions_max = 18};
  plan.sellers = 3;
  plan.stocks = {100, 100, 100, 100, 100, 3};
  plan.lines_max = 4;
  plan.of_hundred_by_cart = 70;
  plan.of_hundred_repriced = 15;
  return std::make_unique<shopping>(in, std::move(plan));
}

}  // namespace resalehub::simulation
