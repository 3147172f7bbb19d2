#pragma once
/// Keys of index rows: numbers big-endian so that bytes order as they do, times inverted so that an
/// ascending scan is newest first; 18 bytes of the entity's own id end each key and make it unique.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/id.hpp"
#include "base/time.hpp"

namespace resalehub::row_key {

inline constexpr std::size_t id_bytes = 18;

std::string ascending(std::uint64_t number);  ///< 8 bytes
std::string newest_first(instant at);         ///< 8 bytes
std::string newest_first(instant at, const entity_id& own);
std::string lowest_first(std::int64_t amount, const entity_id& own);  ///< amount is not negative

/// The number at the front of a key; nothing when the key is too short.
std::optional<std::uint64_t> number_of(std::string_view key);

/// The slot and unique part at the end of a key, as an id of this kind.
std::optional<entity_id> id_at_end(std::string_view key, kind_prefix kind);
template <class Id>
std::optional<Id> id_at_end(std::string_view key) {
  const auto any = id_at_end(key, Id::kind);
  return any ? std::optional<Id>{Id{*any}} : std::nullopt;
}

}  // namespace resalehub::row_key
