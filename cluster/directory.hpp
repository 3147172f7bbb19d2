#pragma once
/// Where an entity lives: id -> slot -> partition. Pure; a partition holds a run of slots.

#include "base/id.hpp"
#include "storage/keys.hpp"

namespace resalehub {

inline keys::partition_number partition_of(slot_number slot, std::uint32_t partitions) {
  return static_cast<keys::partition_number>(std::uint32_t{slot} * partitions / slots_max);
}

}  // namespace resalehub
