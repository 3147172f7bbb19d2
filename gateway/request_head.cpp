#include "gateway/request_head.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "gateway/request_rules.hpp"

namespace resalehub {
namespace {

enum : std::uint8_t { in_token = 1, in_value = 2 };

constexpr std::array<std::uint8_t, 256> make_places() {
  std::array<std::uint8_t, 256> places{};
  for (int byte = '0'; byte <= '9'; ++byte) places[byte] = in_token;
  for (int byte = 'A'; byte <= 'Z'; ++byte) places[byte] = in_token;
  for (int byte = 'a'; byte <= 'z'; ++byte) places[byte] = in_token;
  for (char byte : std::string_view("!#$%&'*+-.^_`|~")) places[byte] = in_token;
  for (int byte = 0x20; byte <= 0xFF; ++byte) places[byte] |= in_value;
  places['\t'] |= in_value;
  places[0x7F] = 0;
  return places;
}
constexpr auto places = make_places();

bool may_stand(char byte, std::uint8_t where) {
  return (places[static_cast<unsigned char>(byte)] & where) != 0;
}
bool is_blank(char byte) { return byte == ' ' || byte == '\t'; }
bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

constexpr std::string_view version_shape = "HTTP/1.1";  // the digits may differ
constexpr std::uint8_t leading_lines_max = 4;

}  // namespace

bool is_token_byte(char byte) { return may_stand(byte, in_token); }

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_byte);
}

// -- driving ---

head_outcome head_reader::read(std::string_view bytes) {
  while (position_ < bytes.size() && phase_ < phase::complete) step(bytes);
  if (phase_ == phase::complete) return head_outcome::complete;
  return phase_ == phase::refused ? head_outcome::refused : head_outcome::need_more;
}

void head_reader::restart() {
  phase_ = phase::leading;
  position_ = 0;
  leading_lines_ = 0;
  version_digits_ = 0;
  target_scan_ = {};
  spans_.clear();
  auto fields = std::exchange(head_.fields, {});
  fields.clear();
  head_ = {};
  head_.fields = std::move(fields);
  refusal_ = {};
}

void head_reader::refuse(code why, std::string_view detail) {
  refusal_ = {why, detail};
  phase_ = phase::refused;
}

void head_reader::step(std::string_view bytes) {
  char byte = bytes[position_];
  bool in_line = phase_ >= phase::method && phase_ <= phase::version;
  bool line_ends = version_digits_ == version_shape.size() && byte == '\r';
  if (in_line && position_ >= limit_end() && !line_ends)
    return refuse(code::uri_too_long, "The request line is longer than is allowed.");
  if (phase_ >= phase::field_start && position_ >= limit_end())
    return refuse(code::header_fields_too_large, "The header is larger than is allowed.");
  switch (phase_) {
    case phase::leading: return scan_leading(byte);
    case phase::leading_feed: return expect_feed(byte, phase::leading);
    case phase::method: return scan_method(bytes);
    case phase::target_start:
    case phase::target: return scan_target(bytes);
    case phase::version: return scan_version(byte);
    case phase::line_feed:
      expect_feed(byte, phase::field_start);
      return phase_ == phase::field_start ? finish_line(bytes) : void();
    case phase::field_start: return start_field(byte);
    case phase::name: return scan_name(bytes);
    case phase::value_start:
    case phase::value: return scan_value(bytes);
    case phase::value_feed:
      expect_feed(byte, phase::field_start);
      return phase_ == phase::field_start ? finish_value(bytes) : void();
    case phase::last_feed:
      expect_feed(byte, phase::complete);
      return phase_ == phase::complete ? finish_head(bytes) : void();
    case phase::complete:
    case phase::refused: return;
  }
}

std::size_t head_reader::limit_end() const {
  return phase_ < phase::field_start ? line_at_ + limits_.request_line_bytes
                                     : block_at_ + limits_.header_block_bytes;
}

void head_reader::expect_feed(char byte, phase next) {
  if (byte != '\n') return refuse(code::malformed_request, "A CR without LF ends no line.");
  ++position_;
  phase_ = next;
}

// -- the request line ---

void head_reader::scan_leading(char byte) {
  if (byte == '\r') {
    if (++leading_lines_ > leading_lines_max)
      return refuse(code::malformed_request, "Too many empty lines stand before the request.");
    phase_ = phase::leading_feed;
    ++position_;
    return;
  }
  line_at_ = position_;
  phase_ = phase::method;
}

void head_reader::scan_method(std::string_view bytes) {
  auto end = std::min(bytes.size(), limit_end());
  while (position_ < end && is_token_byte(bytes[position_])) ++position_;
  if (position_ == end) return;
  if (bytes[position_] != ' ' || position_ == line_at_)
    return refuse(code::malformed_request, "The method is malformed.");
  head_.method = method_named(bytes.substr(line_at_, position_ - line_at_));
  target_at_ = ++position_;
  phase_ = phase::target_start;
}

