#pragma once
/// A model of a cluster that obeys placement: learners fill for a few rounds, several voters change
/// through a joint state, leaders step down. Every order is held against what must never happen:
/// a majority of the old and of the new voters is alive, no member lives twice, nobody that is
/// still empty votes. One thread.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "cluster/placement.hpp"

namespace resalehub::placement {

class placed_cluster {
 public:
  /// Groups of one voter on the first node.
  explicit placed_cluster(std::uint16_t partitions, std::string region = {});

  node_number join(std::string region = {});
  void crash(node_number node);    ///< silent, and not yet dead
  void bury(node_number node);     ///< dead, too
  void restart(node_number node);  ///< heard again, with its replicas
  void stand(node_number node, node_standing standing);

  cluster_view seen() const;
  /// Orders, obeys, and lets a round's time pass. How many were ordered.
  std::size_t round();
  /// Rounds until nothing is ordered and nothing is under way; fails after too many.
  std::size_t rest(std::size_t rounds_max);

  std::size_t replicas_on(node_number node) const;
  std::size_t leaders_on(node_number node) const;
  std::set<node_number> voters_of(std::size_t group) const;
  /// The most and the least of the active ones that are alive differ by so many.
  std::size_t replica_spread() const;
  std::size_t leader_spread() const;
  /// Of groups: how many voters have least, and most.
  std::size_t voters_min() const;
  std::size_t voters_max() const;

  std::vector<group_view> groups;  ///< `progress` is made by `seen`
  std::vector<node_view> nodes;
  placement_options options;
  std::size_t fill_rounds = 3;
  std::size_t orders_given = 0;
  std::size_t learners_added = 0;

 private:
  const node_view& node(node_number number) const { return nodes.at(number - 1); }
  bool alive(member_number member) const { return node(node_of(member)).reachable; }
  bool decides(const std::vector<member_number>& voters) const;
  bool full(member_number member) const { return !filling_.contains(member); }
  void obey(const order& one);
  void obey(group_view& group, const add_learner& what);
  void obey(group_view& group, const settle& what);
  void obey(group_view& group, const lead& what);
  void pass_time(group_view& group);

  std::map<member_number, std::size_t> filling_;  ///< rounds to go
  std::uint32_t last_life_ = 0;
};

}  // namespace resalehub::placement
