#pragma once
/// Who belongs to a Raft group. A member is one replica's whole life on one node: a replica that
/// was removed and comes back is another member, so nobody takes its empty log for the old one's
/// promises. Values; any thread.

#include <algorithm>
#include <boost/describe.hpp>
#include <cstdint>
#include <vector>

namespace resalehub {

using node_number = std::uint32_t;  ///< given once by the controller, never again; 0: none
using member_number = std::uint64_t;

constexpr member_number member_of(node_number node, std::uint32_t life) {
  return member_number{node} << 32 | life;
}
constexpr node_number node_of(member_number member) {
  return static_cast<node_number>(member >> 32);
}

/// Sorted lists. While `outgoing` is not empty, a majority of `voters` and one of `outgoing` decide
/// together, until the group leaves that state by itself.
struct membership {
  std::vector<member_number> voters;
  std::vector<member_number> learners;
  std::vector<member_number> outgoing;

  bool joint() const { return !outgoing.empty(); }
  bool votes(member_number member) const {
    return std::binary_search(voters.begin(), voters.end(), member);
  }
  bool holds(member_number member) const {
    return votes(member) || std::binary_search(learners.begin(), learners.end(), member) ||
           std::binary_search(outgoing.begin(), outgoing.end(), member);
  }
  friend bool operator==(const membership&, const membership&) = default;
};
BOOST_DESCRIBE_STRUCT(membership, (), (voters, learners, outgoing))

/// As the state keeps it: with the index of the entry that made it so.
struct stored_membership {
  membership members;
  std::uint64_t index = 0;
};
BOOST_DESCRIBE_STRUCT(stored_membership, (), (members, index))

}  // namespace resalehub
