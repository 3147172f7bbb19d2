#pragma once
/// Typed ids that carry their place: `lst_<slot><ulid>`, slot being 3 and the ULID 26 characters of
/// Crockford base32. Kept as 22 bytes, written as text. An id of one kind is no id of another.
/// Values: copy freely, any thread.

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace resalehub {

/// The letters before the underscore, at most 4, packed big-endian: ordered as their text.
struct kind_prefix {
  std::uint32_t packed = 0;

  constexpr kind_prefix() = default;
  constexpr kind_prefix(const char* text) {  // NOLINT: a literal is a prefix
    for (int i = 0; i < 4; ++i) {
      packed <<= 8;
      if (*text != '\0') packed |= static_cast<std::uint8_t>(*text++);
    }
  }
  constexpr explicit kind_prefix(std::uint32_t value) : packed(value) {}
  std::string text() const;
  friend constexpr auto operator<=>(const kind_prefix&, const kind_prefix&) = default;
};

/// One of 32,768 places; a partition holds a run of them.
using slot_number = std::uint16_t;
inline constexpr std::uint32_t slots_max = 32768;

using ulid = std::array<std::uint8_t, 16>;

/// Any entity's id. The all-zero value is "nobody": an anonymous caller, the system.
struct entity_id {
  kind_prefix kind;
  slot_number slot = 0;
  ulid unique{};

  static constexpr std::size_t text_size_max = 4 + 1 + 3 + 26;

  bool is_nobody() const { return kind.packed == 0; }
  friend auto operator<=>(const entity_id&, const entity_id&) = default;
};

std::string to_text(const entity_id& id);  ///< "" for nobody
void append_text(std::string& out, const entity_id& id);
/// Nothing for another shape, another alphabet or case, a ULID above 2^128, a slot out of range.
std::optional<entity_id> entity_id_from_text(std::string_view text);

/// An id of one kind. `Prefix` is e.g. kind_prefix{"lst"}'s packed value; use the aliases below.
template <std::uint32_t Prefix>
struct id {
  slot_number slot = 0;
  ulid unique{};

  static constexpr kind_prefix kind{Prefix};

  id() = default;
  id(slot_number place, ulid value) : slot(place), unique(value) {}
  /// Only from an id of this kind (checked by the caller through `holds`).
  explicit id(const entity_id& any) : slot(any.slot), unique(any.unique) {}

  static bool holds(const entity_id& any) { return any.kind == kind; }
  bool is_nobody() const { return slot == 0 && unique == ulid{}; }
  operator entity_id() const {  // NOLINT: every typed id is an entity id
    return is_nobody() ? entity_id{} : entity_id{kind, slot, unique};
  }
  friend auto operator<=>(const id&, const id&) = default;
};

template <std::uint32_t Prefix>
std::string to_text(const id<Prefix>& value) {
  return to_text(static_cast<entity_id>(value));
}

/// Nothing also for an id of another kind.
template <class Id>
std::optional<Id> id_from_text(std::string_view text) {
  auto any = entity_id_from_text(text);
  if (!any || !Id::holds(*any)) return std::nullopt;
  return Id{*any};
}

/// 48 bits of time, 80 of chance (https://github.com/ulid/spec).
ulid make_ulid(instant at, std::uint64_t chance_high, std::uint64_t chance_low);

/// 128 bits that name a request for ever: hash of who, what and key; or fresh for one unkeyed ask.
struct request_id {
  std::array<std::uint8_t, 16> bytes{};
  bool is_none() const { return bytes == std::array<std::uint8_t, 16>{}; }
  friend auto operator<=>(const request_id&, const request_id&) = default;
};

/// A keyed-by-position hash (BLAKE2b-128 of the parts, each preceded by its length): the same parts
/// give the same id on every node and for ever. Never for secrets.
request_id derived_request(std::string_view a, std::string_view b = {}, std::string_view c = {},
                           std::string_view d = {});
/// The same hash as a ULID-shaped value, for entities whose id derives from a value.
ulid derived_ulid(std::string_view a, std::string_view b = {}, std::string_view c = {});
/// Its first 15 bits, as a place.
slot_number derived_slot(std::string_view a, std::string_view b = {});

}  // namespace resalehub

template <>
struct std::hash<resalehub::entity_id> {
  std::size_t operator()(const resalehub::entity_id& id) const noexcept;
};
template <std::uint32_t Prefix>
struct std::hash<resalehub::id<Prefix>> {
  std::size_t operator()(const resalehub::id<Prefix>& id) const noexcept {
    return std::hash<resalehub::entity_id>{}(id);
  }
};
template <>
struct std::hash<resalehub::request_id> {
  std::size_t operator()(const resalehub::request_id& id) const noexcept;
};
