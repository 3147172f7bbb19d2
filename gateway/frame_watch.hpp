#pragma once
/// Follows the frames in a client's byte stream and judges what the WebSocket library lets through:
/// fragments and control frames in number, binary frames, close frames. Bytes in, verdict out;
/// pure, one a connection. What the library refuses itself (masks, reserved bits, lengths) passes.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/http_limits.hpp"

namespace resalehub {

struct close_verdict {
  std::uint16_t code = 0;
  std::string_view reason;  ///< a literal
};

class frame_watch {
 public:
  explicit frame_watch(const http_limits& limits) : limits_(limits) {}

  /// How many of `bytes` may be passed on. Less than all: verdict() says why, and nothing more is.
  std::size_t pass(std::string_view bytes, std::int64_t now_us);
  const std::optional<close_verdict>& verdict() const { return verdict_; }

 private:
  enum class phase : std::uint8_t { opcode, length, long_length, mask, payload };

  bool accept(unsigned char byte, std::int64_t now_us);
  bool start_frame(unsigned char byte, std::int64_t now_us);
  bool count_control(std::int64_t now_us);
  void finish_length();
  bool finish_frame();
  bool refuse(std::uint16_t code, std::string_view reason);
  std::size_t skip_payload(std::string_view bytes);

  const http_limits& limits_;
  std::optional<close_verdict> verdict_;
  phase phase_ = phase::opcode;
  std::uint8_t opcode_ = 0;
  bool masked_ = false;
  bool reserved_ = false;  ///< a reserved bit is set
  std::uint8_t due_ = 0;  ///< bytes of the long length or of the mask
  std::uint8_t mask_[4] = {};
  std::uint64_t remaining_ = 0;
  std::uint32_t fragments_ = 0;
  std::uint32_t controls_ = 0;  ///< within the second that began at controls_since_us_
  std::int64_t controls_since_us_ = 0;
  std::string close_payload_;
};

/// The codes that a peer may send (RFC 6455 7.4).
bool may_close_with(std::uint16_t code);

}  // namespace resalehub
