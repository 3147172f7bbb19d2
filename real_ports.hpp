#pragma once
/// The real clock and the real chance: made by serve.cpp, and by nothing below the gateway. Any
/// thread.

#include <chrono>
#include <cstring>
#include <sodium.h>

#include "base/ports.hpp"

namespace resalehub {

class real_clock final : public clock_port {
 public:
  instant now() const override {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
  }
  std::int64_t monotonic_us() const override {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(since).count();
  }
};

/// The kernel's chance through libsodium, drawn in blocks: a draw costs no system call.
class real_entropy final : public entropy_port {
 public:
  std::uint64_t next() override {
    thread_local block drawn;
    if (drawn.used == std::size(drawn.words)) {
      randombytes_buf(drawn.words, sizeof drawn.words);
      drawn.used = 0;
    }
    return drawn.words[drawn.used++];
  }
  void fill(void* bytes, std::size_t count) override { randombytes_buf(bytes, count); }

 private:
  struct block {
    std::uint64_t words[128];
    std::size_t used = 128;
  };
};

}  // namespace resalehub
