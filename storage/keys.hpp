#pragma once
/// The key layout of the state store, drawn as a grammar. Integers are big-endian, so keys order as
/// numbers. Every key begins with its partition: a partition's contents are one range per family.
///
///   partition := u16                 entity := slot u16, ulid 16 bytes, kind u32
///   records   := partition entity                         -> stored_record
///   events    := partition entity version u64             -> stored_commit (version after it)
///   rows      := partition index-name 0x00 key             -> value
///   requests  := partition day u32 request 16 bytes        -> stored_request (a day's go together)
///   queue     := partition 't' due entity name            -> timer: packed command
///              | partition 'o' entity number u64           -> outbox: packed send or call
///   due       := milliseconds u64, its sign bit flipped: instants before 1970 come first

#include <cstdint>
#include <string>
#include <string_view>

#include "base/id.hpp"

namespace resalehub::keys {

using partition_number = std::uint16_t;

std::string partition_prefix(partition_number partition);
std::string record(partition_number partition, const entity_id& entity);
std::string event(partition_number partition, const entity_id& entity, std::uint64_t version);
std::string row(partition_number partition, std::string_view index, std::string_view key);
std::string request(partition_number partition, std::uint32_t day, const request_id& id);
std::string request_day(partition_number partition, std::uint32_t day);
std::uint32_t day_of_request(std::string_view key);  ///< check()s that it is long enough
std::string timer(partition_number partition, instant due, const entity_id& entity,
                  std::string_view name);
std::string timers_until(partition_number partition,
                         instant due);  ///< excluded upper bound: due + 1
std::string outbox(partition_number partition, const entity_id& entity, std::uint64_t number);

/// The smallest key above every key with this prefix ("" when there is none).
std::string after_prefix(std::string_view prefix);

struct timer_parts {
  instant due;
  entity_id entity;
  std::string_view name;
};
struct outbox_parts {
  entity_id entity;
  std::uint64_t number = 0;
};
std::uint64_t version_of_event(std::string_view key);  ///< check()s the shape
timer_parts parse_timer(std::string_view key);    ///< check()s the shape
outbox_parts parse_outbox(std::string_view key);  ///< check()s the shape
/// The part of a rows key after the index name.
std::string_view row_key(std::string_view key);

}  // namespace resalehub::keys
