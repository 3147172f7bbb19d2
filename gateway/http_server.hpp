#pragma once
/// One listener with its application: accepts, counts, hands connections to the loops in turn,
/// stops in an orderly way. Two listeners are two servers over the same loops.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "gateway/loop_group.hpp"
#include "gateway/session_loop.hpp"
#include "gateway/tls_door.hpp"

namespace resalehub {

class connection_acceptor;

struct http_server_parts {
  loop_group& loops;  ///< outlives the server
  http_application& application;
  clock_port& clock;
  entropy_port& entropy;
  http_limits limits;
  tls_files tls = {};  ///< none: plain HTTP
};

class http_server {
 public:
  explicit http_server(http_server_parts parts);
  ~http_server();

  /// Binds and begins to accept; the port that was bound (0 asks for any). Before or after the
  /// loops start. A refusal's detail is a sentence for the operator.
  result<std::uint16_t> listen(const std::string& address, std::uint16_t port);

  /// Accepts no more, finishes what runs, ends WebSockets with 1012, cuts what is left after
  /// `within`; then calls `stopped` once, on one of the loops. Any thread, once.
  void stop(milliseconds within, std::function<void()> stopped);

  /// New connections use what the certificate's files hold now, which happens by itself a few
  /// seconds after they change; bad files keep the old. Any thread.
  void reload();

  const edge_counts& counts() const { return parts_->counts; }

 private:
  loop_group& loops_;
  std::shared_ptr<edge_parts> parts_;
  std::vector<std::shared_ptr<session_loop>> session_loops_;
  std::shared_ptr<connection_acceptor> acceptor_;
};

}  // namespace resalehub
