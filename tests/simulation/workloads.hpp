#pragma once
/// All workloads by name: the one list of them.

#include <array>
#include <string_view>

#include "tests/simulation/workload.hpp"

namespace resalehub::simulation {

std::unique_ptr<workload> make_register_workload(world& in);
std::unique_ptr<workload> make_email_workload(world& in);
std::unique_ptr<workload> make_outbox_workload(world& in);
std::unique_ptr<workload> make_timer_workload(world& in);
std::unique_ptr<workload> make_cart_workload(world& in);
std::unique_ptr<workload> make_room_workload(world& in);
std::unique_ptr<workload> make_list_workload(world& in);
std::unique_ptr<workload> make_bicycle_workload(world& in);
std::unique_ptr<workload> make_purchase_workload(world& in);
std::unique_ptr<workload> make_money_workload(world& in);

struct workload_row {
  std::string_view name;
  std::unique_ptr<workload> (*make)(world& in);
};
inline constexpr std::array workload_rows{
    workload_row{"registers", make_register_workload},
    workload_row{"emails", make_email_workload},
    workload_row{"outbox", make_outbox_workload},
    workload_row{"timers", make_timer_workload},
    workload_row{"carts", make_cart_workload},
    workload_row{"rooms", make_room_workload},
    workload_row{"lists", make_list_workload},
    workload_row{"bicycle", make_bicycle_workload},
    workload_row{"purchases", make_purchase_workload},
    workload_row{"money", make_money_workload},
};

}  // namespace resalehub::simulation
