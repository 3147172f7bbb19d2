#include "cluster/placement.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

namespace resalehub::placement {

namespace {

member_number on(node_number node) { return member_of(node, 1); }

/// A group with a voter on each of these nodes, led from the first, all well.
group_view group_on(const std::vector<node_number>& voters,
                    const std::vector<node_number>& learners = {}) {
  group_view made;
  made.partition = 0;
  made.index = 7;
  for (const auto node : voters) made.members.voters.push_back(on(node));
  for (const auto node : learners) made.members.learners.push_back(on(node));
  made.leader = on(voters.front());
  for (const auto node : voters) made.progress.push_back({on(node), true, true});
  for (const auto node : learners) made.progress.push_back({on(node), true, true});
  std::sort(made.members.voters.begin(), made.members.voters.end());
  return made;
}

cluster_view cluster_of(node_number nodes, std::vector<group_view> groups) {
  cluster_view made;
  for (node_number number = 1; number <= nodes; ++number)
    made.nodes.push_back({number, {}, node_standing::active, true, false});
  made.groups = std::move(groups);
  return made;
}

void silence(cluster_view& view, node_number node) {
  view.nodes.at(node - 1).reachable = false;
  for (auto& group : view.groups)
    for (auto& one : group.progress)
      if (node_of(one.member) == node) one.active = one.caught_up = false;
}
void bury(cluster_view& view, node_number node) {
  silence(view, node);
  view.nodes.at(node - 1).dead = true;
}
void stand(cluster_view& view, node_number node, node_standing standing) {
  view.nodes.at(node - 1).standing = standing;
}

order settling(const std::vector<node_number>& voters,
               const std::vector<node_number>& learners = {}) {
  settle what;
  for (const auto node : voters) what.voters.push_back(on(node));
  for (const auto node : learners) what.learners.push_back(on(node));
  return {0, 7, what};
}
order adding(node_number node) { return {0, 7, add_learner{node}}; }
order leading(node_number node) { return {0, 7, lead{on(node)}}; }

using orders = std::vector<order>;

}  // namespace

// -- what is not ordered --------------------------------------------------------------------------

TEST_CASE("nothing is ordered of a group that changes, has no leader or no majority") {
  auto joint = group_on({1});
  joint.members.outgoing = {on(2)};
  CHECK(orders_for(cluster_of(3, {joint})).empty());

  auto leaderless = group_on({1});
  leaderless.leader = 0;
  CHECK(orders_for(cluster_of(3, {leaderless})).empty());

  auto lost = cluster_of(4, {group_on({1, 2, 3})});
  bury(lost, 2);
  bury(lost, 3);
  CHECK(orders_for(lost).empty());

  auto unheard = cluster_of(3, {group_on({1})});
  unheard.nodes[0].reachable = false;
  CHECK(orders_for(unheard).empty());
}

TEST_CASE("nothing is ordered when all is well") {
  CHECK(orders_for(cluster_of(1, {group_on({1})})).empty());
  CHECK(orders_for(cluster_of(3, {group_on({1, 2, 3})})).empty());
  CHECK(orders_for(cluster_of(4, {group_on({1, 2, 3})})).empty());
  CHECK(orders_for({}).empty());
}

TEST_CASE("a silent node's voters stay until it is dead") {
  auto view = cluster_of(4, {group_on({1, 2, 3})});
  silence(view, 3);
  CHECK(orders_for(view).empty());
  bury(view, 3);
  CHECK(orders_for(view) == orders{adding(4)});
}

TEST_CASE("a group never shrinks for a dead node that nobody replaces") {
  auto view = cluster_of(3, {group_on({1, 2, 3})});
  bury(view, 3);
  CHECK(orders_for(view).empty());
  stand(view, 2, node_standing::draining);
  CHECK(orders_for(view).empty());
}

TEST_CASE("no voter leaves when the rest could not decide") {
  auto view = cluster_of(3, {group_on({1, 2, 3})});
  silence(view, 2);
  stand(view, 3, node_standing::draining);
  CHECK(orders_for(view).empty());
}

// -- growing --------------------------------------------------------------------------------------

TEST_CASE("one voter becomes three at once, when both learners have caught up") {
  CHECK(orders_for(cluster_of(3, {group_on({1})})) == orders{adding(2)});
  CHECK(orders_for(cluster_of(3, {group_on({1}, {2})})) == orders{adding(3)});
  auto filling = cluster_of(3, {group_on({1}, {2, 3})});
  filling.groups[0].progress.back().caught_up = false;
  CHECK(orders_for(filling).empty());
  CHECK(orders_for(cluster_of(3, {group_on({1}, {2, 3})})) == orders{settling({1, 2, 3})});
}

TEST_CASE("with two nodes there are two voters") {
  CHECK(orders_for(cluster_of(2, {group_on({1}, {2})})) == orders{settling({1, 2})});
}

TEST_CASE("a learner goes where no voter's region is, then where the fewest replicas are") {
  auto view = cluster_of(4, {group_on({1, 2})});
  view.nodes[0].region = view.nodes[1].region = view.nodes[2].region = "east";
  view.nodes[3].region = "west";
  CHECK(orders_for(view) == orders{adding(4)});
  view = cluster_of(4, {group_on({1, 2}), group_on({1, 2, 3})});
  view.groups[1].partition = 1;
  CHECK(orders_for(view).at(0) == adding(4));
}

TEST_CASE("learners that are not needed or whose node is gone leave") {
  CHECK(orders_for(cluster_of(5, {group_on({1, 2, 3}, {4, 5})})).size() == 1);
  auto view = cluster_of(4, {group_on({1, 2}, {3})});
  silence(view, 3);
  CHECK(orders_for(view) == orders{settling({1, 2})});
  view = cluster_of(4, {group_on({1, 2}, {3, 4})});
  CHECK(orders_for(view) == orders{settling({1, 2}, {3})});
}

TEST_CASE("a newcomer takes the place of the fullest node's voter, or leaves when it is fullest") {
  const auto others = [](cluster_view view, std::vector<std::vector<node_number>> groups) {
    for (const auto& nodes : groups) {
      view.groups.push_back(group_on(nodes));
      view.groups.back().partition = static_cast<partition_number>(view.groups.size() - 1);
    }
    return orders_for(view).at(0);
  };
  const auto moving = cluster_of(4, {group_on({1, 2, 3}, {4})});
  CHECK(others(moving, {{1, 2, 3}, {1, 2, 4}, {1, 2, 4}}) == leading(2));
  CHECK(others(moving, {{1, 2, 3}, {1, 2, 3}, {1, 2, 4}, {2, 3, 4}}) == settling({1, 3, 4}));
  CHECK(others(moving, {{1, 2, 4}, {2, 3, 4}, {1, 3, 4}}) == settling({1, 2, 3}));
}

// -- replacing ------------------------------------------------------------------------------------

TEST_CASE("a dead voter is replaced in one change") {
  auto view = cluster_of(4, {group_on({1, 2, 3}, {4})});
  bury(view, 3);
  CHECK(orders_for(view) == orders{settling({1, 2, 4})});
}

TEST_CASE("a dead voter's place is not kept waiting for that of one that leaves") {
  auto view = cluster_of(5, {group_on({1, 2, 3}, {4, 5})});
  bury(view, 3);
  stand(view, 2, node_standing::draining);
  view.groups[0].progress.back().caught_up = false;
  CHECK(orders_for(view) == orders{settling({1, 2, 4}, {5})});
}

TEST_CASE("a group shrinks when a node was told to leave and nobody replaces it") {
  auto view = cluster_of(3, {group_on({1, 2, 3})});
  stand(view, 3, node_standing::draining);
  CHECK(orders_for(view) == orders{settling({1, 2})});
  stand(view, 2, node_standing::draining);
  CHECK(orders_for(view) == orders{settling({1})});
  auto gone = cluster_of(3, {group_on({1, 2, 3})});
  gone.nodes.pop_back();
  CHECK(orders_for(gone) == orders{settling({1, 2})});
}

TEST_CASE("a leader hands over before it leaves") {
  auto view = cluster_of(4, {group_on({1, 2, 3}, {4})});
  stand(view, 1, node_standing::draining);
  CHECK(orders_for(view) == orders{leading(2)});
  auto alone = cluster_of(2, {group_on({1}, {2})});
  stand(alone, 1, node_standing::draining);
  CHECK(orders_for(alone) == orders{settling({1, 2})});
  alone.groups[0] = group_on({1, 2});
  CHECK(orders_for(alone) == orders{leading(2)});
  alone.groups[0] = group_on({2, 1});
  CHECK(orders_for(alone) == orders{settling({2})});
}

// -- leaderships ----------------------------------------------------------------------------------

TEST_CASE("leaders move to even numbers, also by way of a third node") {
  std::vector<group_view> groups;
  const auto add = [&](node_number leader, node_number other) {
    groups.push_back(group_on({leader, other}));
    groups.back().partition = static_cast<partition_number>(groups.size() - 1);
  };
  for (int i = 0; i < 3; ++i) add(1, 2);
  for (int i = 0; i < 2; ++i) add(2, 3);
  add(3, 2);
  auto view = cluster_of(3, groups);
  view.options.replication = 2;
  view.options.learners_max = 0;  // no replica moves meanwhile
  const auto made = orders_for(view);
  REQUIRE(made.size() == 2);
  CHECK(made[0] == order{3, 7, lead{on(3)}});
  CHECK(made[1] == order{0, 7, lead{on(2)}});
}

TEST_CASE("a voter that has not caught up does not lead") {
  auto first = group_on({1, 2});
  auto second = group_on({1, 2});
  second.partition = 1;
  auto view = cluster_of(2, {first, second});
  CHECK(orders_for(view).size() == 1);
  for (auto& group : view.groups) group.progress[1].caught_up = false;
  CHECK(orders_for(view).empty());
}

TEST_CASE("even numbers of leaders with uneven loads swap a hot one and a cold one") {
  std::vector<group_view> groups;
  for (const std::uint64_t load : {900, 800, 100, 50}) {
    groups.push_back(load > 100 ? group_on({1, 2}) : group_on({2, 1}));
    groups.back().partition = static_cast<partition_number>(groups.size() - 1);
    groups.back().load = load;
  }
  auto view = cluster_of(2, groups);
  const auto made = orders_for(view);
  REQUIRE(made.size() == 2);
  CHECK(made[0] == order{1, 7, lead{on(2)}});
  CHECK(made[1] == order{3, 7, lead{on(1)}});
  view.options.load_skew_min = 2000;
  CHECK(orders_for(view).empty());
  view.options.load_skew_min = 100;
  view.options.load_skew_percent = 200;
  CHECK(orders_for(view).empty());
}

}  // namespace resalehub::placement
