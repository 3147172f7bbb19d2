#pragma once
/// Password hashes (Argon2id), which cost tens of milliseconds and of megabytes: made in threads of
/// their own, behind a bounded queue that answers `overloaded` when it is full. Awaited on a loop.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "gateway/application.hpp"

namespace resalehub {

struct password_rules {
  std::uint64_t passes = 0;
  std::uint64_t memory_kib = 0;
  std::size_t threads = 0;
  std::size_t queue_max = 0;  ///< waiting and running
};

/// Any loop.
class password_port {
 public:
  virtual ~password_port() = default;
  /// The hash with its salt and parameters, as a text.
  virtual task<result<std::string>> hash(std::string password) = 0;
  /// An empty hash (nobody has this account) costs the same and never matches.
  virtual task<result<bool>> matches(std::string password, std::string hash) = 0;
};

std::unique_ptr<password_port> make_argon2_passwords(const password_rules& rules);

}  // namespace resalehub
