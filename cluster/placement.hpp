#pragma once
/// Which nodes should hold and lead which partition: a pure function from what is known of the
/// cluster to the next few steps. Asked again and again by the controller's leader, it comes to a
/// rest: a cluster that is as it should be gets no orders. Values; any thread.
///
/// An order goes to the leader of its partition, which obeys when the index of its own
/// configuration is still the order's, and else leaves it: the next round orders anew.
/// `add_learner` names a node only. The leader makes the member: a life never given before in this
/// group, such as the log index of the change; so a replica that comes back is another member.
/// `settle` lists existing members, just as they are proposed; of several voters at a time through
/// a joint state. Whatever is ordered keeps a majority of the old and of the new voters alive.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/described.hpp"
#include "cluster/membership.hpp"

namespace resalehub {

/// What the operators want of a node; the controller's record.
enum class node_standing { active, draining, removed };
BOOST_DESCRIBE_ENUM(node_standing, active, draining, removed)

namespace placement {

using partition_number = std::uint16_t;

// -- what is known --------------------------------------------------------------------------------

struct node_view {
  node_number number = 0;
  std::string region;
  node_standing standing = node_standing::active;
  bool reachable = false;  ///< heard within the failure time
  bool dead = false;       ///< not heard for longer than a replica may be missed
  bool crowded = false;    ///< keeps what it holds, while others lead it

  bool usable() const {
    return standing == node_standing::active && reachable && !dead && !crowded;
  }
};

/// What a leader knows of another member.
struct member_view {
  member_number member = 0;
  bool active = false;     ///< heard by the leader
  bool caught_up = false;  ///< its log nearly reaches the leader's end
};

struct group_view {
  partition_number partition = 0;
  membership members;
  member_number leader = 0;           ///< 0: unknown, and nothing is ordered
  std::uint64_t index = 0;            ///< of the configuration that `members` is
  std::vector<member_view> progress;  ///< of the others
  std::uint64_t load = 0;             ///< commands a second

  bool hears(member_number member) const;          ///< alive to the leader, or the leader
  bool has_caught_up(member_number member) const;  ///< and as far as the leader
};

struct placement_options {
  std::size_t replication = 3;
  std::size_t orders_max = 16;    ///< of a round; leaders even out by chains no longer than this
  std::size_t learners_max = 16;  ///< that are filled at once in the cluster
  std::uint64_t load_skew_percent = 25;  ///< of the mean: leaders' loads may differ so much
  std::uint64_t load_skew_min = 100;     ///< and by so many commands a second in any case
};

struct cluster_view {
  std::vector<node_view> nodes;
  std::vector<group_view> groups;
  placement_options options;
};

// -- what is ordered ------------------------------------------------------------------------------

struct add_learner {
  node_number node = 0;
};
/// The members from now on; who is in neither list leaves.
struct settle {
  std::vector<member_number> voters;
  std::vector<member_number> learners;
};
/// Leadership goes to this voter.
struct lead {
  member_number member = 0;
};
RESALEHUB_DESCRIBE(add_learner, node)
RESALEHUB_DESCRIBE(settle, voters, learners)
RESALEHUB_DESCRIBE(lead, member)

struct order {
  partition_number partition = 0;
  std::uint64_t index = 0;
  std::variant<add_learner, settle, lead> what;
};
RESALEHUB_DESCRIBE(order, partition, index, what)

/// The next steps, the most needed first, at most one for a partition. In this order: what has
/// begun is finished; groups grow to `replication` voters and lose those on nodes that are dead or
/// told to leave; regions; even numbers of replicas; even numbers of leaders; even load of leaders.
/// A group shrinks for want of nodes only when a node was told to leave, never for a dead one.
std::vector<order> orders_for(const cluster_view& view);

}  // namespace placement
}  // namespace resalehub
