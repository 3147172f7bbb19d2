#include "actors/row_key.hpp"

#include <algorithm>
#include <limits>

namespace resalehub::row_key {

namespace {

std::uint64_t as_unsigned(std::int64_t value) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(value, 0));
}

void append_id(std::string& key, const entity_id& own) {
  key += static_cast<char>(own.slot >> 8);
  key += static_cast<char>(own.slot & 0xFF);
  key.append(own.unique.begin(), own.unique.end());
}

}  // namespace

std::string ascending(std::uint64_t number) {
  std::string key(8, '\0');
  for (int i = 7; i >= 0; --i, number >>= 8) key[i] = static_cast<char>(number & 0xFF);
  return key;
}

std::string newest_first(instant at) {
  return ascending(std::numeric_limits<std::uint64_t>::max() - as_unsigned(at.unix_ms));
}

std::string newest_first(instant at, const entity_id& own) {
  auto key = newest_first(at);
  append_id(key, own);
  return key;
}

std::string lowest_first(std::int64_t amount, const entity_id& own) {
  auto key = ascending(as_unsigned(amount));
  append_id(key, own);
  return key;
}

std::optional<std::uint64_t> number_of(std::string_view key) {
  if (key.size() < 8) return std::nullopt;
  std::uint64_t number = 0;
  for (int i = 0; i < 8; ++i) number = number << 8 | static_cast<std::uint8_t>(key[i]);
  return number;
}

std::optional<entity_id> id_at_end(std::string_view key, kind_prefix kind) {
  if (key.size() < id_bytes) return std::nullopt;
  key.remove_prefix(key.size() - id_bytes);
  entity_id own;
  own.kind = kind;
  own.slot = static_cast<slot_number>(static_cast<std::uint8_t>(key[0]) << 8 |
                                      static_cast<std::uint8_t>(key[1]));
  std::copy_n(key.begin() + 2, own.unique.size(), own.unique.begin());
  return own;
}

}  // namespace resalehub::row_key
