#include "base/id.hpp"

#include <sodium.h>

#include <cstring>

namespace resalehub {
namespace {

// Crockford base32, upper case only: one text for one id.
constexpr char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t slot_digits = 3;
constexpr std::size_t ulid_digits = 26;

constexpr std::array<std::int8_t, 256> make_values() {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::int8_t i = 0; i < 32; ++i) values[static_cast<std::uint8_t>(alphabet[i])] = i;
  return values;
}
constexpr auto digit_values = make_values();

std::uint64_t big_endian(const std::uint8_t* from) {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | from[i];
  return value;
}

void put_big_endian(std::uint64_t value, std::uint8_t* to) {
  for (int i = 7; i >= 0; --i, value >>= 8) to[i] = static_cast<std::uint8_t>(value);
}

void write_ulid(const ulid& value, char* to) {
  std::uint64_t high = big_endian(value.data());
  std::uint64_t low = big_endian(value.data() + 8);
  for (int i = ulid_digits - 1; i >= 0; --i) {
    to[i] = alphabet[low & 31];
    low = low >> 5 | high << 59;
    high >>= 5;
  }
}

/// False for another alphabet or a value of more than 128 bits.
bool read_ulid(std::string_view digits, ulid& value) {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  if (digit_values[static_cast<std::uint8_t>(digits[0])] > 7) return false;
  for (const char c : digits) {
    const int digit = digit_values[static_cast<std::uint8_t>(c)];
    if (digit < 0) return false;
    high = high << 5 | low >> 59;
    low = low << 5 | static_cast<std::uint64_t>(digit);
  }
  put_big_endian(high, value.data());
  put_big_endian(low, value.data() + 8);
  return true;
}

using digest = std::array<std::uint8_t, 16>;

digest digest_of(std::initializer_list<std::string_view> parts) {
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, sizeof(digest));
  for (const auto part : parts) {
    std::uint8_t length[8];
    put_big_endian(part.size(), length);
    crypto_generichash_update(&state, length, sizeof length);
    crypto_generichash_update(&state, reinterpret_cast<const std::uint8_t*>(part.data()),
                              part.size());
  }
  digest out;
  crypto_generichash_final(&state, out.data(), out.size());
  return out;
}

std::size_t hash_of(const std::array<std::uint8_t, 16>& bytes) {
  std::uint64_t head;
  std::uint64_t tail;
  std::memcpy(&head, bytes.data(), 8);
  std::memcpy(&tail, bytes.data() + 8, 8);
  // The tail is chance; the head is mixed in for ids that somebody numbered by hand.
  std::uint64_t mixed = tail ^ head >> 17;
  mixed = (mixed ^ mixed >> 32) * 0x9E3779B97F4A7C15ull;
  return static_cast<std::size_t>(mixed ^ mixed >> 32);
}

}  // namespace

std::string kind_prefix::text() const {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) {
    const char c = static_cast<char>(packed >> shift & 0xFF);
    if (c != '\0') out.push_back(c);
  }
  return out;
}

void append_text(std::string& out, const entity_id& id) {
  if (id.is_nobody()) return;
  char text[entity_id::text_size_max];
  std::size_t size = 0;
  for (int shift = 24; shift >= 0; shift -= 8) {
    const char c = static_cast<char>(id.kind.packed >> shift & 0xFF);
    if (c != '\0') text[size++] = c;
  }
  text[size++] = '_';
  text[size++] = alphabet[id.slot >> 10 & 31];
  text[size++] = alphabet[id.slot >> 5 & 31];
  text[size++] = alphabet[id.slot & 31];
  write_ulid(id.unique, text + size);
  out.append(text, size + ulid_digits);
}

std::string to_text(const entity_id& id) {
  std::string out;
  append_text(out, id);
  return out;
}

std::optional<entity_id> entity_id_from_text(std::string_view text) {
  const auto underscore = text.find('_');
  if (underscore == 0 || underscore > 4) return std::nullopt;
  if (text.size() != underscore + 1 + slot_digits + ulid_digits) return std::nullopt;
  entity_id id;
  for (std::size_t i = 0; i < 4; ++i) {
    id.kind.packed <<= 8;
    if (i >= underscore) continue;
    if (text[i] < 'a' || text[i] > 'z') return std::nullopt;
    id.kind.packed |= static_cast<std::uint8_t>(text[i]);
  }
  text.remove_prefix(underscore + 1);
  for (const char c : text.substr(0, slot_digits)) {
    const int digit = digit_values[static_cast<std::uint8_t>(c)];
    if (digit < 0) return std::nullopt;
    id.slot = static_cast<slot_number>(id.slot << 5 | digit);
  }
  if (!read_ulid(text.substr(slot_digits), id.unique)) return std::nullopt;
  return id;
}

ulid make_ulid(instant at, std::uint64_t chance_high, std::uint64_t chance_low) {
  ulid out;
  const auto time = static_cast<std::uint64_t>(at.unix_ms);
  put_big_endian(time << 16 | (chance_high & 0xFFFF), out.data());
  put_big_endian(chance_low, out.data() + 8);
  return out;
}

request_id derived_request(std::string_view a, std::string_view b, std::string_view c,
                           std::string_view d) {
  return {digest_of({a, b, c, d})};
}

ulid derived_ulid(std::string_view a, std::string_view b, std::string_view c) {
  return digest_of({a, b, c, {}});
}

slot_number derived_slot(std::string_view a, std::string_view b) {
  const auto hash = digest_of({a, b, {}, {}});
  return static_cast<slot_number>((hash[0] << 8 | hash[1]) >> 1);
}

}  // namespace resalehub

std::size_t std::hash<resalehub::entity_id>::operator()(
    const resalehub::entity_id& id) const noexcept {
  return resalehub::hash_of(id.unique);
}

std::size_t std::hash<resalehub::request_id>::operator()(
    const resalehub::request_id& id) const noexcept {
  return resalehub::hash_of(id.bytes);
}
