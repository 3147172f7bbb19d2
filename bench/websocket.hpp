#pragma once
/// A WebSocket connection that says hello and then nothing. Blocking; for counting what idle costs.

#include "bench/harness.hpp"

namespace resalehub::bench {

class open_socket {
 public:
  explicit open_socket(int socket) : socket_(socket) {}
  open_socket(open_socket&& from) noexcept;
  open_socket& operator=(open_socket&&) = delete;
  ~open_socket();

  void send(std::string_view bytes) const;
  /// Until that text has come.
  std::string receive_until(std::string_view text) const;

 private:
  int socket_;
};

/// After one answered request.
open_socket idle_http(const endpoint& to);
/// After `welcome`.
open_socket idle_websocket(const endpoint& to, std::string_view ticket);

}  // namespace resalehub::bench
