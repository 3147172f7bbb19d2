#include "cluster/ticker_actor.hpp"

#include <caf/send.hpp>
#include <utility>

#include "cluster/partition_actor.hpp"

namespace resalehub {
namespace {
using beat = caf::atom_constant<caf::atom("beat")>;
}

ticker_actor::ticker_actor(caf::actor_config& config, std::vector<caf::actor> partitions,
                           milliseconds every)
    : event_based_actor(config), partitions_(std::move(partitions)), every_(every) {}

caf::behavior ticker_actor::make_behavior() {
  rest();
  return {[this](beat) {
    for (const auto& partition : partitions_) caf::anon_send(partition, partition_tick{});
    rest();
  }};
}

void ticker_actor::rest() { delayed_send(this, every_, beat::value); }

}  // namespace resalehub
