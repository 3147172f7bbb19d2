#pragma once
/// UTF-8 judged byte by byte: no overlong forms, no surrogates, nothing above U+10FFFF. Pure.

#include <cstdint>

namespace resalehub {

class utf8_scan {
 public:
  /// False at the first byte that cannot follow.
  bool accept(unsigned char byte) {
    if (due_ > 0) {
      if (byte < lowest_ || byte > highest_) return false;
      lowest_ = 0x80;
      highest_ = 0xBF;
      --due_;
      return true;
    }
    if (byte < 0x80) return true;
    if (byte < 0xC2 || byte > 0xF4) return false;
    due_ = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
    if (byte == 0xE0) lowest_ = 0xA0;   // shorter forms exist below
    if (byte == 0xED) highest_ = 0x9F;  // surrogates lie above
    if (byte == 0xF0) lowest_ = 0x90;
    if (byte == 0xF4) highest_ = 0x8F;
    return true;
  }
  bool at_boundary() const { return due_ == 0; }

 private:
  std::uint8_t due_ = 0;
  std::uint8_t lowest_ = 0x80;
  std::uint8_t highest_ = 0xBF;
};

}  // namespace resalehub
