#pragma once
/// Lists over partitions of this node: merges their rows in key order, straight from the store.
/// What it shows follows the commits within the time of a heartbeat and a round of the applier.

#include <atomic>
#include <caf/event_based_actor.hpp>
#include <memory>
#include <vector>

#include "cluster/unbroken.hpp"
#include "cluster/wire.hpp"
#include "storage/state_store.hpp"

namespace resalehub {

/// A part of a list that this node is asked for. A partition whose replica here has lost touch
/// refuses all of it with `shard_unavailable`.
struct list_part {
  remote_scan what;
  std::shared_ptr<answer_sink> sink;
};

class list_actor : public caf::event_based_actor {
 public:
  /// `waiting` counts the parts sent here and not yet taken on.
  struct setup {
    const state_store* store = nullptr;
    const std::vector<std::atomic<bool>>* readable = nullptr;  ///< per partition
    std::atomic<std::uint32_t>* waiting = nullptr;
    node_broken broken;
  };
  list_actor(caf::actor_config& config, setup given);
  caf::behavior make_behavior() override;
  const char* name() const override { return "list"; }

 private:
  result<std::vector<listed_row>> merge(const remote_scan& request) const;

  setup setup_;
};

}  // namespace resalehub

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::list_part)
