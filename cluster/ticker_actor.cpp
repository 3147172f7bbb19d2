#include "cluster/ticker_actor.hpp"

#include <caf/send.hpp>
#include <utility>

namespace resalehub {
namespace {
using next_beat = caf::atom_constant<caf::atom("beat")>;
}

ticker_actor::ticker_actor(caf::actor_config& config, std::function<void()> beat,
                           milliseconds every)
    : event_based_actor(config), beat_(std::move(beat)), every_(every) {}

caf::behavior ticker_actor::make_behavior() {
  rest();
  return {[this](next_beat) {
    beat_();
    rest();
  }};
}

void ticker_actor::rest() { delayed_send(this, every_, next_beat::value); }

}  // namespace resalehub
