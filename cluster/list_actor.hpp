#pragma once
/// Lists over all partitions of this node: merges their rows in key order, straight from the store.
/// What it shows follows the commits within the time of a round of the applier.

#include <atomic>
#include <caf/event_based_actor.hpp>
#include <cstdint>
#include <vector>

#include "cluster/request.hpp"
#include "storage/state_store.hpp"

namespace resalehub {

class list_actor : public caf::event_based_actor {
 public:
  /// `waiting` counts the scans sent here and not yet taken on.
  list_actor(caf::actor_config& config, const state_store* store, std::uint32_t partitions,
             std::atomic<std::uint32_t>* waiting);
  caf::behavior make_behavior() override;
  const char* name() const override { return "list"; }

 private:
  std::vector<listed_row> merge(const scan& request) const;

  const state_store* store_;
  std::uint32_t partitions_;
  std::atomic<std::uint32_t>* waiting_;
};

}  // namespace resalehub
