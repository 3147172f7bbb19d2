#pragma once
/// What the host of a partition's entities is given: its doors to time, chance, store, other
/// entities and the outside. Owned by the node, which outlives its partitions.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "base/entity_kind.hpp"
#include "base/ports.hpp"
#include "cluster/disk_room.hpp"
#include "cluster/request.hpp"
#include "storage/state_store.hpp"

namespace resalehub {

struct host_limits {
  std::size_t memory_bytes = 4u << 20;       ///< of this partition's awake entities
  std::size_t works_max = 4096;              ///< asks taken on and not finished
  std::size_t outbox_in_flight = 256;        ///< deliveries under way at once
  std::size_t batch_bytes_max = 1u << 20;    ///< of one log entry
  std::size_t requests_forgotten_max = 512;  ///< records of old requests that one commit erases
  milliseconds repeat_wait{5000};            ///< a repetition waits so long for the first
  milliseconds delivery_deadline{10000};     ///< one attempt of an outbox delivery
  milliseconds retry_min{50};
  milliseconds retry_max{30000};
};

/// Counted by a partition's thread, read by the metrics page: relaxed atomics behind one word.
struct host_figures;

struct host_ports {
  clock_port* clock = nullptr;
  entropy_port* entropy = nullptr;
  const state_store* store = nullptr;
  entity_asker* asker = nullptr;
  push_sink* pushes = nullptr;  ///< null: nobody watches
  std::function<const entity_kind*(kind_prefix)> kinds;
  std::map<std::string, outside_port*> outside;
  host_figures* figures = nullptr;
  const std::atomic<disk_room>* room = nullptr;  ///< null: always enough
};

inline bool has_room(const host_ports& ports, disk_room at_least) {
  return !ports.room || ports.room->load(std::memory_order_relaxed) <= at_least;
}

}  // namespace resalehub
