#include "cluster/placement.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "cluster/leadership.hpp"

namespace resalehub::placement {

bool group_view::hears(member_number member) const {
  if (member == leader) return true;
  return std::any_of(progress.begin(), progress.end(), [&](const member_view& one) {
    return one.member == member && one.active;
  });
}

bool group_view::has_caught_up(member_number member) const {
  if (member == leader) return true;
  return std::any_of(progress.begin(), progress.end(), [&](const member_view& one) {
    return one.member == member && one.active && one.caught_up;
  });
}

namespace {

using members = std::vector<member_number>;

/// What has begun goes before what begins, and what is needed before what is nicer.
enum class rank { finish, grow, spread, even };

struct place {
  node_view node;
  std::int64_t replicas = 0;  ///< when what has begun will be finished
};

/// A group's members by what should become of them.
struct shape {
  members keep;    ///< voters that may stay
  members leaving;  ///< voters on nodes that were told to leave
  members dead;     ///< voters on nodes that stand, but are not there any more
  members useful;   ///< learners on usable nodes, the best first
  bool useless_learners = false;
  std::size_t missing = 0;  ///< voters to come

  bool only_kept() const { return leaving.empty() && dead.empty(); }
  bool complete(std::size_t replication) const {
    return keep.size() == replication && only_kept();
  }
};

members joined(members a, const members& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}
members without(members all, member_number one) {
  std::erase(all, one);
  return all;
}
members first_of(const members& all, std::size_t count) {
  return {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(count, all.size()))};
}

class placing {
 public:
  explicit placing(const cluster_view& view) : view_(view), options_(view.options) {
    for (const auto& node : view.nodes) places_.try_emplace(node.number, place{node, 0});
    for (const auto& group : view.groups) {
      for (const auto member : joined(group.members.voters, group.members.learners))
        ++place_of(member).replicas;
      place_of(group.leader);
      for (const auto learner : group.members.learners)
        if (group.leader != 0 && usable(learner) && !group.has_caught_up(learner)) ++filled_;
    }
  }

