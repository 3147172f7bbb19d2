#include "base/message_pack.hpp"

#include <bit>
#include <cstring>
#include <limits>

namespace resalehub::packing {
namespace {

// The first bytes of https://github.com/msgpack/msgpack/blob/master/spec.md.
enum first_byte : std::uint8_t {
  fixmap = 0x80, fixarray = 0x90, fixstr = 0xA0,
  nil = 0xC0, no = 0xC2, yes = 0xC3,
  bin8 = 0xC4, bin16, bin32,
  ext8 = 0xC7, ext16, ext32,
  float32 = 0xCA, float64 = 0xCB,
  uint8 = 0xCC, uint16, uint32, uint64,
  int8 = 0xD0, int16, int32, int64,
  fixext1 = 0xD4, fixext16 = 0xD8,
  str8 = 0xD9, str16, str32,
  array16 = 0xDC, array32, map16 = 0xDE, map32,
  negative_fixint = 0xE0,
};

constexpr int skip_depth_max = 64;

template <class Unsigned>
void put_tagged(std::string& out, int tag, Unsigned value) {
  char bytes[1 + sizeof value];
  bytes[0] = static_cast<char>(tag);
  for (std::size_t i = 0; i < sizeof value; ++i)
    bytes[1 + i] = static_cast<char>(value >> (8 * (sizeof value - 1 - i)));
  out.append(bytes, sizeof bytes);
}

/// The three lengths that strings, binaries, arrays and maps share; `tag8` 0 where there is none.
void put_length(std::string& out, std::uint8_t tag8, std::uint8_t tag16, std::size_t size) {
  if (tag8 != 0 && size <= 0xFF) return put_tagged(out, tag8, static_cast<std::uint8_t>(size));
  if (size <= 0xFFFF) return put_tagged(out, tag16, static_cast<std::uint16_t>(size));
  put_tagged(out, tag16 + 1, static_cast<std::uint32_t>(size));
}

}  // namespace

// -- out ------------------------------------------------------------------------------------------

void put_nil(std::string& out) { out.push_back(static_cast<char>(nil)); }

void put_bool(std::string& out, bool value) { out.push_back(static_cast<char>(value ? yes : no)); }

void put_unsigned(std::string& out, std::uint64_t value) {
  if (value < 0x80) return out.push_back(static_cast<char>(value));
  if (value <= 0xFF) return put_tagged(out, uint8, static_cast<std::uint8_t>(value));
  if (value <= 0xFFFF) return put_tagged(out, uint16, static_cast<std::uint16_t>(value));
  if (value <= 0xFFFFFFFF) return put_tagged(out, uint32, static_cast<std::uint32_t>(value));
  put_tagged(out, uint64, value);
}

void put_signed(std::string& out, std::int64_t value) {
  if (value >= 0) return put_unsigned(out, static_cast<std::uint64_t>(value));
  if (value >= -32) return out.push_back(static_cast<char>(value));
  if (value >= -0x80) return put_tagged(out, int8, static_cast<std::uint8_t>(value));
  if (value >= -0x8000) return put_tagged(out, int16, static_cast<std::uint16_t>(value));
  if (value >= std::numeric_limits<std::int32_t>::min())
    return put_tagged(out, int32, static_cast<std::uint32_t>(value));
  put_tagged(out, int64, static_cast<std::uint64_t>(value));
}

void put_text(std::string& out, std::string_view value) {
  if (value.size() < 32) out.push_back(static_cast<char>(fixstr | value.size()));
  else put_length(out, str8, str16, value.size());
  out.append(value);
}

void put_binary(std::string& out, const void* bytes, std::size_t size) {
  put_length(out, bin8, bin16, size);
  out.append(static_cast<const char*>(bytes), size);
}

void put_array(std::string& out, std::size_t count) {
  if (count < 16) return out.push_back(static_cast<char>(fixarray | count));
  put_length(out, 0, array16, count);
}

void put_map(std::string& out, std::size_t count) {
  if (count < 16) return out.push_back(static_cast<char>(fixmap | count));
  put_length(out, 0, map16, count);
}

// -- in -------------------------------------------------------------------------------------------

bool reader::big_endian(int size, std::uint64_t& value) {
  if (left() < static_cast<std::size_t>(size)) return false;
  value = 0;
  for (int i = 0; i < size; ++i) value = value << 8 | static_cast<std::uint8_t>(*at_++);
  return true;
}

bool reader::sized(std::uint64_t size, std::string_view& value) {
  if (size > left()) return false;
  value = {at_, static_cast<std::size_t>(size)};
  at_ += size;
  return true;
}

bool reader::take_nil() {
  if (at_end() || static_cast<std::uint8_t>(*at_) != nil) return false;
  ++at_;
  return true;
}

bool reader::boolean(bool& value) {
  if (at_end()) return false;
  const auto tag = static_cast<std::uint8_t>(*at_++);
  value = tag == yes;
  return tag == yes || tag == no;
}

bool reader::signed_number(std::int64_t& value) {
  if (at_end()) return false;
  const auto tag = static_cast<std::uint8_t>(*at_);
  if (tag >= negative_fixint) {
    ++at_;
    value = static_cast<std::int8_t>(tag);
    return true;
  }
  std::uint64_t bits = 0;
  if (tag < int8 || tag > int64) {
    if (!unsigned_number(bits) || bits > std::numeric_limits<std::int64_t>::max()) return false;
    value = static_cast<std::int64_t>(bits);
    return true;
  }
  ++at_;
  const int size = 1 << (tag - int8);
  if (!big_endian(size, bits)) return false;
  const int unused = 64 - 8 * size;
  value = static_cast<std::int64_t>(bits << unused) >> unused;
  return true;
}

bool reader::unsigned_number(std::uint64_t& value) {
  if (at_end()) return false;
  const auto tag = static_cast<std::uint8_t>(*at_++);
  if (tag < 0x80) return value = tag, true;
  return tag >= uint8 && tag <= uint64 && big_endian(1 << (tag - uint8), value);
}

bool reader::text(std::string_view& value) {
  if (at_end()) return false;
  const auto tag = static_cast<std::uint8_t>(*at_++);
  if ((tag & 0xE0) == fixstr) return sized(tag & 0x1F, value);
  std::uint64_t size = 0;
  return tag >= str8 && tag <= str32 && big_endian(1 << (tag - str8), size) && sized(size, value);
}

bool reader::binary(std::string_view& value) {
  if (at_end()) return false;
  const auto tag = static_cast<std::uint8_t>(*at_++);
  std::uint64_t claimed = 0;
  return tag >= bin8 && tag <= bin32 && big_endian(1 << (tag - bin8), claimed) &&
         sized(claimed, value);
}

bool reader::binary(void* bytes, std::size_t size) {
  std::string_view seen;
  if (!binary(seen) || seen.size() != size) return false;
  std::memcpy(bytes, seen.data(), size);
  return true;
}

bool reader::array(std::size_t& count) {
  if (at_end()) return false;
  const auto tag = static_cast<std::uint8_t>(*at_++);
  std::uint64_t claimed = tag & 0x0F;
  if ((tag & 0xF0) != fixarray &&
      !((tag == array16 || tag == array32) && big_endian(2 << (tag - array16), claimed)))
    return false;
  count = static_cast<std::size_t>(claimed);
  return claimed <= left();
}

bool reader::map(std::size_t& count) {
  if (at_end()) return false;
  const auto tag = static_cast<std::uint8_t>(*at_++);
  std::uint64_t claimed = tag & 0x0F;
  if ((tag & 0xF0) != fixmap &&
      !((tag == map16 || tag == map32) && big_endian(2 << (tag - map16), claimed)))
    return false;
  count = static_cast<std::size_t>(claimed);
  return 2 * claimed <= left();
}

bool reader::skip() { return skip_within(skip_depth_max); }

bool reader::skip_within(int depth) {
  if (at_end() || depth == 0) return false;
  const auto tag = static_cast<std::uint8_t>(*at_);
  std::string_view seen;
  std::uint64_t size = 0;
  std::size_t count = 0;
  if ((tag & 0xF0) == fixmap || tag == map16 || tag == map32) {
    if (!map(count)) return false;
    for (count *= 2; count > 0; --count)
      if (!skip_within(depth - 1)) return false;
    return true;
  }
  if ((tag & 0xF0) == fixarray || tag == array16 || tag == array32) {
    if (!array(count)) return false;
    for (; count > 0; --count)
      if (!skip_within(depth - 1)) return false;
    return true;
  }
  if ((tag & 0xE0) == fixstr || (tag >= str8 && tag <= str32)) return text(seen);
  ++at_;
  if (tag < 0x80 || tag >= negative_fixint || tag == nil || tag == no || tag == yes) return true;
  if (tag >= uint8 && tag <= uint64) return sized(1u << (tag - uint8), seen);
  if (tag >= int8 && tag <= int64) return sized(1u << (tag - int8), seen);
  if (tag == float32 || tag == float64) return sized(tag == float32 ? 4 : 8, seen);
  if (tag >= bin8 && tag <= bin32) return big_endian(1 << (tag - bin8), size) && sized(size, seen);
  if (tag >= ext8 && tag <= ext32)
    return big_endian(1 << (tag - ext8), size) && sized(size + 1, seen);
  if (tag >= fixext1 && tag <= fixext16) return sized((1u << (tag - fixext1)) + 1, seen);
  return false;
}

// -- values that many structs hold ----------------------------------------------------------------

namespace {

using place_bytes = std::array<std::uint8_t, 18>;

void write_place(std::uint8_t* to, slot_number slot, const ulid& unique) {
  to[0] = static_cast<std::uint8_t>(slot >> 8);
  to[1] = static_cast<std::uint8_t>(slot);
  std::memcpy(to + 2, unique.data(), unique.size());
}

bool read_place(const std::uint8_t* from, slot_number& slot, ulid& unique) {
  slot = static_cast<slot_number>(from[0] << 8 | from[1]);
  std::memcpy(unique.data(), from + 2, unique.size());
  return slot < slots_max;
}

}  // namespace

void put_place(std::string& out, slot_number slot, const ulid& unique) {
  place_bytes bytes;
  write_place(bytes.data(), slot, unique);
  put_binary(out, bytes.data(), bytes.size());
}

bool take_place(reader& in, slot_number& slot, ulid& unique) {
  place_bytes bytes;
  return in.binary(bytes.data(), bytes.size()) && read_place(bytes.data(), slot, unique);
}

void put(std::string& out, const entity_id& value) {
  std::uint8_t bytes[22];
  for (int i = 0; i < 4; ++i)
    bytes[i] = static_cast<std::uint8_t>(value.kind.packed >> (24 - 8 * i));
  write_place(bytes + 4, value.slot, value.unique);
  put_binary(out, bytes, sizeof bytes);
}

bool take(reader& in, entity_id& value) {
  std::uint8_t bytes[22];
  if (!in.binary(bytes, sizeof bytes)) return false;
  value.kind.packed = 0;
  for (int i = 0; i < 4; ++i) value.kind.packed = value.kind.packed << 8 | bytes[i];
  return read_place(bytes + 4, value.slot, value.unique);
}

void put(std::string& out, const request_id& value) {
  put_binary(out, value.bytes.data(), value.bytes.size());
}

bool take(reader& in, request_id& value) {
  return in.binary(value.bytes.data(), value.bytes.size());
}

void put(std::string& out, const currency& value) { put_text(out, value.text()); }

bool take(reader& in, currency& value) {
  std::string_view text;
  if (!in.text(text)) return false;
  if (text.empty()) return value = {}, true;
  const auto known = currency::from_text(text);
  if (known) value = *known;
  return known.has_value();
}

void put(std::string& out, const money& value) { put_structure(out, value); }
bool take(reader& in, money& value) { return take_structure(in, value); }

void put(std::string& out, const problem& value) { put_structure(out, value); }
bool take(reader& in, problem& value) { return take_structure(in, value); }

void put(std::string& out, const meta_value& value) {
  std::visit([&](const auto& one) { put(out, one); }, value);
}

bool take(reader& in, meta_value& value) {
  switch (in.next()) {
    case reader::kind::number: return take(in, value.emplace<std::int64_t>());
    case reader::kind::text: return take(in, value.emplace<std::string>());
    case reader::kind::array: return take(in, value.emplace<std::vector<std::string>>());
    case reader::kind::map: return take(in, value.emplace<money>());
    case reader::kind::other: return false;
  }
  return false;
}

reader::kind reader::next() const {
  if (at_end()) return kind::other;
  const auto tag = static_cast<std::uint8_t>(*at_);
  if (tag < 0x80 || tag >= negative_fixint) return kind::number;
  if ((tag >= uint8 && tag <= uint64) || (tag >= int8 && tag <= int64)) return kind::number;
  if ((tag & 0xE0) == fixstr || (tag >= str8 && tag <= str32)) return kind::text;
  if ((tag & 0xF0) == fixarray || tag == array16 || tag == array32) return kind::array;
  if ((tag & 0xF0) == fixmap || tag == map16 || tag == map32) return kind::map;
  return kind::other;
}

}  // namespace resalehub::packing
