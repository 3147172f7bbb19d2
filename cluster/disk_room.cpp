#include "cluster/disk_room.hpp"

#include <algorithm>

namespace resalehub {
namespace {

disk_room step_of(std::uint64_t free_bytes, std::uint64_t wanted_bytes) {
  if (free_bytes >= wanted_bytes) return disk_room::enough;
  if (free_bytes >= wanted_bytes / 2) return disk_room::scarce;
  if (free_bytes >= wanted_bytes / 4) return disk_room::little;
  return disk_room::none;
}

}  // namespace

disk_room room_with(std::uint64_t free_bytes, std::uint64_t wanted_bytes, disk_room before) {
  const auto now = step_of(free_bytes, wanted_bytes);
  if (now >= before) return now;
  return std::min(before, step_of(free_bytes, wanted_bytes + wanted_bytes / 8));
}

}  // namespace resalehub
