#pragma once
/// Verified access tokens of one loop, found by a keyed short hash, so that a signature is checked
/// once. Bounded; an entry ends with its token, or when its session does. Confined to its loop.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "gateway/access_token.hpp"

namespace resalehub {

struct cached_session {
  session_claims claims;
  std::int64_t checked_us = 0;  ///< when the user entity last said that the session lives
};

class session_cache {
 public:
  session_cache(const secret_key& hash_key, std::size_t entries_max);

  /// Null when unknown or expired. Valid until the next call of a member that is not const.
  cached_session* find(std::string_view token, instant now);
  cached_session& keep(std::string_view token, cached_session session);
  void forget(std::string_view token);
  void forget_session(const user_id& user, std::uint64_t session);
  std::size_t size() const { return young_.size() + old_.size(); }

 private:
  using key = std::array<std::uint64_t, 2>;
  struct key_hash {
    std::size_t operator()(const key& value) const { return value[0]; }
  };
  using generation = std::unordered_map<key, cached_session, key_hash>;
  key key_of(std::string_view token) const;

  std::array<std::uint8_t, 16> hash_key_;
  std::size_t generation_max_;
  generation young_;
  generation old_;  ///< dropped whole when the young ones fill their half
};

}  // namespace resalehub
