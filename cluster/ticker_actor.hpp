#pragma once
/// One ticker per node: tells its partitions that time passes, by the actor system's clock.

#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>
#include <vector>

#include "base/time.hpp"

namespace resalehub {

class ticker_actor : public caf::event_based_actor {
 public:
  ticker_actor(caf::actor_config& config, std::vector<caf::actor> partitions, milliseconds every);
  caf::behavior make_behavior() override;
  const char* name() const override { return "ticker"; }

 private:
  void rest();
  std::vector<caf::actor> partitions_;
  milliseconds every_;
};

}  // namespace resalehub
