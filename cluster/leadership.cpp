#include "cluster/leadership.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

namespace resalehub::placement {

namespace {

struct led {
  const group_view* group = nullptr;
  std::vector<member_number> heirs;  ///< voters on usable nodes that could lead at once
};

struct leading {
  std::int64_t leaders = 0;
  std::uint64_t load = 0;
  std::vector<led> movable;  ///< in order of partitions
};

class leaderships {
 public:
  leaderships(const cluster_view& view, const std::set<partition_number>& busy, std::size_t most)
      : view_(view), busy_(busy), orders_max_(most) {
    for (const auto& node : view.nodes)
      if (node.usable()) nodes_.try_emplace(node.number);
    for (const auto& group : view.groups) count(group);
  }

  std::vector<order> orders() {
    leave();
    while (even_one()) {
    }
    if (orders_.empty()) even_load();
    return std::move(orders_);
  }

 private:
  using node_of_leaders = std::map<node_number, leading>;

  void count(const group_view& group) {
    if (group.leader == 0) return;
    const bool fixed = group.members.joint() || busy_.contains(group.partition);
    const auto found = nodes_.find(node_of(group.leader));
    if (found == nodes_.end()) {
      if (!fixed && told_to_leave(node_of(group.leader)))
        leaving_.push_back({&group, heirs(group)});
      return;
    }
    ++found->second.leaders;
    found->second.load += group.load;
    if (fixed || !group.members.learners.empty()) return;
    if (auto able = heirs(group); !able.empty())
      found->second.movable.push_back({&group, std::move(able)});
  }

  bool told_to_leave(node_number number) const {
    return std::any_of(view_.nodes.begin(), view_.nodes.end(), [&](const node_view& node) {
      return node.number == number && node.reachable &&
             (node.standing != node_standing::active || node.crowded);
    });
  }

  std::vector<member_number> heirs(const group_view& group) const {
    std::vector<member_number> able;
    for (const auto voter : group.members.voters)
      if (voter != group.leader && nodes_.contains(node_of(voter)) && group.has_caught_up(voter))
        able.push_back(voter);
    return able;
  }

  bool full() const { return orders_.size() >= orders_max_; }

  void order_lead(const group_view& group, member_number heir) {
    orders_.push_back({group.partition, group.index, lead{heir}});
    ++nodes_[node_of(heir)].leaders;
  }

  void leave() {
    for (const auto& one : leaving_) {
      if (full()) return;
      if (one.heirs.empty()) continue;
      const auto fewest = std::min_element(
          one.heirs.begin(), one.heirs.end(), [&](member_number a, member_number b) {
            return nodes_[node_of(a)].leaders < nodes_[node_of(b)].leaders;
          });
      order_lead(*one.group, *fewest);
    }
  }

  // -- even numbers -------------------------------------------------------------------------------

  /// How a node was reached from another: by a leadership of that one.
  struct arrival {
    node_number from = 0;
    std::size_t at = 0;  ///< in the `movable` of `from`
    member_number heir = 0;
  };
  using arrivals = std::map<node_number, arrival>;

  /// All nodes to which a leadership of `start` can go, passing others on its way.
  arrivals reached_from(node_number start) const {
    arrivals reached{{start, {}}};
    std::deque<node_number> open{start};
    while (!open.empty()) {
      const auto here = open.front();
      open.pop_front();
      const auto& movable = nodes_.at(here).movable;
      for (std::size_t i = 0; i < movable.size(); ++i)
        for (const auto heir : movable[i].heirs)
          if (reached.try_emplace(node_of(heir), arrival{here, i, heir}).second)
            open.push_back(node_of(heir));
    }
    return reached;
  }

  /// Takes one leadership from a node that has two more than another that it can reach; along a way
  /// of several, each node on it gives one and gets one.
  bool even_one() {
    std::vector<std::pair<std::int64_t, node_number>> by_leaders;
    for (const auto& [number, node] : nodes_) by_leaders.push_back({-node.leaders, number});
    std::sort(by_leaders.begin(), by_leaders.end());
    for (const auto& [negative, start] : by_leaders) {
      const auto reached = reached_from(start);
      node_number least = start;
      for (const auto& [number, way] : reached)
        if (nodes_[number].leaders < nodes_[least].leaders) least = number;
      if (-negative - nodes_[least].leaders >= 2) return pass_along(reached, start, least);
    }
    return false;
  }

