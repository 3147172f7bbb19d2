#pragma once
/// The only doors to time and chance. Production ports are made in serve.cpp, simulated ones in
/// tests/simulation. Each says from which threads it may be called.

#include <cstdint>

#include "base/id.hpp"
#include "base/time.hpp"

namespace resalehub {

/// Any thread.
class clock_port {
 public:
  virtual ~clock_port() = default;
  virtual instant now() const = 0;             ///< wall clock, UTC; may jump
  virtual std::int64_t monotonic_us() const = 0;  ///< never goes back, from an unknown start
  steady_instant steady() const { return {monotonic_us() / 1000}; }
};

/// Any thread.
class entropy_port {
 public:
  virtual ~entropy_port() = default;
  virtual std::uint64_t next() = 0;                        ///< 64 unpredictable bits
  virtual void fill(void* bytes, std::size_t count) = 0;   ///< the same, for keys and salts
  request_id fresh_request();
};

}  // namespace resalehub
