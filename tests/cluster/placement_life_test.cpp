#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "tests/support/placed_cluster.hpp"

namespace resalehub::placement {

namespace {

placed_cluster grown(std::uint16_t partitions, node_number nodes) {
  placed_cluster cluster{partitions};
  for (node_number number = 2; number <= nodes; ++number) cluster.join();
  cluster.rest(2000);
  return cluster;
}

void is_even(const placed_cluster& cluster, std::size_t voters) {
  CHECK(cluster.replica_spread() <= 1);
  CHECK(cluster.leader_spread() <= 1);
  CHECK(cluster.voters_min() == voters);
  CHECK(cluster.voters_max() == voters);
}

}  // namespace

// -- whole lives ----------------------------------------------------------------------------------

TEST_CASE("a cluster that grows from one to three to five nodes and back is even at each rest") {
  placed_cluster cluster{64};
  CHECK(cluster.rest(10) <= 10);
  CHECK(cluster.orders_given == 0);

  cluster.join();
  cluster.join();
  cluster.rest(200);
  is_even(cluster, 3);
  CHECK(cluster.learners_added == 128);
  CHECK(cluster.orders_given <= 64 * 3 + 64);

  cluster.orders_given = cluster.learners_added = 0;
  cluster.join();
  cluster.join();
  cluster.rest(400);
  is_even(cluster, 3);
  CHECK(cluster.learners_added <= 80);  // 2/5 of 192 are 76.8
  CHECK(cluster.orders_given <= 80 * 3 + 64);

  cluster.orders_given = cluster.learners_added = 0;
  cluster.stand(5, node_standing::draining);
  cluster.stand(4, node_standing::draining);
  cluster.rest(400);
  CHECK(cluster.replicas_on(4) + cluster.replicas_on(5) == 0);
  is_even(cluster, 3);
  CHECK(cluster.learners_added <= 80);
  CHECK(cluster.orders_given <= 80 * 3 + 64);
}

TEST_CASE("nodes that join one after the other are used at once") {
  placed_cluster cluster{64};
  for (node_number number = 2; number <= 7; ++number) {
    cluster.join();
    cluster.rest(400);
    is_even(cluster, std::min<std::size_t>(number, 3));
  }
}

TEST_CASE("three nodes become two and one when they are told to leave") {
  auto cluster = grown(16, 3);
  cluster.stand(1, node_standing::draining);
  cluster.rest(200);
  is_even(cluster, 2);
  CHECK(cluster.replicas_on(1) == 0);
  cluster.stand(3, node_standing::draining);
  cluster.rest(200);
  is_even(cluster, 1);
  CHECK(cluster.leaders_on(2) == 16);
}

TEST_CASE("a dead node is replaced when it was dead for long, and is used again when it returns") {
  auto cluster = grown(64, 4);
  cluster.crash(2);
  cluster.orders_given = 0;
  cluster.learners_added = 0;
  cluster.rest(200);
  CHECK(cluster.learners_added == 0);
  CHECK(cluster.replicas_on(2) == 48);
  cluster.bury(2);
  cluster.rest(200);
  CHECK(cluster.replicas_on(2) == 0);
  is_even(cluster, 3);
  cluster.restart(2);
  cluster.rest(400);
  is_even(cluster, 3);
  CHECK(cluster.replicas_on(2) == 48);
}

TEST_CASE("a node that was lost and whose name joined again is replaced at once") {
  auto cluster = grown(64, 3);
  cluster.crash(3);
  cluster.stand(3, node_standing::removed);
  cluster.join();
  cluster.rest(200);
  CHECK(cluster.replicas_on(3) == 0);
  CHECK(cluster.replicas_on(4) == 64);
  is_even(cluster, 3);
}

TEST_CASE("a node that is drained keeps no replica and leads nothing; kept, it is used again") {
  auto cluster = grown(64, 4);
  cluster.stand(1, node_standing::draining);
  cluster.rest(200);
  CHECK(cluster.replicas_on(1) == 0);
  is_even(cluster, 3);
  cluster.stand(1, node_standing::active);
  cluster.rest(400);
  is_even(cluster, 3);
}

TEST_CASE("a node whose disk is full keeps its replicas, leads nothing and gets nothing new") {
  auto cluster = grown(64, 3);
  cluster.nodes[2].crowded = true;
  cluster.rest(2000);
  CHECK(cluster.leaders_on(3) == 0);
  CHECK(cluster.replicas_on(3) == 64);
  cluster.join();
  cluster.rest(2000);
  CHECK(cluster.leaders_on(3) == 0);
  CHECK(cluster.voters_min() == 3);
  cluster.nodes[2].crowded = false;
  cluster.rest(2000);
  is_even(cluster, 3);
}

TEST_CASE("leaders stay where they are when every disk is full") {
  auto cluster = grown(64, 3);
  for (auto& node : cluster.nodes) node.crowded = true;
  const auto before = cluster.orders_given;
  cluster.rest(2000);
  CHECK(cluster.orders_given == before);
  CHECK(cluster.leaders_on(1) > 0);
}

TEST_CASE("no two voters of a group share a region when there are enough regions") {
  placed_cluster cluster{64, "a"};
  cluster.join("a");
  cluster.join("a");
  cluster.rest(200);
  is_even(cluster, 3);
  for (const auto* region : {"b", "b", "c", "c", "c"}) cluster.join(region);
  cluster.rest(1000);
  for (std::size_t group = 0; group < 64; ++group) {
    std::set<std::string> regions;
    for (const auto node : cluster.voters_of(group))
      regions.insert(cluster.nodes.at(node - 1).region);
    CHECK(regions.size() == 3);
  }
  CHECK(cluster.replicas_on(4) == 32);
  CHECK(cluster.replicas_on(5) == 32);
  for (const node_number node : {1, 2, 3, 6, 7, 8})
    CHECK((cluster.replicas_on(node) == 21 || cluster.replicas_on(node) == 22));
  CHECK(cluster.leader_spread() <= 1);
}

TEST_CASE("a moved group is no heavier for the cluster than a few learners at a time") {
  auto cluster = grown(64, 3);
  cluster.join();
  cluster.options.learners_max = 2;
  for (int i = 0; i < 100; ++i) {
    cluster.round();
    std::size_t learners = 0;
    for (const auto& group : cluster.groups) learners += group.members.learners.size();
    CHECK(learners <= 6);
  }
}

TEST_CASE("loads come to a rest") {
  auto cluster = grown(64, 5);
  std::mt19937_64 chance{7};
  for (auto& group : cluster.groups) group.load = chance() % 1000 * (chance() % 10 == 0 ? 5 : 1);
  cluster.rest(500);
  is_even(cluster, 3);
  std::vector<std::uint64_t> loads(5);
  for (const auto& group : cluster.groups) loads.at(node_of(group.leader) - 1) += group.load;
  const auto [least, most] = std::minmax_element(loads.begin(), loads.end());
  std::uint64_t sum = 0;
  for (const auto load : loads) sum += load;
  CHECK((*most - *least) * 100 <= sum / 5 * 25);
}

// -- anything -------------------------------------------------------------------------------------

namespace {

/// Something happens that leaves every group a majority and room for two nodes at least.
void happen(placed_cluster& cluster, std::mt19937_64& chance) {
  const auto count = cluster.nodes.size();
  const auto node = static_cast<node_number>(chance() % count + 1);
  const auto& one = cluster.nodes.at(node - 1);
  const auto usable = std::count_if(cluster.nodes.begin(), cluster.nodes.end(),
                                    [](const node_view& each) { return each.usable(); });
  const auto silent = std::count_if(cluster.nodes.begin(), cluster.nodes.end(),
                                    [](const node_view& each) {
                                      return !each.reachable &&
                                             each.standing != node_standing::removed;
                                    });
  switch (chance() % 7) {
    case 0:
      if (count < 9) cluster.join(std::string(1, static_cast<char>('a' + chance() % 3)));
      break;
    case 1:
      if (usable > 3 && silent == 0) cluster.crash(node);
      break;
    case 2:
      if (!one.reachable) cluster.bury(node);
      break;
    case 3:
    case 4:
      if (one.standing != node_standing::removed) cluster.restart(node);
      break;
    case 5:
      if (usable > 2 && one.standing == node_standing::active)
        cluster.stand(node, node_standing::draining);
      break;
    default:
      if (one.standing == node_standing::draining) cluster.stand(node, node_standing::active);
  }
}

}  // namespace

TEST_CASE("whatever happens, no order takes a majority away, and there is a rest") {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    INFO("seed " << seed);
    std::mt19937_64 chance{seed};
    placed_cluster cluster{static_cast<std::uint16_t>(1 + chance() % 24), "a"};
    cluster.fill_rounds = 1 + chance() % 6;
    cluster.options.orders_max = 8 + chance() % 16;
    cluster.options.learners_max = 1 + chance() % 16;
    for (int step = 0; step < 300; ++step) {
      if (chance() % 4 == 0) happen(cluster, chance);
      cluster.round();
    }
    for (const auto& one : cluster.nodes) cluster.restart(one.number);
    cluster.rest(1500);
    const auto active = std::count_if(cluster.nodes.begin(), cluster.nodes.end(),
                                      [](const node_view& each) { return each.usable(); });
    CHECK(cluster.voters_min() == std::min<std::size_t>(3, static_cast<std::size_t>(active)));
    CHECK(cluster.voters_max() == cluster.voters_min());
    CHECK(cluster.leader_spread() <= 1);
    for (const auto& one : cluster.nodes)
      if (one.standing != node_standing::active) CHECK(cluster.replicas_on(one.number) == 0);
    for (auto& group : cluster.groups) CHECK(group.members.learners.empty());
    // Without regions numbers are even, too.
    for (auto& one : cluster.nodes) one.region.clear();
    cluster.rest(1500);
    CHECK(cluster.replica_spread() <= 1);
    CHECK(cluster.leader_spread() <= 1);
  }
}

}  // namespace resalehub::placement
