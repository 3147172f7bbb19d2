#pragma once
/// A 64-bit hash that is the same in every build and process. Not for secrets, nor against anyone
/// who chooses its input.

#include <cstdint>
#include <string_view>

namespace resalehub::simulation {

/// Every bit of the value moves every bit of the outcome; different values stay different.
constexpr std::uint64_t mixed(std::uint64_t value) {
  value ^= value >> 32;
  value *= 0xd6e8feb86659fd93;
  value ^= value >> 29;
  value *= 0xa3b195354a39b70d;
  return value ^ value >> 32;
}

class stable_hash {
 public:
  constexpr void add(std::uint64_t value) { state_ = mixed(state_ ^ value) + 0x9e3779b97f4a7c15; }
  constexpr void add(std::string_view bytes) {
    add(bytes.size());
    while (!bytes.empty()) {
      const auto part = bytes.substr(0, 8);
      std::uint64_t word = 0;
      for (std::size_t at = 0; at < part.size(); ++at)
        word |= std::uint64_t{static_cast<std::uint8_t>(part[at])} << 8 * at;
      add(word);
      bytes.remove_prefix(part.size());
    }
  }
  constexpr std::uint64_t value() const { return mixed(state_); }

 private:
  std::uint64_t state_ = 0x243f6a8885a308d3;
};

constexpr std::uint64_t hash_of(std::string_view bytes) {
  stable_hash hash;
  hash.add(bytes);
  return hash.value();
}

}  // namespace resalehub::simulation
