#include "base/message_pack_json.hpp"

#include <algorithm>
#include <utf8proc.h>

#include "base/json_bytes.hpp"
#include "base/message_pack_bytes.hpp"

namespace resalehub {
namespace {

using json_text::write_text;
using packing::reader;

constexpr int depth_max = 32;
constexpr std::string_view hidden_value = "\"(hidden)\"";
constexpr std::size_t entity_bytes = 22;
constexpr std::size_t typed_id_bytes = 18;

bool is_text(std::string_view bytes) {
  const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(bytes.data());
  auto left = static_cast<utf8proc_ssize_t>(bytes.size());
  while (left > 0) {
    utf8proc_int32_t point = 0;
    const auto used = utf8proc_iterate(at, left, &point);
    if (used <= 0) return false;
    at += used;
    left -= used;
  }
  return true;
}

std::string hexadecimal(std::string_view bytes) {
  std::string out;
  for (const unsigned char byte : bytes) {
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  return out;
}

std::string text_of_typed_id(slot_number slot, const ulid& unique) {
  const auto text = to_text(entity_id{kind_prefix{"id"}, slot, unique});
  return text.substr(text.find('_') + 1);
}

/// What bytes of this size mostly are.
std::string shown_bytes(std::string_view packed_bytes, std::string_view bytes) {
  reader again{packed_bytes};
  entity_id any;
  if (bytes.size() == entity_bytes && packing::take(again, any) &&
      is_text(any.kind.text()))
    return to_text(any);
  slot_number slot = 0;
  ulid unique{};
  again = reader{packed_bytes};
  if (bytes.size() == typed_id_bytes && packing::take_place(again, slot, unique))
    return text_of_typed_id(slot, unique);
  return hexadecimal(bytes);
}

class printer {
 public:
  printer(std::string& out, std::span<const std::string_view> hidden)
      : out_(out), hidden_(hidden) {}

  bool value(reader& in, int depth) {
    if (depth == 0) return false;
    switch (in.next()) {
      case reader::kind::map: return map(in, depth);
      case reader::kind::array: return array(in, depth);
      case reader::kind::text: return text(in);
      case reader::kind::number: return number(in);
      case reader::kind::other: return other(in);
    }
    return false;
  }

 private:
  bool map(reader& in, int depth) {
    std::size_t count = 0;
    if (!in.map(count)) return false;
    char before = '{';
    if (count == 0) out_ += before;
    for (; count > 0; --count) {
      out_ += std::exchange(before, ',');
      const auto name_at = out_.size();
      if (!name(in)) return false;
      const auto name = std::string_view{out_}.substr(name_at + 1, out_.size() - name_at - 2);
      const bool hides = std::find(hidden_.begin(), hidden_.end(), name) != hidden_.end();
      out_ += ':';
      if (hides) out_ += hidden_value;
      if (hides ? !in.skip() : !value(in, depth - 1)) return false;
    }
    out_ += '}';
    return true;
  }

  /// A key of JSON is always a text.
  bool name(reader& in) {
    if (in.next() == reader::kind::text) return text(in);
    std::string inner;
    printer bare{inner, hidden_};
    if (!bare.value(in, 1)) return false;
    if (inner.starts_with('"')) out_ += inner;
    else write_text(out_, inner);
    return true;
  }

  bool array(reader& in, int depth) {
    std::size_t count = 0;
    if (!in.array(count)) return false;
    out_ += '[';
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) out_ += ',';
      if (!value(in, depth - 1)) return false;
    }
    out_ += ']';
    return true;
  }

  bool text(reader& in) {
    std::string_view seen;
    if (!in.text(seen)) return false;
    if (is_text(seen)) write_text(out_, seen);
    else write_text(out_, hexadecimal(seen));
    return true;
  }

  bool number(reader& in) {
    auto again = in;
    std::int64_t small = 0;
    if (again.signed_number(small)) {
      in = again;
      json_text::write_signed(out_, small);
      return true;
    }
    std::uint64_t large = 0;
    if (!in.unsigned_number(large)) return false;
    json_text::write_unsigned(out_, large);
    return true;
  }

  bool other(reader& in) {
    if (in.take_nil()) return out_ += "null", true;
    auto again = in;
    if (bool yes = false; again.boolean(yes)) {
      in = again;
      out_ += yes ? "true" : "false";
      return true;
    }
    const auto rest = in.rest();
    std::string_view bytes;
    if (!in.binary(bytes)) return false;
    write_text(out_, shown_bytes(rest, bytes));
    return true;
  }

  std::string& out_;
  std::span<const std::string_view> hidden_;
};

}  // namespace

std::optional<std::string> message_pack_as_json(std::string_view bytes,
                                                std::span<const std::string_view> hidden) {
  std::string out;
  reader in{bytes};
  if (!printer{out, hidden}.value(in, depth_max) || !in.at_end()) return std::nullopt;
  return out;
}

std::optional<std::pair<std::string_view, std::string_view>> packed_alternative(
    std::string_view bytes) {
  reader in{bytes};
  std::size_t count = 0;
  std::string_view name;
  if (!in.map(count) || count != 1 || !in.text(name)) return std::nullopt;
  return std::pair{name, in.rest()};
}

}  // namespace resalehub
