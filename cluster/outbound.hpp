#pragma once
/// Words to other nodes: packs them and hands them to the links. Any thread; never waits.

#include "cluster/host_figures.hpp"
#include "cluster/links.hpp"
#include "cluster/wire.hpp"

namespace resalehub {

class outbound {
 public:
  outbound(links& way, host_figures& figures) : way_(way), figures_(figures) {}

  /// False when nothing was sent: no connection, or its queue is full.
  bool send(node_number to, lane which, const node_message& message) const {
    const bool sent = way_.send(to, which, encoded(message));
    count(&figures_, sent ? &host_figures::messages_sent : &host_figures::messages_refused);
    return sent;
  }

 private:
  links& way_;
  host_figures& figures_;
};

}  // namespace resalehub
