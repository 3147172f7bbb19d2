#pragma once
/// An entity that arms durable timers and notes each firing, as often as it happens, with the time
/// that its leader's clock showed.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/entity_kind.hpp"

namespace resalehub::simulation::alarms {

using alarm_id = id<kind_prefix{"alm"}.packed>;

struct ring {
  std::uint64_t number = 0;
  instant due;
};
struct rung {
  std::uint64_t number = 0;
  instant due;
  instant at;
};
struct state {
  std::vector<ring> set;   ///< the latest due time of each, in the order of the first setting
  std::vector<rung> rings;
  std::vector<std::uint64_t> ended;  ///< numbers that were switched off in time
};
RESALEHUB_DESCRIBE(ring, number, due)
RESALEHUB_DESCRIBE(rung, number, due, at)
RESALEHUB_DESCRIBE(state, set, rings, ended)

struct set_alarm {  ///< by a client -> [mp] ring; set anew: the earlier one is replaced
  std::uint64_t number = 0;
  milliseconds after{0};
};
struct switch_off {  ///< by a client; nothing when it has rung
  std::uint64_t number = 0;
};
struct go_off {  ///< by the timer
  std::uint64_t number = 0;
  instant due;
};
using command = std::variant<set_alarm, switch_off, go_off>;
RESALEHUB_DESCRIBE(set_alarm, number, after)
RESALEHUB_DESCRIBE(switch_off, number)
RESALEHUB_DESCRIBE(go_off, number, due)

struct alarm_set {
  ring what;
};
struct went_off {
  rung what;
};
struct switched_off {
  std::uint64_t number = 0;
};
using event = std::variant<alarm_set, went_off, switched_off>;
RESALEHUB_DESCRIBE(alarm_set, what)
RESALEHUB_DESCRIBE(went_off, what)
RESALEHUB_DESCRIBE(switched_off, number)

struct read {};  ///< -> [mp] state
using query = std::variant<read>;
RESALEHUB_DESCRIBE(read)

const entity_kind& kind();

}  // namespace resalehub::simulation::alarms
