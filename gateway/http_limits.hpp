#pragma once
/// What the edge allows, as plain values: edge_settings.hpp fills it from the options, which know
/// the defaults. What has a value here is not an option.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace resalehub {

struct http_limits {
  std::size_t request_line_bytes = 0;
  std::size_t header_block_bytes = 0;
  std::size_t header_fields = 0;
  std::size_t body_bytes = 0;
  std::size_t chunk_extension_bytes = 256;
  std::vector<std::string> names;  ///< hosts that are ours, without port; empty: any

  std::int64_t header_ms = 0;
  std::int64_t body_grace_ms = 0;  ///< from then on the body's rate is judged
  std::int64_t body_bytes_per_second_min = 0;
  std::int64_t idle_ms = 0;
  std::int64_t write_ms = 0;
  std::int64_t linger_ms = 2'000;  ///< to let a closing peer read our last words
  std::size_t requests_per_connection = 0;
  std::size_t connections = 0;
  std::size_t connections_per_address = 0;
  std::size_t connections_per_second = 0;  ///< accepted; more wait in the kernel's queue

  std::size_t websocket_message_bytes = 0;
  std::size_t websocket_queue_bytes = 0;
  std::uint32_t websocket_fragments = 0;
  std::uint32_t websocket_pings_per_second = 0;
  std::int64_t websocket_ping_ms = 0;
  std::int64_t websocket_dead_ms = 0;
  std::int64_t websocket_close_ms = 2'000;  ///< to wait for the peer's close frame
};

}  // namespace resalehub
