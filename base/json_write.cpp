#include <charconv>
#include <cstring>

#include "base/json_bytes.hpp"

namespace resalehub::json_text {
namespace {

/// Whether any of eight bytes must be escaped: below space, a quote or a backslash.
bool needs_escape(const char* bytes) {
  constexpr std::uint64_t ones = 0x0101010101010101;
  constexpr std::uint64_t tops = 0x8080808080808080;
  std::uint64_t word;
  std::memcpy(&word, bytes, 8);
  const std::uint64_t quote = word ^ (ones * '"');
  const std::uint64_t slash = word ^ (ones * '\\');
  return ((((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) | ((slash - ones) & ~slash)) &
          tops) != 0;
}

void write_escaped(std::string& out, char c) {
  constexpr char digits[] = "0123456789abcdef";
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  const auto value = static_cast<unsigned char>(c);
  const char escape[] = {'\\', 'u', '0', '0', digits[value >> 4], digits[value & 15]};
  out.append(escape, sizeof escape);
}

template <class Number>
void write_number(std::string& out, Number value) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, static_cast<std::size_t>(end - digits));
}

}  // namespace

void write_text(std::string& out, std::string_view value) {
  out += '"';
  const char* at = value.data();
  const char* const end = at + value.size();
  const char* kept = at;  // from here on nothing is appended yet
  while (at != end) {
    if (end - at >= 8 && !needs_escape(at)) {
      at += 8;
      continue;
    }
    const char c = *at++;
    if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') continue;
    out.append(kept, static_cast<std::size_t>(at - 1 - kept));
    write_escaped(out, c);
    kept = at;
  }
  out.append(kept, static_cast<std::size_t>(end - kept));
  out += '"';
}

void write_signed(std::string& out, std::int64_t value) { write_number(out, value); }
void write_unsigned(std::string& out, std::uint64_t value) { write_number(out, value); }

void write(std::string& out, const entity_id& value) {
  if (value.is_nobody()) {
    out += "null";
    return;
  }
  out += '"';
  append_text(out, value);
  out += '"';
}

void write(std::string& out, const instant& value) {
  out += '"';
  append_rfc3339(out, value);
  out += '"';
}

void write(std::string& out, const currency& value) {
  out += '"';
  out += value.text();
  out += '"';
}

void write(std::string& out, const money& value) {
  out += "{\"amount\":";
  write_number(out, value.amount);
  out += ",\"currency\":\"";
  out += value.currency.text();
  out += "\"}";
}

void write(std::string& out, const meta_value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return write_number(out, *number);
  if (const auto* text = std::get_if<std::string>(&value)) return write_text(out, *text);
  if (const auto* sum = std::get_if<money>(&value)) return write(out, *sum);
  out += '[';
  for (const auto& one : std::get<std::vector<std::string>>(value)) {
    if (out.back() != '[') out += ',';
    write_text(out, one);
  }
  out += ']';
}

}  // namespace resalehub::json_text
