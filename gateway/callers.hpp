#pragma once
/// Who asks: the session behind a request's access token, verified once, then found in the loop's
/// cache and asked of its user again now and then.

#include <optional>
#include <string_view>

#include "gateway/loop_state.hpp"
#include "gateway/message.hpp"

namespace resalehub {

/// Nothing for a request without Authorization. unauthenticated, token_expired, session_revoked.
task<result<std::optional<session_claims>>> caller_of(loop_state& here,
                                                      const http_request& request);

/// Whether the user entity still knows the session, or why that cannot be said now.
task<result<bool>> session_lives(loop_state& here, session_claims claims);

/// Redeems a WebSocket ticket of any node, once in all: a commit of the user's. unauthenticated for
/// one that was used, session_revoked when its session has ended.
task<result<session_claims>> redeem(loop_state& here, std::string_view ticket);

}  // namespace resalehub
