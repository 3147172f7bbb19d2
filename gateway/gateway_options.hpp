#pragma once
/// What may be set about the gateway above its edge: main fills it from the options. Values.

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/access_token.hpp"
#include "gateway/passwords.hpp"
#include "gateway/rate_limit.hpp"

namespace resalehub {

struct gateway_options {
  access_token_rules tokens;
  std::int64_t refresh_life_s = 30 * 24 * 3600;
  std::int64_t session_recheck_ms = 30'000;  ///< a logout elsewhere shows within twice this
  password_rules passwords;

  std::int64_t request_deadline_ms = 10'000;
  std::int64_t hold_ms = 15 * 60 * 1000;  ///< of a reservation
  std::int64_t cursor_life_ms = 24 * 3600 * 1000;
  std::size_t browse_rows_max = 1'000;  ///< looked through for one page

  rate_rules rates = default_rates();
  std::size_t rate_buckets_max = 100'000;
  std::size_t token_cache_max = 100'000;

  std::int64_t ticket_life_s = 30;
  std::size_t tickets_max = 100'000;  ///< used ones that are remembered
  std::vector<std::string> origins;   ///< of browsers; empty: the one that Host names
  std::size_t subscriptions_max = 1'000;
  std::int64_t heartbeat_ms = 25'000;  ///< told to clients; the edge does it
  bool log_requests = true;
  std::int64_t live_errors_max = 10;   ///< then 4400
  std::int64_t live_messages_per_s = 50;

  static rate_rules default_rates() {
    rate_rules rates{};
    rates[static_cast<std::size_t>(rate_class::read)] = {.permits = 6'000, .window_s = 60};
    rates[static_cast<std::size_t>(rate_class::write)] = {.permits = 1'200, .window_s = 60};
    rates[static_cast<std::size_t>(rate_class::sign_up)] = {.permits = 3, .window_s = 60};
    rates[static_cast<std::size_t>(rate_class::login)] = {.permits = 5, .window_s = 60};
    rates[static_cast<std::size_t>(rate_class::chat)] = {.permits = 20, .window_s = 60};
    rates[static_cast<std::size_t>(rate_class::room_opening)] = {.permits = 5, .window_s = 3600};
    return rates;
  }
};

}  // namespace resalehub