void head_reader::scan_target(std::string_view bytes) {
  auto end = std::min(bytes.size(), limit_end());
  auto rest = bytes.substr(position_, end > position_ ? end - position_ : 0);
  position_ += static_cast<std::uint32_t>(target_scan_.accept(rest));
  if (position_ > target_at_) phase_ = phase::target;
  if (position_ == end) return;
  if (bytes[position_] != ' ' || phase_ == phase::target_start || !target_scan_.at_end_allowed())
    return refuse(code::malformed_request, "The request target is malformed.");
  ++position_;
  phase_ = phase::version;
}

void head_reader::scan_version(char byte) {
  if (version_digits_ == version_shape.size()) {
    if (byte != '\r') return refuse(code::malformed_request, "The HTTP version is malformed.");
    phase_ = phase::line_feed;
  } else {
    char expected = version_shape[version_digits_];
    if (is_digit(expected) ? !is_digit(byte) : byte != expected)
      return refuse(code::malformed_request, "The HTTP version is malformed.");
    if (version_digits_ == 5) version_major_ = byte;
    if (version_digits_ == 7) head_.version_minor = byte - '0';
    ++version_digits_;
  }
  ++position_;
}

void head_reader::finish_line(std::string_view bytes) {
  if (version_major_ != '1')
    return refuse(code::http_version_not_supported, "Only HTTP/1.1 is served.");
  auto target_size = position_ - 2 - version_shape.size() - 1 - target_at_;
  // Judged here, kept by finish_head(): the buffer may move before then.
  auto method_name = bytes.substr(line_at_, target_at_ - 1 - line_at_);
  if (!split_target(bytes.substr(target_at_, target_size), method_name)) {
    if (const auto why = refusal_of_method(head_.method, method_name))
      return refuse(why->why, why->detail);
    return refuse(code::malformed_request, "The request target has no form that is known.");
  }
  block_at_ = position_;
}

// -- the fields ---

void head_reader::start_field(char byte) {
  if (byte == '\r') {
    phase_ = phase::last_feed;
    ++position_;
    return;
  }
  if (is_blank(byte)) return refuse(code::malformed_request, "A folded field is not accepted.");
  if (spans_.size() >= limits_.header_fields)
    return refuse(code::header_fields_too_large, "There are more fields than are allowed.");
  name_at_ = position_;
  phase_ = phase::name;
}

void head_reader::scan_name(std::string_view bytes) {
  auto end = std::min(bytes.size(), limit_end());
  while (position_ < end && is_token_byte(bytes[position_])) ++position_;
  if (position_ == end) return;
  if (bytes[position_] != ':' || position_ == name_at_)
    return refuse(code::malformed_request, "A field's name is malformed.");
  name_size_ = position_ - name_at_;
  value_at_ = ++position_;
  opaque_ = false;
  phase_ = phase::value_start;
}

void head_reader::scan_value(std::string_view bytes) {
  auto end = std::min(bytes.size(), limit_end());
  if (phase_ == phase::value_start) {
    while (position_ < end && is_blank(bytes[position_])) ++position_;
    if (position_ == end) return;
    value_at_ = position_;
    phase_ = phase::value;
  }
  unsigned char seen = 0;
  while (position_ < end && may_stand(bytes[position_], in_value))
    seen |= static_cast<unsigned char>(bytes[position_++]);
  opaque_ = opaque_ || seen >= 0x80;
  if (position_ == end) return;
  if (bytes[position_] != '\r')
    return refuse(code::malformed_request, "A field's value holds a byte that is not allowed.");
  ++position_;
  phase_ = phase::value_feed;
}

void head_reader::finish_value(std::string_view bytes) {
  auto end = position_ - 2;
  while (end > value_at_ && is_blank(bytes[end - 1])) --end;
  spans_.push_back({name_at_, name_size_, value_at_, end - value_at_, opaque_});
}

void head_reader::finish_head(std::string_view bytes) {
  auto target_size = block_at_ - 2 - version_shape.size() - 1 - target_at_;
  head_.method_name = bytes.substr(line_at_, target_at_ - 1 - line_at_);
  head_.target = *split_target(bytes.substr(target_at_, target_size), head_.method_name);
  head_.size = position_;
  for (const auto& span : spans_) {
    auto name = bytes.substr(span.name_at, span.name_size);
    if (span.opaque && is_read_by_us(name))
      return refuse(code::malformed_request, "A field that is read here holds other than ASCII.");
    head_.fields.push_back({name, bytes.substr(span.value_at, span.value_size)});
  }
  if (auto refusal = judge(head_, limits_)) {
    refusal_ = *refusal;
    phase_ = phase::refused;
  }
}

}  // namespace resalehub
