#include "tests/support/placed_cluster.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <utility>

namespace resalehub::placement {

namespace {

std::size_t spread_of(const std::vector<std::size_t>& counts) {
  if (counts.empty()) return 0;
  const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
  return *most - *least;
}

}  // namespace

placed_cluster::placed_cluster(std::uint16_t partitions, std::string region) {
  const auto first = join(std::move(region));
  for (std::uint16_t partition = 0; partition < partitions; ++partition) {
    group_view made;
    made.partition = partition;
    made.members.voters = {member_of(first, ++last_life_)};
    made.leader = made.members.voters.front();
    made.index = 1;
    groups.push_back(std::move(made));
  }
}

// -- what happens to nodes ------------------------------------------------------------------------

node_number placed_cluster::join(std::string region) {
  const auto number = static_cast<node_number>(nodes.size() + 1);
  nodes.push_back({number, std::move(region), node_standing::active, true, false});
  return number;
}
void placed_cluster::crash(node_number node) { nodes.at(node - 1).reachable = false; }
void placed_cluster::bury(node_number node) {
  crash(node);
  nodes.at(node - 1).dead = true;
}
void placed_cluster::restart(node_number node) {
  nodes.at(node - 1).reachable = true;
  nodes.at(node - 1).dead = false;
}
void placed_cluster::stand(node_number node, node_standing standing) {
  nodes.at(node - 1).standing = standing;
}

// -- what is seen ---------------------------------------------------------------------------------

cluster_view placed_cluster::seen() const {
  cluster_view view{nodes, groups, options};
  for (auto& group : view.groups) {
    if (group.leader == 0) continue;
    for (const auto* list : {&group.members.voters, &group.members.learners})
      for (const auto member : *list)
        if (member != group.leader)
          group.progress.push_back({member, alive(member), full(member) && alive(member)});
  }
  return view;
}

bool placed_cluster::decides(const std::vector<member_number>& voters) const {
  const auto count = std::count_if(voters.begin(), voters.end(),
                                   [&](member_number voter) { return alive(voter); });
  return static_cast<std::size_t>(count) > voters.size() / 2;
}

std::size_t placed_cluster::replicas_on(node_number node) const {
  std::size_t count = 0;
  for (const auto& group : groups)
    for (const auto* list : {&group.members.voters, &group.members.learners})
      for (const auto member : *list) count += node_of(member) == node;
  return count;
}
std::size_t placed_cluster::leaders_on(node_number node) const {
  std::size_t count = 0;
  for (const auto& group : groups) count += node_of(group.leader) == node;
  return count;
}
std::set<node_number> placed_cluster::voters_of(std::size_t group) const {
  std::set<node_number> found;
  for (const auto voter : groups.at(group).members.voters) found.insert(node_of(voter));
  return found;
}

std::size_t placed_cluster::replica_spread() const {
  std::vector<std::size_t> counts;
  for (const auto& one : nodes)
    if (one.usable()) counts.push_back(replicas_on(one.number));
  return spread_of(counts);
}
std::size_t placed_cluster::leader_spread() const {
  std::vector<std::size_t> counts;
  for (const auto& one : nodes)
    if (one.usable()) counts.push_back(leaders_on(one.number));
  return spread_of(counts);
}
std::size_t placed_cluster::voters_min() const {
  std::size_t least = 1000;
  for (const auto& group : groups) least = std::min(least, group.members.voters.size());
  return least;
}
std::size_t placed_cluster::voters_max() const {
  std::size_t most = 0;
  for (const auto& group : groups) most = std::max(most, group.members.voters.size());
  return most;
}

// -- what is obeyed -------------------------------------------------------------------------------

void placed_cluster::obey(const order& one) {
  auto& group = groups.at(one.partition);
  REQUIRE(group.index == one.index);
  REQUIRE(!group.members.joint());
  REQUIRE(group.leader != 0);
  REQUIRE(alive(group.leader));
  std::visit([&](const auto& what) { obey(group, what); }, one.what);
}

void placed_cluster::obey(group_view& group, const add_learner& what) {
  REQUIRE(decides(group.members.voters));
  REQUIRE(node(what.node).usable());
  for (const auto* list : {&group.members.voters, &group.members.learners})
    for (const auto member : *list) REQUIRE(node_of(member) != what.node);
  const auto made = member_of(what.node, ++last_life_);
  auto& learners = group.members.learners;
  learners.insert(std::lower_bound(learners.begin(), learners.end(), made), made);
  filling_[made] = fill_rounds;
  ++group.index;
  ++learners_added;
}

void placed_cluster::obey(group_view& group, const settle& what) {
  const auto before = group.members;
  REQUIRE(decides(before.voters));
  REQUIRE(decides(what.voters));
  REQUIRE(std::is_sorted(what.voters.begin(), what.voters.end()));
  REQUIRE(std::is_sorted(what.learners.begin(), what.learners.end()));
  const membership wanted{what.voters, what.learners, {}};
  REQUIRE_FALSE(wanted == before);
  std::set<node_number> places;
  std::size_t changed = 0;
  for (const auto voter : what.voters) {
    REQUIRE(places.insert(node_of(voter)).second);
    if (before.votes(voter)) continue;
    REQUIRE(std::binary_search(before.learners.begin(), before.learners.end(), voter));
    REQUIRE((full(voter) && alive(voter)));
    ++changed;
  }
  for (const auto learner : what.learners)
    REQUIRE(std::binary_search(before.learners.begin(), before.learners.end(), learner));
  for (const auto voter : before.voters) changed += !wanted.votes(voter);
  group.members = wanted;
  if (changed > 1) group.members.outgoing = before.voters;
  ++group.index;
}

void placed_cluster::obey(group_view& group, const lead& what) {
  REQUIRE(what.member != group.leader);
  REQUIRE(group.members.votes(what.member));
  REQUIRE((full(what.member) && alive(what.member)));
  group.leader = what.member;
}

void placed_cluster::pass_time(group_view& group) {
  auto& members = group.members;
  if (members.joint() && decides(members.voters) && decides(members.outgoing)) {
    members.outgoing.clear();
    ++group.index;
  }
  if (!members.votes(group.leader) || !alive(group.leader)) group.leader = 0;
  if (group.leader == 0 && decides(members.voters) && !members.joint())
    group.leader = *std::find_if(members.voters.begin(), members.voters.end(),
                                 [&](member_number voter) { return alive(voter); });
  for (const auto learner : members.learners) {
    const auto found = filling_.find(learner);
    if (found != filling_.end() && group.leader != 0 && alive(learner) && --found->second == 0)
      filling_.erase(found);
  }
}

std::size_t placed_cluster::round() {
  const auto view = seen();
  const auto orders = orders_for(view);
  REQUIRE(orders == orders_for(view));
  REQUIRE(orders.size() <= options.orders_max);
  std::set<partition_number> ordered;
  for (const auto& one : orders) {
    INFO("partition " << one.partition);
    REQUIRE(ordered.insert(one.partition).second);
    obey(one);
  }
  for (auto& group : groups) pass_time(group);
  orders_given += orders.size();
  return orders.size();
}

std::size_t placed_cluster::rest(std::size_t rounds_max) {
  std::size_t calm = 0;
  for (std::size_t rounds = 1; rounds <= rounds_max; ++rounds) {
    calm = round() == 0 ? calm + 1 : 0;
    if (calm > fill_rounds + 2) return rounds;
  }
  FAIL("orders go on after " << rounds_max << " rounds");
  return 0;
}

}  // namespace resalehub::placement
