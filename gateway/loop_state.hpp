#pragma once
/// What the gateway's loops share, and what each keeps for itself. `services` is immutable after
/// start but for its members that say otherwise; a `loop_state` is confined to its loop. What must
/// be counted exactly once for the whole node lives on the home loop, the first.

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "base/ports.hpp"
#include "cluster/operator_door.hpp"
#include "cluster/request.hpp"
#include "gateway/asks.hpp"
#include "gateway/gateway_options.hpp"
#include "gateway/live.hpp"
#include "gateway/node_view.hpp"
#include "gateway/secrets.hpp"
#include "gateway/session_cache.hpp"

namespace resalehub {

struct loop_state;

/// What the gateway stands on. All of it outlives the gateway; any thread.
struct gateway_ports {
  entity_asker& entities;
  clock_port& clock;
  entropy_port& entropy;
  node_view& node;
  operator_door* operators = nullptr;  ///< null: there is no listener for operators
};

struct services {
  gateway_options options;
  gateway_ports ports;
  secrets keys;
  access_tokens tokens;
  std::unique_ptr<password_port> passwords;
  std::vector<std::unique_ptr<loop_state>> loops;

  loop_state& home() const { return *loops.front(); }
  loop_state& of(const loop_executor& executor) const;
  instant now() const { return ports.clock.now(); }
  steady_instant deadline() const {
    return ports.clock.steady() + milliseconds{options.request_deadline_ms};
  }
};

struct loop_state {
  loop_state(services& shared, loop_executor loop);

  services& shared;
  loop_executor executor;
  std::shared_ptr<resalehub::asks> asks;
  session_cache sessions;
  rate_limit limits;
  live_channels channels;
  /// Pushes may have been lost: 0 no, 1 the channels are being compared, 2 and once more after it.
  int comparisons_due = 0;
};

/// One permit from the caller's bucket: of the strict classes on the home loop, of the general ones
/// on one's own.
task<rate_verdict> take_permit(loop_state& here, rate_class which, std::string_view who);

/// Ends a session's cached tokens and live connections on every loop. Any loop.
void drop_session(services& shared, const user_id& user, std::uint64_t session);

}  // namespace resalehub
