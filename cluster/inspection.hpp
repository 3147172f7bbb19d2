#pragma once
/// An operator's look at one entity, asked as `ask_mode::inspect` and answered by its partition's
/// leader, when all that the entity had decided by then is applied: its state, its timers and, if
/// wanted, its events. Knows no kind's fields. Values; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "cluster/host_ports.hpp"
#include "cluster/stored.hpp"

namespace resalehub {

/// The body of the ask, packed. `events_max` 0: none are wanted.
struct inspection {
  std::uint64_t after = 0;  ///< events behind this version
  std::uint32_t events_max = 0;
};
BOOST_DESCRIBE_STRUCT(inspection, (), (after, events_max))

inline constexpr std::uint32_t inspected_events_max = 1000;
inline constexpr std::size_t inspected_bytes_max = 256 * 1024;  ///< then the rest is another ask

struct inspected_event {
  std::uint64_t version = 0;
  instant at;
  std::optional<entity_id> by;  ///< nothing: the system
  std::string type;
  raw_json fields;
};
BOOST_DESCRIBE_STRUCT(inspected_event, (), (version, at, by, type, fields))

/// The answer's bytes, as JSON.
struct inspected {
  entity_id id;
  std::string kind;
  std::uint64_t version = 0;
  std::uint32_t partition = 0;
  raw_json shown;  ///< as the rest of the system sees it
  raw_json state;  ///< as it is stored
  std::vector<stored_timer> timers;
  std::vector<inspected_event> events;
  bool more = false;  ///< there are events behind the last of these
};
BOOST_DESCRIBE_STRUCT(inspected, (), (id, kind, version, partition, shown, state, timers, events,
                                      more))

// -- on the way there -----------------------------------------------------------------------------

/// What the entity says, and its host adds the timers to.
struct inspected_parts {
  std::string shown;
  std::string state;
  std::vector<stored_timer> timers;
};
std::string encoded(const inspected_parts& parts);
std::string with_timers(std::string_view parts, const std::vector<stored_timer>& timers);

/// An entity as of a version, where it is.
struct inspected_place {
  keys::partition_number partition = 0;
  entity_id entity;
  std::uint64_t version = 0;
};
/// The whole answer: reads the events that are asked for in `body` from the store.
result<answer> inspect(const inspected_place& place, std::string_view parts, std::string_view body,
                       const host_ports& ports);

}  // namespace resalehub
