#include "gateway/settings.hpp"

namespace resalehub {
namespace {

std::size_t size_of(const option<std::int64_t>& set) { return static_cast<std::size_t>(*set); }

rate_rules rates_of(const options& set) {
  rate_rules rates{};
  auto put = [&](rate_class which, std::int64_t permits, std::int64_t window_s) {
    rates[rate_place(which)] = {.permits = permits, .window_s = window_s};
  };
  put(rate_class::read, *set.limits_requests_per_s, 1);
  put(rate_class::write, *set.limits_requests_per_s, 1);
  put(rate_class::sign_up, *set.limits_signup_per_min, 60);
  put(rate_class::login, *set.limits_login_per_min, 60);
  put(rate_class::chat, *set.limits_messages_per_min, 60);
  put(rate_class::room_opening, *set.limits_rooms_per_h, 3600);
  put(rate_class::live, *set.limits_websocket_messages_per_min, 60);
  return rates;
}

}  // namespace

gateway_options application_options(const options& set) {
  gateway_options out;
  out.tokens.issuer = *set.auth_issuer;
  out.tokens.audience = *set.auth_audience;
  out.tokens.life_s = set.auth_access_ms->count() / 1000;
  out.refresh_life_s = set.auth_refresh_ms->count() / 1000;
  out.session_recheck_ms = set.auth_session_recheck_ms->count();
  out.passwords.passes = static_cast<std::uint64_t>(*set.auth_argon2_passes);
  out.passwords.memory_kib = static_cast<std::uint64_t>(*set.auth_argon2_memory_bytes) / 1024;
  out.passwords.threads = size_of(set.auth_argon2_threads);
  out.passwords.queue_max = size_of(set.auth_argon2_queue);
  out.request_deadline_ms = set.limits_request_deadline_ms->count();
  out.hold_ms = set.checkout_hold_ms->count();
  out.rates = rates_of(set);
  out.rate_buckets_max = size_of(set.limits_callers_tracked);
  out.token_cache_max = size_of(set.auth_token_cache);
  out.ticket_life_s = set.limits_websocket_ticket_ms->count() / 1000;
  out.log_requests = *set.log_requests;
  out.admin_token = *set.admin_token;
  out.origins = *set.http_origins;
  out.subscriptions_max = size_of(set.limits_websocket_subscriptions);
  out.heartbeat_ms = set.limits_websocket_heartbeat_ms->count();
  out.live_errors_max = *set.limits_websocket_errors;
  return out;
}

}  // namespace resalehub
