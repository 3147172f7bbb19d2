#pragma once
/// How much room a node's disk has left, and what the node leaves alone with so much. Each step
/// holds for those behind it too. Values; any thread.

#include <cstdint>

#include "base/described.hpp"

namespace resalehub {

enum class disk_room : std::uint8_t {
  enough,
  scarce,  ///< others shall lead, and nothing new shall stand here
  little,  ///< what it leads all the same takes no commands: what one has can still be read
  none,    ///< it takes nothing in from other nodes, as if it were cut off from them
};
BOOST_DESCRIBE_ENUM(disk_room, enough, scarce, little, none)

/// `wanted_bytes` free are enough, under a half is little, under a quarter none. It gets better
/// only with an eighth more than that, lest a node goes to and fro.
disk_room room_with(std::uint64_t free_bytes, std::uint64_t wanted_bytes, disk_room before);

}  // namespace resalehub
