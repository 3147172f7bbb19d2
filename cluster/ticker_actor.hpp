#pragma once
/// One ticker per node: says that time passes, by the actor system's clock.

#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>
#include <functional>

#include "base/time.hpp"

namespace resalehub {

class ticker_actor : public caf::event_based_actor {
 public:
  ticker_actor(caf::actor_config& config, std::function<void()> beat, milliseconds every);
  caf::behavior make_behavior() override;
  const char* name() const override { return "ticker"; }

 private:
  void rest();
  std::function<void()> beat_;
  milliseconds every_;
};

}  // namespace resalehub
