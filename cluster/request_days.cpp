#include "cluster/request_days.hpp"

#include <optional>

namespace resalehub {

std::uint32_t request_day(instant at) {
  return static_cast<std::uint32_t>(at.unix_ms / (24 * 3600 * 1000));
}

void request_days::load(const state_store& store, keys::partition_number partition) {
  days_.clear();
  const auto end = keys::after_prefix(keys::partition_prefix(partition));
  std::optional<std::uint32_t> found = 0;
  for (std::uint32_t from = 0; found; from = *found + 1) {
    found.reset();
    store.scan({family::requests, keys::request_day(partition, from), end},
               [&](std::string_view key, std::string_view) {
                 found = keys::day_of_request(key);
                 return false;
               });
    if (!found) return;
    note(*found);
  }
}

}  // namespace resalehub
