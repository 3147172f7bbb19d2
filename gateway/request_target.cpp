#include "gateway/request_target.hpp"

#include <algorithm>
#include <array>

namespace resalehub {
namespace {

enum : std::uint8_t { in_path = 1, in_query = 2 };

constexpr std::array<std::uint8_t, 256> make_places() {
  std::array<std::uint8_t, 256> places{};
  for (int byte = 0x21; byte <= 0x7E; ++byte) places[byte] = in_path | in_query;
  for (char byte : std::string_view("\\^`{|}")) places[byte] = in_query;
  for (char byte : std::string_view("\"<>#")) places[byte] = 0;
  places['%'] = 0;  // begins an escape
  return places;
}
constexpr auto places = make_places();

int hex_value(unsigned char byte) {
  if (byte >= '0' && byte <= '9') return byte - '0';
  if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
  if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
  return -1;
}

bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }
char lower(char byte) { return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + 32) : byte; }
bool is_letter(char byte) { return lower(byte) >= 'a' && lower(byte) <= 'z'; }

bool is_port(std::string_view text) {
  if (text.size() > 5 || !std::all_of(text.begin(), text.end(), is_digit)) return false;
  unsigned value = 0;
  for (char digit : text) value = value * 10 + static_cast<unsigned>(digit - '0');
  return value <= 65535;
}

bool is_name(std::string_view host) {
  return !host.empty() && host.size() <= 255 &&
         std::all_of(host.begin(), host.end(), [](char byte) {
           return is_letter(byte) || is_digit(byte) || byte == '-' || byte == '.' || byte == '_';
         });
}

bool is_bracketed(std::string_view host) {
  if (host.size() < 4 || host.front() != '[' || host.back() != ']') return false;
  auto inside = host.substr(1, host.size() - 2);
  return std::count(inside.begin(), inside.end(), ':') >= 2 &&
         std::all_of(inside.begin(), inside.end(), [](char byte) {
           return hex_value(static_cast<unsigned char>(byte)) >= 0 || byte == ':' || byte == '.';
         });
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return lower(x) == lower(y);
         });
}

// -- bytes ---

std::size_t target_scan::accept(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i)
    if (!accept_byte(static_cast<unsigned char>(bytes[i]))) return i;
  return bytes.size();
}

bool target_scan::accept_byte(unsigned char byte) {
  if (escape_digits_ > 0) {
    int digit = hex_value(byte);
    if (digit < 0) return false;
    escape_value_ = static_cast<std::uint8_t>(escape_value_ << 4 | digit);
    return --escape_digits_ > 0 || (escape_value_ != 0 && escaped_.accept(escape_value_));
  }
  if (byte == '%') {
    escape_digits_ = 2;
    escape_value_ = 0;
    return true;
  }
  if (!escaped_.at_boundary()) return false;
  if (byte == '?') in_query_ = true;
  return (places[byte] & (in_query_ ? in_query : in_path)) != 0;
}

// -- forms ---

std::optional<std::string_view> host_of(std::string_view authority) {
  auto colon = authority.rfind(':');
  auto host = authority;
  if (!authority.empty() && authority.back() != ']' && colon != std::string_view::npos) {
    if (!is_port(authority.substr(colon + 1))) return std::nullopt;
    host = authority.substr(0, colon);
  }
  if (!is_name(host) && !is_bracketed(host)) return std::nullopt;
  return host;
}

namespace {

target_parts split_path(std::string_view text, target_parts parts) {
  auto mark = text.find('?');
  parts.path = text.substr(0, mark);
  if (mark != std::string_view::npos) parts.query = text.substr(mark + 1);
  if (parts.path.empty()) parts.path = "/";
  return parts;
}

std::optional<target_parts> split_absolute(std::string_view target, std::string_view method) {
  auto scheme_end = target.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  auto scheme = target.substr(0, scheme_end);
  if (!equal_ignoring_case(scheme, "http") && !equal_ignoring_case(scheme, "https"))
    return std::nullopt;
  auto rest = target.substr(scheme_end + 3);
  auto authority_end = std::min(rest.find_first_of("/?"), rest.size());
  target_parts parts{target_form::absolute, rest.substr(0, authority_end), {}, {}};
  if (!host_of(parts.authority)) return std::nullopt;
  rest.remove_prefix(authority_end);
  if (rest.empty() && method == "OPTIONS") {  // RFC 9112, 3.2.4
    parts.form = target_form::asterisk;
    parts.path = "*";
    return parts;
  }
  return split_path(rest, parts);
}

}  // namespace

std::optional<target_parts> split_target(std::string_view target, std::string_view method) {
  if (method == "CONNECT") {
    if (!host_of(target)) return std::nullopt;
    return target_parts{target_form::authority, target, {}, {}};
  }
  if (target.starts_with('/')) return split_path(target, {});
  if (target == "*") {
    if (method != "OPTIONS") return std::nullopt;
    return target_parts{target_form::asterisk, {}, "*", {}};
  }
  return split_absolute(target, method);
}

}  // namespace resalehub
