#include "gateway/edge_settings.hpp"

namespace resalehub {
namespace {

std::size_t size_of(const option<std::int64_t>& set) { return static_cast<std::size_t>(*set); }

}  // namespace

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
