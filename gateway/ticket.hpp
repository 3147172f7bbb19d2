#pragma once
/// WebSocket tickets: who, which session, until when it and the token behind it are good; sealed,
/// so that any node reads what another made. Each is good once: whoever holds the user's partition
/// keeps the record of its use, by the name that the ticket gives to that request. Pure, any
/// thread.

#include <string>
#include <string_view>

#include "gateway/access_token.hpp"

namespace resalehub {

struct ticket_words {
  session_claims claims;  ///< of the access token that it was made with
  request_id use;         ///< the same however often it is read
};

/// `nonce` makes two tickets of one session differ.
std::string issue_ticket(const secret_key& key, const session_claims& claims, std::uint64_t nonce,
                         instant expires_at);
/// unauthenticated for what is not ours or has expired.
result<ticket_words> read_ticket(const secret_key& key, std::string_view ticket, instant now);

}  // namespace resalehub
