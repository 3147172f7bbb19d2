#pragma once
/// What network.cpp and network_connections.cpp keep of machines and pairs of them.

#include <deque>
#include <vector>

#include "tests/simulation/network.hpp"

namespace resalehub::simulation {

struct network::station {
  endpoint* door = nullptr;  ///< none: no process runs there
  identity who;
  std::uint64_t process = 0;  ///< counts attachments: words to an older one are lost
  std::map<machine_number, identity> expected;
  bool paused = false;
  std::vector<std::function<void()>> owed;  ///< what it is told when it wakes
};

/// One end of a pair's connection, and the direction that leaves it.
struct network::side {
  side(machine_number self, machine_number peer, const network_options& options)
      : machine(self),
        out(options.line),
        path(options.seed, "path/" + std::to_string(self) + ">" + std::to_string(peer)),
        luck(options.seed, "luck/" + std::to_string(self) + ">" + std::to_string(peer)) {}

  struct kept {
    identity from;
    std::uint64_t to_process = 0;
    std::string message;
  };

  machine_number machine;
  std::uint64_t process = 0;  ///< whom the connection belongs to
  identity who;
  bool told_open = false;    ///< and not yet closed
  wire out;
  bool deaf = false;         ///< something vanished: nothing behind it may arrive
  bool pumping = false;      ///< an event waits for the line to be free
  virtual_ns blocked_since = -1;
  stream path;                       ///< how long messages take
  stream luck;                       ///< what becomes of them
  std::deque<std::string> recent;  ///< arrived lately: may arrive again after a reconnect
  std::vector<kept> late;
};

struct network::link {
  enum class phase : std::uint8_t { idle, dialing, up, closing };

  link(machine_number low, machine_number high, const network_options& options)
      : ends{side(low, high, options), side(high, low, options)} {}

  side ends[2];
  phase now = phase::idle;
  std::uint64_t generation = 0;  ///< counts connections: events of an older one mean nothing
  int untold = 0;                ///< sides that do not know yet that it is over
};

}  // namespace resalehub::simulation
