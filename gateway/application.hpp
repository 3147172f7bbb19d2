#pragma once
/// What the edge (sockets and bytes) asks of the application (routes, rights, JSON), and what it
/// offers to it. Every call of one session comes from that session's loop, one at a time; calls of
/// different sessions may come from different loops at once.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "gateway/loop.hpp"
#include "gateway/message.hpp"

namespace resalehub {

/// The way back to one live WebSocket. Call on the session's loop only (`executor()` names it; from
/// elsewhere post one batch to it). After the end both calls do nothing.
class websocket_outlet {
 public:
  virtual ~websocket_outlet() = default;
  /// Queues one text message; bytes may be shared by any number of outlets. What waits goes out in
  /// one write. Above limits.websocket_queue_bytes the session is closed with 4430.
  virtual void send(std::shared_ptr<const std::string> text) = 0;
  /// Closes behind what is queued; `code` as in api.md, `reason` at most 123 bytes.
  virtual void close(std::uint16_t code, std::string_view reason) = 0;
  virtual loop_executor executor() const = 0;
};

/// The application's half of one WebSocket; the edge owns it and ends it after closed().
class websocket_application {
 public:
  virtual ~websocket_application() = default;
  virtual void opened(std::shared_ptr<websocket_outlet> outlet) = 0;
  /// One text message, valid UTF-8, at most limits.websocket_message_bytes. The next one is not
  /// read before this one's task ends; `text` lives until then.
  virtual task<void> receive(std::string_view text) = 0;
  /// The server stops: last chance to send (server.draining); the edge closes with 1012 behind it.
  virtual void draining() {}
  /// The connection is gone; nothing is called after it.
  virtual void closed() = 0;
};

struct websocket_accepted {
  std::unique_ptr<websocket_application> session;
  std::string subprotocol;  ///< answered as Sec-WebSocket-Protocol; empty: none
};
using upgrade_verdict = std::variant<http_response, websocket_accepted>;

/// One answered request, for the access log and the metrics; views live during the call only.
struct http_exchange {
  http_method method = http_method::other;
  std::string_view path;  ///< empty where the head was refused before it could be read
  std::string_view route = "-";
  std::string_view request_id;
  std::string_view trace;  ///< traceparent of its span; empty where it was not dispatched
  std::string_view remote_address;
  int status = 0;
  std::size_t received_bytes = 0;
  std::size_t sent_bytes = 0;
  std::int64_t took_us = 0;  ///< from the head's last byte to the answer's first
};

class http_application {
 public:
  virtual ~http_application() = default;

  /// Called first: what can be answered without waiting (refusals, health, static documents) costs
  /// no coroutine. Nothing: respond() is asked.
  virtual std::optional<http_response> respond_at_once(http_request&) { return std::nullopt; }

  /// The request lives until the task ends; its parts may be moved out. A POST without a length has
  /// neither content-length nor transfer-encoding among its fields (411 where one is needed). What
  /// is thrown becomes 500 internal, effect unknown.
  virtual task<http_response> respond(http_request& request) = 0;

  /// A path whose GET is a WebSocket handshake. The edge checks the handshake itself (W1 to W4, W7)
  /// before it asks upgrade(); other methods there go to respond().
  virtual bool is_websocket(std::string_view) const { return false; }

  /// Authorises a well-formed handshake: origin, ticket, subprotocol (field
  /// sec-websocket-protocol). Asked only where is_websocket() said so.
  virtual task<upgrade_verdict> upgrade(http_request& request);

  /// Before each answer, also those that the edge gives itself: of a request whose head was refused
  /// nothing is known but its origin. Must not wait or throw.
  virtual void adorn(const http_request&, http_response&) const {}

  /// After each answer, also those that the edge gave itself. Must not wait or throw.
  virtual void answered(const http_exchange&) {}
};

}  // namespace resalehub