  std::vector<order> orders() {
    for (const auto& group : view_.groups)
      if (may_change(group)) finish_or_grow(group, shape_of(group));
    for (const auto* group : resting_) spread(*group);
    even_replicas();
    std::stable_sort(found_.begin(), found_.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<order> orders;
    std::set<partition_number> busy;
    for (auto& [why, one] : found_) {
      if (orders.size() == options_.orders_max) break;
      busy.insert(one.partition);
      orders.push_back(std::move(one));
    }
    auto leads = leads_for(view_, busy, options_.orders_max - orders.size());
    std::move(leads.begin(), leads.end(), std::back_inserter(orders));
    return orders;
  }

 private:
  // -- questions ----------------------------------------------------------------------------------

  /// A node that nobody knows is one that was removed.
  place& place_of(member_number member) {
    const node_view unknown{node_of(member), {}, node_standing::removed};
    return places_.try_emplace(node_of(member), place{unknown, 0}).first->second;
  }
  const node_view& node_with(member_number member) const {
    return places_.at(node_of(member)).node;
  }
  bool usable(member_number member) const { return node_with(member).usable(); }

  /// A majority answers, so a change of these voters can commit.
  static bool decides(const group_view& group, const members& voters) {
    const auto alive = std::count_if(voters.begin(), voters.end(), [&](member_number voter) {
      return group.hears(voter);
    });
    return static_cast<std::size_t>(alive) > voters.size() / 2;
  }

  bool may_change(const group_view& group) const {
    return !group.members.joint() && group.members.votes(group.leader) &&
           node_with(group.leader).reachable && decides(group, group.members.voters);
  }

  /// How many pairs of these members share a region.
  std::size_t neighbours(const members& all) const {
    std::size_t pairs = 0;
    for (std::size_t i = 0; i < all.size(); ++i)
      for (std::size_t k = 0; k < i; ++k)
        if (node_with(all[i]).region == node_with(all[k]).region) ++pairs;
    return pairs;
  }

  static bool on_node(const members& all, node_number node) {
    return std::any_of(all.begin(), all.end(),
                       [&](member_number member) { return node_of(member) == node; });
  }

  shape shape_of(const group_view& group) {
    shape s;
    for (const auto voter : group.members.voters) {
      const auto& node = node_with(voter);
      const bool stands = node.standing == node_standing::active;
      (!stands ? s.leaving : node.dead ? s.dead : s.keep).push_back(voter);
    }
    for (const auto learner : group.members.learners) {
      const bool alone = !on_node(joined(s.keep, s.useful), node_of(learner));
      if (usable(learner) && alone) {
        s.useful.push_back(learner);
      } else {
        s.useless_learners = true;
        --place_of(learner).replicas;
      }
    }
    std::stable_sort(s.useful.begin(), s.useful.end(), [&](member_number a, member_number b) {
      return std::pair{!group.has_caught_up(a), neighbours(joined(s.keep, {a}))} <
             std::pair{!group.has_caught_up(b), neighbours(joined(s.keep, {b}))};
    });
    std::size_t room = s.keep.size();
    for (const auto& [number, place] : places_)
      if (place.node.usable() && !on_node(s.keep, number)) ++room;
    const auto wanted = std::min(options_.replication, room);
    s.missing = wanted - std::min(wanted, s.keep.size());
    return s;
  }

  // -- what a group needs -------------------------------------------------------------------------

  void finish_or_grow(const group_view& group, const shape& s) {
    const bool moves = s.complete(options_.replication) && !s.useful.empty();
    const auto needed = moves ? 1 : s.missing;
    if (s.useless_learners || s.useful.size() > needed) {
      for (std::size_t i = needed; i < s.useful.size(); ++i) --place_of(s.useful[i]).replicas;
      return settle_members(group, group.members.voters, first_of(s.useful, needed));
    }
    if (moves) return finish_move(group, s);
    if (s.missing > 0) return grow(group, s);
    shrink(group, s);
  }

  void grow(const group_view& group, const shape& s) {
    members ready;
    for (const auto learner : s.useful)
      if (group.has_caught_up(learner)) ready.push_back(learner);
    // All at once: between one voter and three there is no state that the loss of one node ends.
    if (ready.size() == s.missing)
      return settle_members(group, with_silent(joined(s.keep, ready), s), {});
    if (!ready.empty() && replace_lost(group, s, ready)) return;
    if (s.useful.size() < s.missing) add_best(group, s);
  }

  /// Learners take the place of voters that are gone, without waiting for the other learners.
  bool replace_lost(const group_view& group, const shape& s, const members& ready) {
    auto others = joined(s.leaving, s.dead);
    std::stable_sort(others.begin(), others.end(), [&](member_number a, member_number b) {
      return group.hears(a) > group.hears(b);
    });
    if (others.size() < ready.size() || group.hears(others.back())) return false;
    others.resize(others.size() - ready.size());
    members still;
    for (const auto learner : s.useful)
      if (!group.has_caught_up(learner)) still.push_back(learner);
    const auto before = found_.size();
    settle_members(group, joined(joined(s.keep, others), ready), still);
    return found_.size() > before;
  }

  void add_best(const group_view& group, const shape& s) {
    const auto there = joined(s.keep, s.useful);
    const place* best = nullptr;
    const auto cost = [&](const place& one) {
      return std::tuple{neighbours(joined(there, {member_of(one.node.number, 0)})), one.replicas,
                        one.node.number};
    };
    for (const auto& [number, place] : places_) {
      if (!place.node.usable() || on_node(there, number)) continue;
      if (best == nullptr || cost(place) < cost(*best)) best = &place;
    }
    if (best != nullptr) add(group, best->node.number, rank::grow);
  }

  void shrink(const group_view& group, const shape& s) {
    if (s.keep.size() > options_.replication)
      return settle_members(group, without(s.keep, worst_of(s.keep)), {});
    if (s.complete(options_.replication)) resting_.push_back(&group);
    if (!s.only_kept()) settle_members(group, with_silent(s.keep, s), {});
  }

  /// With nobody to take its place, a voter that is only silent stays: it may come back.
  members with_silent(const members& voters, const shape& s) const {
    return joined(voters, first_of(s.dead, options_.replication - voters.size()));
  }

  /// Whom to leave out: so that regions are spread best, then from where most replicas are.
  member_number worst_of(const members& all) {
    const auto cost = [&](member_number one) {
      return std::tuple{neighbours(without(all, one)), -place_of(one).replicas};
    };
    return *std::min_element(all.begin(), all.end(), [&](member_number a, member_number b) {
      return cost(a) < cost(b);
    });
  }

  /// A group with one replica more than it needs: the newcomer stays unless that makes it worse.
  void finish_move(const group_view& group, const shape& s) {
    const auto newcomer = s.useful.front();
    const auto out = worst_of(joined(s.keep, {newcomer}));
    --place_of(out).replicas;
    if (out == newcomer) return settle_members(group, group.members.voters, {});
    moving_.insert({node_of(out), node_of(newcomer)});
    const bool all_here = std::all_of(s.keep.begin(), s.keep.end(),
                                      [&](member_number voter) { return group.hears(voter); });
    if (all_here && group.has_caught_up(newcomer))
      settle_members(group, joined(without(s.keep, out), {newcomer}), {});
  }

  // -- what makes the cluster better --------------------------------------------------------------

  bool may_move(const group_view& group) const {
    return !moved_.contains(group.partition) && filled_ < options_.learners_max &&
           std::all_of(group.members.voters.begin(), group.members.voters.end(),
                       [&](member_number voter) { return usable(voter) && group.hears(voter); });
  }

  void move(const group_view& group, member_number from, node_number to, rank why) {
    --place_of(from).replicas;
    moving_.insert({node_of(from), to});
    moved_.insert(group.partition);
    add(group, to, why);
  }

  void spread(const group_view& group) {
    const auto& voters = group.members.voters;
    if (!may_move(group) || neighbours(voters) == 0) return;
    using way = std::tuple<std::size_t, std::int64_t, node_number, member_number>;
    way best{neighbours(voters), 0, 0, 0};
    for (const auto& [number, place] : places_) {
      if (!place.node.usable() || on_node(voters, number)) continue;
      const auto all = joined(voters, {member_of(number, 0)});
      const auto out = worst_of(all);
      if (moving_.contains({node_of(out), number})) continue;
      const auto left = neighbours(without(all, out));
      if (left < std::get<0>(best) ||
          (std::get<2>(best) != 0 && way{left, place.replicas, number, out} < best))
        best = {left, place.replicas, number, out};
    }
    const auto [left, replicas, to, out] = best;
    if (to != 0) move(group, out, to, rank::spread);
  }

  void even_replicas() {
    std::vector<std::pair<std::int64_t, node_number>> by_replicas;
    for (const auto& [number, place] : places_)
      if (place.node.usable()) by_replicas.push_back({place.replicas, number});
    std::sort(by_replicas.begin(), by_replicas.end());
    for (auto most = by_replicas.rbegin(); most != by_replicas.rend(); ++most)
      for (const auto& [few, least] : by_replicas)
        if (most->first - few >= 2 && filled_ < options_.learners_max)
          even_pair(most->second, least);
  }

  /// One replica from one node to the other, when that does not bring regions together.
  void even_pair(node_number from, node_number to) {
    if (places_[from].replicas - places_[to].replicas < 2 || moving_.contains({from, to})) return;
    for (const auto* group : resting_) {
      const auto& voters = group->members.voters;
      if (!on_node(voters, from) || on_node(voters, to) || !may_move(*group)) continue;
      const auto out = *std::find_if(voters.begin(), voters.end(), [&](member_number voter) {
        return node_of(voter) == from;
      });
      if (neighbours(joined(without(voters, out), {member_of(to, 0)})) > neighbours(voters))
        continue;
      return move(*group, out, to, rank::even);
    }
  }

  // -- orders -------------------------------------------------------------------------------------

  void add(const group_view& group, node_number node, rank why) {
    if (filled_ >= options_.learners_max) return;
    ++filled_;
    ++places_[node].replicas;
    found_.push_back({why, {group.partition, group.index, add_learner{node}}});
  }

  void settle_members(const group_view& group, members voters, members learners) {
    if (std::find(voters.begin(), voters.end(), group.leader) == voters.end()) {
      if (const auto heir = heir_among(group, voters); heir != 0) {
        found_.push_back({rank::finish, {group.partition, group.index, lead{heir}}});
        return;
      }
      // Nobody of those that stay leads yet: the leader votes until one of the new ones does.
      voters.push_back(group.leader);
    }
    std::sort(voters.begin(), voters.end());
    std::sort(learners.begin(), learners.end());
    const auto& now = group.members;
    if ((voters == now.voters && learners == now.learners) || !decides(group, voters)) return;
    found_.push_back({rank::finish, {group.partition, group.index,
                                     settle{std::move(voters), std::move(learners)}}});
  }

  member_number heir_among(const group_view& group, const members& voters) const {
    for (const auto voter : voters)
      if (group.members.votes(voter) && usable(voter) && group.has_caught_up(voter)) return voter;
    return 0;
  }

  const cluster_view& view_;
  const placement_options& options_;
  std::map<node_number, place> places_;
  std::size_t filled_ = 0;  ///< learners that do not reach the end of the log yet
  std::vector<const group_view*> resting_;
  std::set<std::pair<node_number, node_number>> moving_;
  std::set<partition_number> moved_;
  std::vector<std::pair<rank, order>> found_;
};

}  // namespace

std::vector<order> orders_for(const cluster_view& view) { return placing{view}.orders(); }

}  // namespace resalehub::placement
