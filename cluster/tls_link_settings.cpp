#include "cluster/tls_link_settings.hpp"

namespace resalehub {

link_options link_options_of(const options& set) {
  link_options out;
  out.certificate = *set.links_certificate;
  out.key = *set.links_key;
  out.authority = *set.links_authority;
  out.lanes.frame_bytes = static_cast<std::size_t>(*set.links_frame_bytes);
  out.lanes.waiting_bytes = {static_cast<std::size_t>(*set.links_urgent_bytes),
                             static_cast<std::size_t>(*set.links_bulk_bytes)};
  out.heartbeat_ms = set.links_heartbeat_ms->count();
  out.dead_ms = set.links_dead_ms->count();
  out.handshake_ms = set.links_handshake_ms->count();
  out.introduction_ms = set.links_introduction_ms->count();
  out.retry_ms_max = set.links_retry_ms->count();
  out.files_check_ms = set.links_files_check_ms->count();
  out.half_open_max = static_cast<std::size_t>(*set.links_half_open);
  return out;
}

std::string advertised_address(const options& set, std::uint16_t bound_port) {
  if (!set.links_advertise->empty()) return *set.links_advertise;
  const auto& address = *set.links_address;
  const bool is_v6 = address.find(':') != std::string::npos;
  return (is_v6 ? "[" + address + "]" : address) + ":" + std::to_string(bound_port);
}

}  // namespace resalehub
