#pragma once
/// Token buckets per class and caller, bounded in number: the least recently used half is forgotten
/// when there are too many. The clock is what the caller says. Confined to one thread.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace resalehub {

enum class rate_class : std::uint8_t {
  none,
  read,
  write,
  sign_up,
  login,
  chat,
  room_opening,
  live,  ///< messages of one live connection
};
inline constexpr std::size_t rate_classes = 8;
constexpr std::size_t rate_place(rate_class which) { return static_cast<std::size_t>(which); }
std::string_view name_of(rate_class which);

/// `permits` every `window_s`, all of them at once if need be; no permits: unlimited.
struct rate_rule {
  std::int64_t permits = 0;
  std::int64_t window_s = 60;
};
using rate_rules = std::array<rate_rule, rate_classes>;

struct rate_verdict {
  rate_rule rule;
  bool allowed = true;
  std::int64_t remaining = 0;
  std::int64_t reset_s = 0;         ///< until the bucket is full again
  std::int64_t retry_after_ms = 0;  ///< until one more is allowed
};

class rate_limit {
 public:
  rate_limit(const rate_rules& rules, std::size_t buckets_max);

  rate_verdict take(rate_class which, std::string_view who, std::int64_t now_us);
  std::size_t size() const { return young_.size() + old_.size(); }

 private:
  /// When the bucket would be full again (a generic cell rate): one number says it all.
  using buckets = std::unordered_map<std::string, std::int64_t>;
  std::int64_t& full_at(std::string key);

  rate_rules rules_;
  std::size_t generation_max_;
  buckets young_;
  buckets old_;
};

/// The fields of draft-ietf-httpapi-ratelimit-headers.
std::string policy_field(rate_class which, const rate_rule& rule);
std::string limit_field(rate_class which, const rate_verdict& verdict);

}  // namespace resalehub
