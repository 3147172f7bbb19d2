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

struct workload_row {
  std::string_view name;
  std::unique_ptr<workload> (*make)(world& in);
};
inline constexpr std::array workload_rows{
    workload_row{"registers", make_register_workload},
    workload_row{"emails", make_email_workload},
    workload_row{"outbox", make_outbox_workload},
    workload_row{"timers", make_timer_workload},
};

}  // namespace resalehub::simulation
