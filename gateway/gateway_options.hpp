#pragma once
/// What may be set about the gateway above its edge: settings.hpp fills it from the options, which
/// know the defaults. What has a value here is not an option. Values.

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/access_token.hpp"
#include "gateway/passwords.hpp"
#include "gateway/rate_limit.hpp"

namespace resalehub {

struct gateway_options {
  access_token_rules tokens;
  std::int64_t refresh_life_s = 0;
  std::int64_t session_recheck_ms = 0;  ///< a logout elsewhere shows within twice this
  password_rules passwords;

  std::int64_t request_deadline_ms = 0;
  std::int64_t hold_ms = 0;  ///< of a reservation
  std::int64_t cursor_life_ms = 24 * 3600 * 1000;
  std::size_t browse_rows_max = 1'000;  ///< looked through for one page

  rate_rules rates{};
  std::size_t rate_buckets_max = 0;
  std::size_t token_cache_max = 0;

  std::int64_t ticket_life_s = 0;
  std::vector<std::string> origins;  ///< of browsers; empty: the one that Host names
  std::size_t subscriptions_max = 0;
  std::int64_t heartbeat_ms = 0;  ///< told to clients; the edge does it
  bool log_requests = false;
  std::string admin_token;  ///< of operators; empty: none is asked for
  std::int64_t live_errors_max = 0;   ///< then 4400
};

}  // namespace resalehub
