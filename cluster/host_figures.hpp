#pragma once
/// What the hosts of one node count, all partitions together. Incremented on actors' threads, read
/// by the metrics page: relaxed, never decided upon.

#include <atomic>
#include <cstdint>

namespace resalehub {

struct host_figures {
  using counter = std::atomic<std::uint64_t>;
  counter commits{0};        ///< decisions that wrote something
  counter batches{0};        ///< log entries they were gathered into
  counter batch_bytes{0};
  counter reads{0};          ///< linearizable reads answered
  counter replays{0};        ///< answers from request records
  counter awake{0};          ///< entities awake now
  counter awake_bytes{0};    ///< their estimated memory
  counter activations{0};
  counter passivations{0};
  counter actor_failures{0};
  counter deliveries{0};     ///< outbox deliveries that ended
  counter retries{0};        ///< outbox attempts that will be repeated
  counter timers_fired{0};
  counter expired{0};        ///< asks whose deadline passed
  counter messages_sent{0};     ///< to other nodes
  counter messages_refused{0};  ///< not sent: no connection, or a full queue
  counter messages_unread{0};   ///< arrived and not understood
  counter elections{0};         ///< won here
  counter transfers{0};         ///< of a partition's state that arrived here
  counter routed{0};            ///< asks sent on to another node
  counter leaderships{0};       ///< partitions led here at the last report
  counter replicas{0};          ///< partitions held here at the last report
  counter members_behind{0};    ///< other members of what is led here: not caught up ...
  counter members_silent{0};    ///< ... and not heard of
};

/// What waits to be taken on, now.
struct waiting_asks {
  std::uint64_t partitions = 0;       ///< for all partitions together
  std::uint64_t partitions_most = 0;  ///< for the one with the most
  std::uint64_t lists = 0;
  std::uint64_t front_door = 0;       ///< for other nodes
};

inline void count(host_figures* figures, host_figures::counter host_figures::*which,
                  std::uint64_t by = 1) {
  if (figures) (figures->*which).fetch_add(by, std::memory_order_relaxed);
}

}  // namespace resalehub
