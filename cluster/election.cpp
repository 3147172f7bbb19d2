#include "cluster/election.hpp"

#include <algorithm>

namespace resalehub {
namespace {

std::uint64_t place_of(member_number member, const membership& members) {
  const auto found = std::find(members.voters.begin(), members.voters.end(), member);
  return static_cast<std::uint64_t>(found - members.voters.begin());
}

}  // namespace

int election_wait(const election_setting& at, const membership& members, std::uint64_t chance) {
  const auto ticks = static_cast<std::uint64_t>(at.election_ticks);
  const bool follows = at.leader != at.self && members.votes(at.leader) && members.votes(at.self);
  if (!follows) return static_cast<int>(ticks + chance % ticks);
  const auto others = members.voters.size() - 1;
  const auto behind = place_of(at.self, members) + others - place_of(at.leader, members);
  const auto rank = behind % (others + 1);
  const auto turn = at.group % 2 == 0 ? rank : others - 1 - rank;
  // A tick later than the least: the others hold to the leader until they have missed it for as
  // long. And the last tick of its time is left out, for no two nodes tick at the same moment.
  const auto width = std::max<std::uint64_t>(ticks / others, 2) - 1;
  const auto wait = ticks + 1 + turn * ticks / others + chance % width;
  return static_cast<int>(std::min(wait, 2 * ticks - 1));
}

}  // namespace resalehub
