#include "gateway/edge_settings.hpp"

#include <algorithm>

#include "gateway/request_target.hpp"

namespace resalehub {
namespace {

std::size_t size_of(const option<std::int64_t>& set) { return static_cast<std::size_t>(*set); }

}  // namespace

std::optional<problem> refusal_of_admin(const options& set) {
  constexpr std::size_t token_bytes_min = 16;
  const std::string& address = *set.admin_address;
  const std::string& token = *set.admin_token;
  const bool here = address.starts_with("127.") || address == "::1";
  if (token.empty() && here) return std::nullopt;
  if (token.empty())
    return problem{code::forbidden,
                   "admin.address " + address +
                       " can be reached from other machines: set admin.token, or take 127.0.0.1"};
  if (token.size() >= token_bytes_min && token.find_first_of(" \t\r\n,") == std::string::npos)
    return std::nullopt;
  return problem{code::validation_failed,
                 "admin.token has at least 16 characters, without blanks and commas"};
}

namespace {

/// As browsers write it (RFC 6454, 6.2): in small letters, without path and usual port.
bool is_origin(std::string_view text) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!text.starts_with(scheme)) continue;
    const auto authority = text.substr(scheme.size());
    const bool usual = authority.ends_with(scheme == "https://" ? ":443" : ":80");
    return !usual && host_of(authority) && std::none_of(text.begin(), text.end(), [](char c) {
      return c >= 'A' && c <= 'Z';
    });
  }
  return false;
}

}  // namespace

std::optional<problem> refusal_of_origins(const options& set) {
  for (const auto& origin : *set.http_origins)
    if (!is_origin(origin))
      return problem{code::validation_failed,
                     "http.origins: " + origin +
                         " is no origin; write https://shop.example, without a path"};
  return std::nullopt;
}

http_limits edge_limits(const options& set) {
  auto limits = admin_limits(set);
  limits.names = *set.http_names;
  return limits;
}

http_limits admin_limits(const options& set) {
  http_limits limits;
  limits.request_line_bytes = size_of(set.limits_request_line_bytes);
  limits.header_block_bytes = size_of(set.limits_header_bytes);
  limits.header_fields = size_of(set.limits_header_fields);
  limits.body_bytes = size_of(set.limits_body_bytes);
  limits.header_ms = set.limits_header_ms->count();
  limits.body_grace_ms = set.limits_body_grace_ms->count();
  limits.body_bytes_per_second_min = *set.limits_body_bytes_per_s;
  limits.idle_ms = set.limits_idle_ms->count();
  limits.write_ms = set.limits_write_ms->count();
  limits.requests_per_connection = size_of(set.limits_requests_per_connection);
  limits.connections = size_of(set.limits_connections);
  limits.connections_per_address = size_of(set.limits_connections_per_address);
  limits.connections_per_second = size_of(set.limits_connections_per_s);
  limits.websocket_message_bytes = size_of(set.limits_websocket_message_bytes);
  limits.websocket_queue_bytes = size_of(set.limits_websocket_queue_bytes);
  limits.websocket_fragments = static_cast<std::uint32_t>(*set.limits_websocket_fragments);
  limits.websocket_pings_per_second =
      static_cast<std::uint32_t>(*set.limits_websocket_pings_per_s);
  limits.websocket_ping_ms = set.limits_websocket_heartbeat_ms->count();
  limits.websocket_dead_ms = set.limits_websocket_dead_ms->count();
  return limits;
}

}  // namespace resalehub
