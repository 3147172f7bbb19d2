#pragma once
/// The gateway above its edge, put together: what main builds once loops and node exist, and then
/// hands to the listeners. Construct and end from one thread, before the loops run and after they
/// stopped; everything that it stands on outlives it.

#include <memory>
#include <vector>

#include "cluster/request.hpp"
#include "gateway/application.hpp"
#include "gateway/gateway_options.hpp"
#include "gateway/loop_state.hpp"
#include "gateway/secrets.hpp"

namespace resalehub {

class gateway {
 public:
  /// `secret` is the cluster's: every node that has it accepts the others' tokens and cursors.
  gateway(gateway_options options, gateway_ports ports, const secret_key& secret,
          const std::vector<loop_executor>& loops);
  ~gateway();

  http_application& public_door();
  http_application& admin_door();
  push_sink& pushes();

  /// Begins the rechecks of live sessions: once, before or while the loops run.
  void start();
  /// Ends them: before the loops stop.
  void stop();

  /// Live connections now. Any thread.
  std::size_t live_connections() const;

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace resalehub
