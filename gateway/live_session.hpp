#pragma once
/// One live connection above its socket: says hello, watches rooms from a place in their sequence
/// on without gap or repeat, posts and reads. Confined to its loop.

#include <memory>

#include "gateway/application.hpp"
#include "gateway/live_messages.hpp"
#include "gateway/loop_state.hpp"

namespace resalehub {

std::unique_ptr<websocket_application> make_live_session(loop_state& here, session_claims claims);

/// Asks for every connection of the loop whether its session still lives, and ends those whose does
/// not. To be repeated every session_recheck_ms.
task<void> recheck_live_sessions(loop_state& here);

/// Some pushes may never come to this loop: compares where every watched channel is with what was
/// said of it, and lets the connections catch up. Calls while one runs are gathered into one more.
void compare_channels(loop_state& here);

}  // namespace resalehub
