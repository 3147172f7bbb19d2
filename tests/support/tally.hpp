#pragma once
/// A small entity for tests of the runtime: counts, tells others, sets timers, answers late. It
/// shows every feature of the contract in base/entity.hpp.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/entity_kind.hpp"

namespace resalehub::testing::tally {

using tally_id = id<kind_prefix{"tly"}.packed>;

struct state {
  std::int64_t total = 0;
  std::int64_t rings = 0;
  std::vector<std::string> heard;
  request_id waiting;
};

struct increase {
  std::int64_t by = 1;
};
struct increase_other {  ///< adds here, and there by a delivery whose outcome comes back
  entity_id other;
  std::int64_t by = 1;
};
struct ring_at {
  instant when;
};
struct do_not_ring {};
struct ring {};
struct wait_for_total {};  ///< answered by the next increase
struct keep_word {  ///< in a row, which is the answer
  std::string word;
};
struct throw_up {};
using command = std::variant<increase, increase_other, ring_at, do_not_ring, ring, wait_for_total,
                             keep_word, throw_up, answered>;

struct increased {
  std::int64_t by = 0;
};
struct rang {};
struct planned {};
struct waited {
  request_id request;
};
struct noted {
  std::string what;
};
using event = std::variant<increased, rang, planned, waited, noted>;

struct read {};
using query = std::variant<read>;

RESALEHUB_DESCRIBE(state, total, rings, heard, waiting)
RESALEHUB_DESCRIBE(increase, by)
RESALEHUB_DESCRIBE(increase_other, other, by)
RESALEHUB_DESCRIBE(ring_at, when)
RESALEHUB_DESCRIBE(do_not_ring)
RESALEHUB_DESCRIBE(ring)
RESALEHUB_DESCRIBE(wait_for_total)
RESALEHUB_DESCRIBE(keep_word, word)
RESALEHUB_DESCRIBE(throw_up)
RESALEHUB_DESCRIBE(increased, by)
RESALEHUB_DESCRIBE(rang)
RESALEHUB_DESCRIBE(planned)
RESALEHUB_DESCRIBE(waited, request)
RESALEHUB_DESCRIBE(noted, what)
RESALEHUB_DESCRIBE(read)

/// Refuses to go below zero.
const entity_kind& kind();
std::string packed_command(const command& c);
std::string packed_read();

}  // namespace resalehub::testing::tally
