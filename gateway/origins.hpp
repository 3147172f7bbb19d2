#pragma once
/// What browsers of other sites may do: connect to the live channel, and read answers across
/// origins (the Fetch standard's CORS). An exact list, never a pattern, and no cookies. Pure, any
/// thread.

#include <string_view>

#include "gateway/gateway_options.hpp"
#include "gateway/message.hpp"

namespace resalehub {

/// Of a WebSocket handshake. None at all: not a browser. Another scheme, port or case is another
/// origin; without a list the one that Host names is allowed.
bool may_connect(const gateway_options& options, const http_request& request);

/// Tells a browser of an origin in the list that its script may read this answer.
void allow_origin(const gateway_options& options, const http_request& request,
                  http_response& response);

/// What a browser asks before it asks: nothing, unless it is that, of an origin in the list.
/// `methods` are those of the address, as in Allow.
std::optional<http_response> preflight_answer(const gateway_options& options,
                                              const http_request& request,
                                              std::string_view methods);

}  // namespace resalehub
