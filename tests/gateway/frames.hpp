#pragma once
/// WebSocket frames as a client sends them (masked), for the tests of the edge.

#include <cstdint>
#include <string>
#include <string_view>

namespace resalehub {

/// `first` is the frame's first byte: 0x80 for the last fragment, the opcode below.
inline std::string frame(std::uint8_t first, std::string_view payload) {
  std::string out{static_cast<char>(first)};
  if (payload.size() < 126) {
    out += static_cast<char>(0x80 | payload.size());
  } else if (payload.size() < 65536) {
    out += static_cast<char>(0x80 | 126);
    for (int shift = 8; shift >= 0; shift -= 8) out += static_cast<char>(payload.size() >> shift);
  } else {
    out += static_cast<char>(0x80 | 127);
    for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(payload.size() >> shift);
  }
  constexpr std::string_view mask = "\x12\x34\x56\x78";
  out += mask;
  for (std::size_t i = 0; i < payload.size(); ++i)
    out += static_cast<char>(payload[i] ^ mask[i % 4]);
  return out;
}

}  // namespace resalehub
