#pragma once
/// Whether a request for a WebSocket is a well-formed handshake (RFC 6455 4.2.1). Pure, any thread.

#include <optional>

#include "gateway/message.hpp"
#include "gateway/request_head.hpp"

namespace resalehub {

std::optional<http_response> refusal_of_handshake(const request_head& head,
                                                  const http_request& request);

/// 426 with what is spoken here (RFC 9110, 15.5.22).
http_response upgrade_refusal(std::string detail, const http_request& request);

/// 16 bytes in canonical base64.
bool is_websocket_key(std::string_view text);

/// Whether the client offers this subprotocol.
bool offers_subprotocol(const http_request& request, std::string_view name);

}  // namespace resalehub
