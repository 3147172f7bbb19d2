#pragma once
/// How many connections there are, in all and by address, and whether one more is welcome. Lives on
/// the accepting loop; a slot may be given back from any loop.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "gateway/http_limits.hpp"
#include "gateway/loop.hpp"

namespace resalehub {

class connection_census;

/// One counted connection; counts until it is destroyed.
class connection_slot {
 public:
  /// Not of the census: counts as long as `token` is shared.
  explicit connection_slot(std::shared_ptr<void> token) : token_(std::move(token)) {}
  connection_slot(std::shared_ptr<connection_census> census, std::string address)
      : census_(std::move(census)), address_(std::move(address)) {}
  connection_slot(connection_slot&&) = default;
  connection_slot& operator=(connection_slot&&) = delete;
  ~connection_slot();

 private:
  std::shared_ptr<connection_census> census_;
  std::shared_ptr<void> token_;
  std::string address_;
};

class connection_census : public std::enable_shared_from_this<connection_census> {
 public:
  connection_census(loop_executor home, const http_limits& limits)
      : home_(home), connections_max_(limits.connections),
        per_address_max_(limits.connections_per_address) {}

  /// Accepting loop only. Nothing: it would be one too many.
  std::optional<connection_slot> admit(const std::string& address);
  /// Any loop.
  void release(std::string address);

 private:
  void forget(const std::string& address);

  loop_executor home_;
  std::size_t connections_max_;
  std::size_t per_address_max_;
  std::size_t total_ = 0;
  std::unordered_map<std::string, std::size_t> by_address_;
};

}  // namespace resalehub
