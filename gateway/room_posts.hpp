#pragma once
/// Posting into a room, as the route and the WebSocket do it: under one request id made of room,
/// sender and the client's own message id, so that a message sent twice on any way is one message.

#include <string>

#include "actors/room.hpp"
#include "cluster/request.hpp"
#include "gateway/secrets.hpp"

namespace resalehub {

/// All but deadline and trace.
ask post_to_room(const secret_key& fingerprint_key, const room_id& room, const user_id& sender,
                 const room::post_body& body);

}  // namespace resalehub
