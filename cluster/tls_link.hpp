#pragma once
/// Links over WebSocket and TLS 1.3 with certificates required on both sides: one connection a
/// pair, which the higher number dials. They run on a thread of their own. Without certificates
/// they are for loopback addresses only.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/ports.hpp"
#include "base/result.hpp"
#include "cluster/tls_link_hello.hpp"
#include "cluster/tls_link_lanes.hpp"

namespace resalehub {

struct link_options {
  std::string certificate;  ///< paths of PEM files; all three or none
  std::string key;
  std::string authority;
  lane_limits lanes;
  std::int64_t heartbeat_ms = 250;  ///< a link that is idle for so long says so
  std::int64_t dead_ms = 1000;      ///< a peer that was not heard for so long is gone
  std::int64_t handshake_ms = 3000;
  std::int64_t introduction_ms = 15'000;
  std::int64_t retry_ms_min = 50;
  std::int64_t retry_ms_max = 1000;
  std::int64_t files_check_ms = 5000;
  std::size_t half_open_max = 64;
  std::size_t introductions_max = 16;
  std::int64_t accepts_per_s_max = 200;
};

/// Both outlive the links.
struct link_ports {
  clock_port& clock;
  entropy_port& chance;
};

class link_loop;

class tls_links final : public links {
 public:
  /// A refusal's detail is a sentence for the operator: which file is wrong, and why.
  static result<std::unique_ptr<tls_links>> make(link_options options, link_identity identity,
                                                 link_ports ports);
  ~tls_links() override;

  /// Binds and, once started, accepts; the port that was bound (0 asks for any). Before or after
  /// start. A refusal's detail is a sentence for the operator.
  result<std::uint16_t> listen(const std::string& address, std::uint16_t port);

  void start(link_listener& listener) override;
  void stop() override;  ///< the listener hears nothing behind it
  void know(std::vector<peer> peers) override;
  [[nodiscard]] bool send(node_number to, lane way, std::string message) override;

  /// This node was given its number, and with it its cluster: only now it has links. Any thread.
  void settle(std::string cluster, node_number node);

  /// The reply of the first of `addresses` that gives one, or what the last one refused it with;
  /// `forbidden` when all of them are of another cluster.
  /// `answered` is called once, on the links' thread, unless they are stopped before. Any thread.
  using introduction = std::function<void(result<std::string>)>;
  void introduce(std::vector<std::string> addresses, std::string request, introduction answered);

  /// New connections use what the certificate files hold now; bad files keep the old. Any thread.
  void reload();

  const link_figures& figures() const;

 private:
  explicit tls_links(std::shared_ptr<link_loop> loop);

  std::shared_ptr<link_loop> loop_;
};

}  // namespace resalehub
