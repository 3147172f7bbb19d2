#include "gateway/request_body.hpp"

#include <algorithm>

#include "gateway/request_rules.hpp"

namespace resalehub {
namespace {

constexpr std::uint8_t size_digits_max = 16;  // 64 bits

int hex_value(char byte) {
  if (byte >= '0' && byte <= '9') return byte - '0';
  if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
  if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
  return -1;
}
bool is_blank(char byte) { return byte == ' ' || byte == '\t'; }
bool may_be_quoted(char byte) {
  auto code = static_cast<unsigned char>(byte);
  return byte == '\t' || (code >= 0x20 && code != 0x7F);
}

}  // namespace

void body_reader::start(const request_head& head) {
  framing_ = head.framing;
  remaining_ = framing_ == body_framing::length ? head.content_length : 0;
  content_bytes_ = 0;
  extension_bytes_ = 0;
  size_digits_ = 0;
  phase_ = framing_ == body_framing::chunked ? phase::size_start : phase::complete;
}

body_reader::progress body_reader::read(std::string_view bytes, std::string& body) {
  if (framing_ != body_framing::chunked) return read_length(bytes, body);
  std::size_t taken = 0;
  while (taken < bytes.size() && phase_ < phase::complete) {
    if (phase_ == phase::content) {
      auto part = std::min<std::uint64_t>(remaining_, bytes.size() - taken);
      body.append(bytes.substr(taken, part));
      taken += part;
      remaining_ -= part;
      if (remaining_ == 0) phase_ = phase::content_return;
    } else {
      step(bytes[taken++]);
    }
  }
  if (phase_ == phase::complete) return {body_outcome::complete, taken};
  return {phase_ == phase::refused ? body_outcome::refused : body_outcome::need_more, taken};
}

body_reader::progress body_reader::read_length(std::string_view bytes, std::string& body) {
  auto part = std::min<std::uint64_t>(remaining_, bytes.size());
  body.append(bytes.substr(0, part));
  remaining_ -= part;
  return {remaining_ == 0 ? body_outcome::complete : body_outcome::need_more,
          static_cast<std::size_t>(part)};
}

void body_reader::refuse(code why, std::string_view detail) {
  refusal_ = {why, detail};
  phase_ = phase::refused;
}

void body_reader::expect(char byte, char wanted, phase next) {
  if (byte != wanted) return refuse(code::malformed_chunk, "A chunk's line end is malformed.");
  phase_ = next;
}

void body_reader::step(char byte) {
  switch (phase_) {
    case phase::size_start:
    case phase::size: return scan_size(byte);
    case phase::extension_start:
    case phase::extension_name:
    case phase::extension_gap:
    case phase::extension_value_start:
    case phase::extension_token:
    case phase::extension_quoted:
    case phase::extension_escape:
    case phase::extension_end: return scan_extension(byte);
    case phase::size_feed:
      expect(byte, '\n', phase::content);
      return phase_ == phase::content ? finish_size() : void();
    case phase::content_return: return expect(byte, '\r', phase::content_feed);
    case phase::content_feed: return expect(byte, '\n', phase::size_start);
    case phase::last_start: return start_last(byte);
    case phase::last_feed: return expect(byte, '\n', phase::complete);
    case phase::content:
    case phase::complete:
    case phase::refused: return;
  }
}

// -- the size line ---

void body_reader::scan_size(char byte) {
  if (phase_ == phase::size_start) {
    remaining_ = 0;
    size_digits_ = 0;
  }
  if (int digit = hex_value(byte); digit >= 0) {
    if (++size_digits_ > size_digits_max)
      return refuse(code::malformed_chunk, "A chunk's size has too many digits.");
    remaining_ = remaining_ << 4 | static_cast<std::uint64_t>(digit);
    phase_ = phase::size;
    return;
  }
  if (phase_ == phase::size && byte == '\r') {
    phase_ = phase::size_feed;
  } else if (phase_ == phase::size && byte == ';') {
    phase_ = phase::extension_start;
    ++extension_bytes_;
  } else {
    refuse(code::malformed_chunk, "A chunk's size is malformed.");
  }
}

void body_reader::scan_extension(char byte) {
  if (byte != '\r' && ++extension_bytes_ > limits_.chunk_extension_bytes)
    return refuse(code::malformed_chunk, "Chunk extensions are longer than is allowed.");
  switch (phase_) {
    case phase::extension_start:
      if (is_blank(byte)) return;
      if (!is_token_byte(byte)) break;
      phase_ = phase::extension_name;
      return;
    case phase::extension_name:
      if (is_token_byte(byte)) return;
      if (byte == '=') phase_ = phase::extension_value_start;
      else if (is_blank(byte)) phase_ = phase::extension_gap;
      else end_extension(byte);
      return;
    case phase::extension_gap:
      if (is_blank(byte)) return;
      if (byte != '=' && byte != ';') break;
      phase_ = byte == '=' ? phase::extension_value_start : phase::extension_start;
      return;
    case phase::extension_value_start:
      if (is_blank(byte)) return;
      if (byte != '"' && !is_token_byte(byte)) break;
      phase_ = byte == '"' ? phase::extension_quoted : phase::extension_token;
      return;
    case phase::extension_token:
      return is_token_byte(byte) ? void() : end_extension(byte);
    case phase::extension_quoted:
      if (!may_be_quoted(byte)) break;
      if (byte == '"') phase_ = phase::extension_end;
      if (byte == '\\') phase_ = phase::extension_escape;
      return;
    case phase::extension_escape:
      if (!may_be_quoted(byte)) break;
      phase_ = phase::extension_quoted;
      return;
    case phase::extension_end: return end_extension(byte);
    case phase::size_start: case phase::size: case phase::size_feed: case phase::content:
    case phase::content_return: case phase::content_feed: case phase::last_start:
    case phase::last_feed: case phase::complete: case phase::refused: break;
  }
  refuse(code::malformed_chunk, "A chunk extension is malformed.");
}

void body_reader::end_extension(char byte) {
  if (byte == '\r') phase_ = phase::size_feed;
  else if (byte == ';') phase_ = phase::extension_start;
  else if (is_blank(byte)) phase_ = phase::extension_end;
  else refuse(code::malformed_chunk, "A chunk extension is malformed.");
}

void body_reader::finish_size() {
  if (remaining_ == 0) {
    phase_ = phase::last_start;
    return;
  }
  if (remaining_ > limits_.body_bytes - content_bytes_)
    return refuse(code::payload_too_large, "The body is larger than is allowed.");
  content_bytes_ += remaining_;
}

// -- behind the last chunk ---

void body_reader::start_last(char byte) {
  if (byte == '\r') phase_ = phase::last_feed;
  else if (is_token_byte(byte)) refuse(code::trailers_not_allowed, "A trailer is not accepted.");
  else refuse(code::malformed_chunk, "The last chunk is malformed.");
}

}  // namespace resalehub
