#pragma once
/// A fault of a simulated run, as a value: when, what, whom, how long and how much. A schedule of
/// them is text that a person reads and that is read back. Values; any thread.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/simulation/machine.hpp"

namespace resalehub::simulation {

/// In brackets what `strength` means; no brackets: nothing. What has no duration is over at once.
enum class fault_kind : std::uint8_t {
  // Links from `machines` toward `others`, and back unless it says one way.
  slow_link,      ///< [bytes a second]
  delay_spike,    ///< [more microseconds a message]
  one_way_block,  ///< bytes vanish from `machines` toward `others`, not back
  partition,      ///< nothing passes either way
  reset,          ///< connections break, what is under way is lost
  losing,         ///< [messages per million that break their connection]
  vanishing,      ///< [messages per million that vanish, and all behind them, until a timeout]
  doubling,       ///< [per million that arrive again after a reconnect]
  late,           ///< [per million under way at a break that arrive after a reconnect]
  corrupting,     ///< [messages per million with a wrong byte]
  // The disks of `machines`.
  write_failure,  ///< [how many writes from now still succeed]: the next one fails, once
  sync_failure,   ///< [how many syncs from now still succeed]: the next one fails, once
  stalled_disk,   ///< writes and syncs take until the end
  full_disk,      ///< [0: no room until the end; 1 to 3: the node sees in time how little]
  flipped_bit,    ///< [which, for a stream]: in a block that is at rest
  // The wall clocks of `machines`.
  clock_jump,    ///< [milliseconds, either sign]: until the end, when there is a duration
  clock_drift,   ///< [parts per million, either sign]; the monotonic clock drifts with it
  clock_freeze,  ///< the wall clock stands still
  // The processes on `machines`.
  pause,         ///< does nothing, then goes on
  crash,         ///< dies, loses what was not synced, starts again at the end
  crash_loop,    ///< [times]: dies and starts again and again until the end
  crash_all,     ///< all of `machines` within [milliseconds], start again at the end
  replace,       ///< dies with its disk; at the end an empty node starts in its place
  // The actors on `machines`.
  actor_kill,   ///< [which, for a stream]: one actor is killed
  actor_throw,  ///< [which, for a stream]: one handler throws
  actor_stall,  ///< [which, for a stream]: one actor handles nothing until the end
};
inline constexpr std::size_t fault_kinds = 26;

/// What a seed switches on or off as one.
enum class fault_class : std::uint8_t {
  links_slow,
  links_cut,
  links_broken,
  links_garbled,
  disks_failing,
  disks_stalled,
  disks_full,
  disks_rotten,
  clocks,
  pauses,
  crashes,
  replacements,
  actors,
};
inline constexpr std::size_t fault_classes = 13;

std::string_view name_of(fault_kind kind);
std::string_view name_of(fault_class which);
std::optional<fault_kind> kind_named(std::string_view name);
std::optional<fault_class> class_named(std::string_view name);
fault_class class_of(fault_kind kind);

struct fault {
  std::int64_t at_ms = 0;
  fault_kind kind = fault_kind::crash;
  machine_set machines;
  machine_set others;
  std::int64_t duration_ms = 0;
  std::int64_t strength = 0;

  std::int64_t end_ms() const { return at_ms + duration_ms; }
  friend bool operator==(const fault&, const fault&) = default;
};

using schedule = std::vector<fault>;

/// 12345 ms: partition of 1,2 toward 3 for 4000 ms, strength 0
std::string to_text(const fault& one);
/// Nothing for any other shape.
std::optional<fault> fault_from_text(std::string_view line);

}  // namespace resalehub::simulation
