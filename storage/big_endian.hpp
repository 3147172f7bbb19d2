#pragma once
/// Integers as big-endian bytes, so that stored keys order as their numbers. Values; any thread.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.hpp"

namespace resalehub {

template <class Number>
void append_big_endian(std::string& bytes, Number number) {
  for (int shift = 8 * static_cast<int>(sizeof(Number)) - 8; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<char>(static_cast<std::uint64_t>(number) >> shift));
}

/// check()s that the bytes reach so far.
template <class Number>
Number big_endian_at(std::string_view bytes, std::size_t offset) {
  check(offset <= bytes.size() && bytes.size() - offset >= sizeof(Number),
        "stored bytes hold the whole number");
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i)
    number = number << 8 | static_cast<std::uint8_t>(bytes[offset + i]);
  return static_cast<Number>(number);
}

}  // namespace resalehub
