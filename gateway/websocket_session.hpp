#pragma once
/// One live WebSocket: Beast speaks the protocol, a frame watch in front of it judges what Beast
/// lets through, and what waits for the client goes out in one write. Confined to its loop.

#include <memory>
#include <string>

#include "gateway/application.hpp"

namespace resalehub {

class session_loop;
struct accepted_connection;

struct websocket_start {
  websocket_accepted accepted;
  http_request request;     ///< a handshake that refusal_of_handshake() let pass
  std::string early_bytes;  ///< what arrived behind the handshake
};

/// Takes over the connection; the session ends itself.
void start_websocket(std::shared_ptr<session_loop> loop, accepted_connection connection,
                     websocket_start start);

}  // namespace resalehub