  bool pass_along(const arrivals& reached, node_number start, node_number end) {
    std::vector<arrival> way;
    for (auto at = end; at != start; at = reached.at(at).from) way.push_back(reached.at(at));
    if (orders_.size() + way.size() > orders_max_) return false;
    for (const auto& step : way) {
      auto& giver = nodes_[step.from];
      order_lead(*giver.movable[step.at].group, step.heir);
      --giver.leaders;
      giver.movable.erase(giver.movable.begin() + static_cast<std::ptrdiff_t>(step.at));
    }
    return true;
  }

  // -- even loads ---------------------------------------------------------------------------------

  using loaded = std::vector<std::pair<std::uint64_t, const group_view*>>;

  static member_number heir_on(const led& one, node_number node) {
    const auto found = std::find_if(one.heirs.begin(), one.heirs.end(),
                                    [&](member_number heir) { return node_of(heir) == node; });
    return found != one.heirs.end() ? *found : 0;
  }

  loaded passable(node_number from, node_number to) const {
    loaded found;
    for (const auto& one : nodes_.at(from).movable)
      if (heir_on(one, to) != 0) found.push_back({one.group->load, one.group});
    std::stable_sort(found.begin(), found.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    return found;
  }

  /// One swap a round, of the two nodes that are furthest apart and have something to swap.
  void even_load() {
    if (orders_max_ < 2) return;
    std::uint64_t sum = 0;
    std::vector<std::pair<std::uint64_t, node_number>> by_load;
    for (const auto& [number, node] : nodes_) {
      sum += node.load;
      by_load.push_back({node.load, number});
    }
    std::sort(by_load.begin(), by_load.end());
    using pair_of_nodes = std::pair<node_number, node_number>;
    std::vector<std::pair<std::uint64_t, pair_of_nodes>> apart;
    for (const auto& [most, busy] : by_load)
      for (const auto& [least, idle] : by_load)
        if (least < most && is_skewed(most - least, sum))
          apart.push_back({most - least, {busy, idle}});
    std::stable_sort(apart.begin(), apart.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    for (const auto& [difference, nodes] : apart)
      if (swap_between(nodes.first, nodes.second, difference)) return;
  }

  bool is_skewed(std::uint64_t difference, std::uint64_t sum) const {
    const auto& options = view_.options;
    return difference >= options.load_skew_min &&
           difference * 100 * nodes_.size() > sum * options.load_skew_percent;
  }

  /// A hot leadership for a cold one: the two that bring the nodes closest together.
  bool swap_between(node_number busiest, node_number idlest, std::uint64_t difference) {
    const auto hot = passable(busiest, idlest);
    const auto cold = passable(idlest, busiest);
    const group_view* given = nullptr;
    const group_view* taken = nullptr;
    auto left = difference;
    for (const auto& [heat, group] : hot) {
      const auto ideal = heat > difference / 2 ? heat - difference / 2 : 0;
      auto near = std::lower_bound(
          cold.begin(), cold.end(), ideal,
          [](const auto& one, std::uint64_t wanted) { return one.first < wanted; });
      if (near != cold.begin()) --near;
      for (int step = 0; step < 2 && near != cold.end(); ++step, ++near) {
        if (near->first >= heat) break;
        const auto moved = 2 * (heat - near->first);
        const auto after = moved > difference ? moved - difference : difference - moved;
        if (after >= left) continue;
        left = after;
        given = group;
        taken = near->second;
      }
    }
    if (given == nullptr) return false;
    order_lead(*given, heir_on({given, heirs(*given)}, idlest));
    order_lead(*taken, heir_on({taken, heirs(*taken)}, busiest));
    return true;
  }

  const cluster_view& view_;
  const std::set<partition_number>& busy_;
  std::size_t orders_max_;
  node_of_leaders nodes_;  ///< usable ones
  std::vector<led> leaving_;
  std::vector<order> orders_;
};

}  // namespace

std::vector<order> leads_for(const cluster_view& view, const std::set<partition_number>& busy,
                             std::size_t orders_max) {
  return leaderships{view, busy, orders_max}.orders();
}

}  // namespace resalehub::placement
