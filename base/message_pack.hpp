#pragma once
/// The stored and sent encoding: MessagePack maps by field name, derived from a struct's
/// description. Unknown fields are skipped, missing ones keep their default, so older records and
/// newer peers stay readable. Deterministic: the same value gives the same bytes.
/// Variants are a map of one entry, {alternative's type name: its fields}; enums are their names;
/// ids are 22 raw bytes (entity_id) or 18 (typed); money is a map; optionals are nil when empty.

#include <string>
#include <string_view>

namespace resalehub {

/// Appends the encoding of `value`.
template <class T>
void pack(std::string& out, const T& value);

template <class T>
std::string packed(const T& value) {
  std::string out;
  out.reserve(256);
  pack(out, value);
  return out;
}

/// False when the bytes are not such a value (damage, another type); `value` is then unspecified.
/// Bounded by the input: no claim of a length allocates more than there are bytes.
template <class T>
[[nodiscard]] bool unpack(std::string_view bytes, T& value);

}  // namespace resalehub

#include "base/message_pack_take.hpp"
