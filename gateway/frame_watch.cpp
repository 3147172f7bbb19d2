#include "gateway/frame_watch.hpp"

#include <algorithm>

#include "gateway/utf8_scan.hpp"

namespace resalehub {
namespace {

enum opcode : std::uint8_t {
  continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10,
};
constexpr std::uint8_t control_bytes_max = 125;
constexpr std::int64_t second_us = 1'000'000;

bool is_utf8(std::string_view text) {
  utf8_scan scan;
  return std::all_of(text.begin(), text.end(),
                     [&](char byte) { return scan.accept(static_cast<unsigned char>(byte)); }) &&
         scan.at_boundary();
}

}  // namespace

bool may_close_with(std::uint16_t code) {
  if (code >= 3000) return code <= 4999;
  return code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
}

std::size_t frame_watch::pass(std::string_view bytes, std::int64_t now_us) {
  std::size_t at = 0;
  while (at < bytes.size() && !verdict_) {
    if (phase_ == phase::payload) {
      at += skip_payload(bytes.substr(at));
      if (remaining_ == 0 && !finish_frame()) --at;
    } else if (accept(static_cast<unsigned char>(bytes[at]), now_us)) {
      ++at;
    }
  }
  return at;
}

bool frame_watch::refuse(std::uint16_t code, std::string_view reason) {
  verdict_ = close_verdict{code, reason};
  return false;
}

bool frame_watch::accept(unsigned char byte, std::int64_t now_us) {
  switch (phase_) {
    case phase::opcode: return start_frame(byte, now_us);
    case phase::length:
      masked_ = (byte & 0x80) != 0;
      // What is no frame at all is the protocol's matter.
      if (opcode_ == binary && masked_ && !reserved_ && fragments_ == 0)
        return refuse(4400, "Only text is spoken here.");
      remaining_ = byte & 0x7F;
      due_ = remaining_ == 126 ? 2 : remaining_ == 127 ? 8 : 0;
      phase_ = phase::long_length;
      if (due_ > 0) remaining_ = 0;
      else finish_length();
      break;
    case phase::long_length:
      remaining_ = remaining_ << 8 | byte;
      if (--due_ == 0) finish_length();
      break;
    case phase::mask:
      mask_[4 - due_] = byte;
      if (--due_ == 0) phase_ = phase::payload;
      break;
    case phase::payload: break;
  }
  // A frame without payload ends with its header.
  if (phase_ == phase::payload && remaining_ == 0) return finish_frame();
  return true;
}

void frame_watch::finish_length() {
  due_ = masked_ ? 4 : 0;
  phase_ = masked_ ? phase::mask : phase::payload;
}

bool frame_watch::start_frame(unsigned char byte, std::int64_t now_us) {
  opcode_ = byte & 0x0F;
  phase_ = phase::length;
  reserved_ = (byte & 0x70) != 0;
  if (opcode_ == ping || opcode_ == pong) return count_control(now_us);
  if (opcode_ == close) close_payload_.clear();
  if (opcode_ != continuation && opcode_ != text) return true;
  bool last = (byte & 0x80) != 0;
  if (++fragments_ > limits_.websocket_fragments)
    return refuse(4400, "The message has too many fragments.");
  if (last) fragments_ = 0;
  return true;
}

bool frame_watch::count_control(std::int64_t now_us) {
  if (now_us - controls_since_us_ >= second_us) {
    controls_since_us_ = now_us;
    controls_ = 0;
  }
  if (++controls_ > limits_.websocket_pings_per_second)
    return refuse(4429, "Too many pings.");
  return true;
}

std::size_t frame_watch::skip_payload(std::string_view bytes) {
  auto count = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, bytes.size()));
  if (opcode_ == close)
    for (std::size_t i = 0; i < count && close_payload_.size() < control_bytes_max; ++i) {
      auto mask = masked_ ? mask_[close_payload_.size() % 4] : 0;
      close_payload_ += static_cast<char>(static_cast<unsigned char>(bytes[i]) ^ mask);
    }
  remaining_ -= count;
  return count;
}

bool frame_watch::finish_frame() {
  phase_ = phase::opcode;
  if (opcode_ != close || close_payload_.empty()) return true;
  if (close_payload_.size() == 1) return refuse(1002, "A close code has two bytes.");
  auto high = static_cast<unsigned char>(close_payload_[0]);
  auto low = static_cast<unsigned char>(close_payload_[1]);
  if (!may_close_with(static_cast<std::uint16_t>(high << 8 | low)))
    return refuse(1002, "This close code may not be sent.");
  if (!is_utf8(std::string_view(close_payload_).substr(2)))
    return refuse(1007, "The reason is not UTF-8.");
  return true;
}

}  // namespace resalehub
