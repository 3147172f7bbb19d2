#pragma once
/// How many ticks a member waits for a silent leader before it stands for election itself. Pure;
/// any thread. Invariant: within [election_ticks, 2 * election_ticks).

#include <cstdint>

#include "cluster/membership.hpp"

namespace resalehub {

struct election_setting {
  std::uint64_t group = 0;
  member_number self = 0;
  member_number leader = 0;  ///< 0: none is known
  int election_ticks = 10;
};

/// Those who follow one leader wait one behind the other, each within a time of its own, so that
/// they do not split the votes; groups differ in who is first, so that not all go to one node.
/// Without a leader any time may come out. `chance`: any number.
int election_wait(const election_setting& at, const membership& members, std::uint64_t chance);

}  // namespace resalehub
