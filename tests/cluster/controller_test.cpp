#include "cluster/controller.hpp"

#include "base/json.hpp"
#include "tests/support/every_entity.hpp"

namespace resalehub::controller {

using namespace given_words;

namespace {

const rules_of<state, command, event, query> rules{decide, apply, ask, show, index};
using given_controller = given<state, command, event, query>;

const entity_id system{};

join joining(const std::string& name, const std::string& key) {
  return {key, name, "east", name + ":7000", name + ":8080", name + ":9080", 64};
}
join replacing(node_number lost, const std::string& name, const std::string& key) {
  auto made = joining(name, key);
  made.replaces = lost;
  return made;
}
joined one_joined(node_number number, const std::string& name, const std::string& key) {
  return {number, key, name, "east", name + ":7000", name + ":8080", name + ":9080"};
}
announce announcing(node_number number, const std::string& name, const std::string& key) {
  return {number, key, "east", name + ":7000", name + ":8080", name + ":9080"};
}

partition_members members_on(placement::partition_number partition,
                             const std::vector<node_number>& nodes, std::uint64_t index) {
  partition_members made{partition, {}, index};
  for (const auto node : nodes) made.members.voters.push_back(member_of(node, 1));
  return made;
}

given_controller with(std::vector<event> history) { return {rules, controller_id(), history}; }
given_controller empty_one() { return with({}); }
given_controller trio() {
  return with({founded{64}, one_joined(1, "ann", "k1"), one_joined(2, "bob", "k2"),
               one_joined(3, "cid", "k3")});
}
given_controller after(event one) {
  auto made = with({founded{64}, one_joined(1, "ann", "k1"), one_joined(2, "bob", "k2"),
                    one_joined(3, "cid", "k3"), std::move(one)});
  return made;
}
given_controller draining() { return after(drain_begun{2}); }
given_controller with_removed() { return after(removed{2}); }

view seen(const given_controller& controller) {
  view found;
  REQUIRE(unpack(controller.ask(system, read{})->bytes, found));
  return found;
}

}  // namespace

TEST_CASE("the controller is one entity of partition 0") {
  CHECK(controller_id().slot == 0);
  CHECK(!controller_id().is_nobody());
  CHECK(controller_kind()->prefix == controller_id().kind);
  CHECK(entity_id_from_text(to_text(controller_id())) == controller_id());
  auto awake = controller_kind()->wake();
  CHECK(awake->decide(packed(command{joining("ann", "k1")}), {controller_id()}).ok());
}

TEST_CASE("only the system asks the controller") {
  const entity_id user{kind_prefix{"usr"}, 1, ulid{1}};
  trio().when(user, drain{1}).refused(code::not_found);
  trio().when(user, joining("dan", "k4")).refused(code::not_found);
  CHECK(trio().ask(user, read{}).problem().code == code::not_found);
  CHECK(trio().shown_to(user).empty());
}

TEST_CASE("words that are empty, too long or no plain ASCII are refused at their field") {
  const auto refused_at = [](command c) {
    const auto told = trio().when(system, std::move(c));
    told.refused(code::validation_failed);
    return told.why().errors.at(0).pointer;
  };
  auto bad = joining("dan", "");
  CHECK(refused_at(bad) == "/key");
  bad.key = std::string(key_bytes_max + 1, 'k');
  CHECK(refused_at(bad) == "/key");
  bad = joining("", "k4");
  CHECK(refused_at(bad) == "/name");
  bad = joining(std::string(name_bytes_max + 1, 'n'), "k4");
  CHECK(refused_at(bad) != "");
  bad = joining("dan", "k4");
  bad.name = "d\xC3\xA4n";
  CHECK(refused_at(bad) == "/name");
  bad = joining("dan", "k4");
  bad.region = std::string(region_bytes_max + 1, 'r');
  CHECK(refused_at(bad) == "/region");
  bad = joining("dan", "k4");
  bad.address = "";
  CHECK(refused_at(bad) == "/address");
  bad.address = "a b:1";
  CHECK(refused_at(bad) == "/address");
  auto moved_badly = announcing(1, "ann", "k1");
  moved_badly.http = std::string(address_bytes_max + 1, 'h');
  CHECK(refused_at(moved_badly) == "/http");
  moved_badly.http = {};
  moved_badly.admin = "a\nb";
  CHECK(refused_at(moved_badly) == "/admin");
}

TEST_CASE("who does not say how many partitions there are waits until the founder has joined") {
  auto joiner = joining("ann", "k1");
  joiner.partitions = 0;
  empty_one().when(system, joiner).refused(code::shard_unavailable);
}

TEST_CASE("a cluster has at most as many partitions as there are slots") {
  auto first = joining("ann", "k1");
  first.partitions = partitions_max + 1;
  empty_one().when(system, first).refused(code::validation_failed);
}

TEST_CASE("who was removed is refused for ever") {
  with_removed().when(system, joining("bob", "k2")).refused(code::gone);
  with_removed().when(system, announcing(2, "bob", "k2")).refused(code::gone);
  with_removed().when(system, drain{2}).refused(code::gone);
  with_removed().when(system, keep{2}).refused(code::gone);
}

TEST_CASE("a key belongs to one name, a number to one key") {
  trio().when(system, joining("dan", "k2")).refused(code::already_exists);
  trio().when(system, announcing(2, "bob", "k3")).refused(code::forbidden);
  trio().when(system, announcing(4, "dan", "k4")).refused(code::not_found);
}

TEST_CASE("nobody takes the place of a node that it was not told of") {
  const auto told = trio().when(system, joining("bob", "k9"));
  told.then();
  CHECK((told.said_as<welcome>() == welcome{0, 2, 0, {}}));
  auto replaced = trio().after(system, replacing(2, "bob", "k9"));
  const auto late = replaced.when(system, replacing(2, "bob", "k8"));
  late.then();
  CHECK((late.said_as<welcome>() == welcome{0, 4, 0, {}}));
  replaced.when(system, replacing(9, "dan", "k10")).then(one_joined(5, "dan", "k10"));
}

TEST_CASE("a node with replicas, or that was not drained, is not removed") {
  trio().when(system, remove{2}).refused(code::invalid_transition);
  auto holding = draining();
  holding.after(system, note{{members_on(5, {1, 2}, 9)}});
  holding.when(system, remove{2}).refused(code::invalid_transition);
  auto left = members_on(5, {1}, 10);
  left.members.outgoing = {member_of(1, 1), member_of(2, 1)};
  holding.after(system, note{{left}});
  holding.when(system, remove{2}).refused(code::invalid_transition);
  left = members_on(5, {1}, 11);
  left.members.learners = {member_of(2, 7)};
  holding.after(system, note{{left}});
  holding.when(system, remove{2}).refused(code::invalid_transition);
  holding.after(system, note{{members_on(5, {1}, 12)}});
  holding.when(system, remove{2}).then(removed{2});
}

TEST_CASE("the last node that would stay is neither drained nor forsaken") {
  const auto alone = with({founded{64}, one_joined(1, "ann", "k1"), one_joined(2, "bob", "k2"),
                           drain_begun{2}});
  alone.when(system, drain{1}).refused(code::invalid_transition);
  alone.when(system, forsake{1}).refused(code::invalid_transition);
  alone.when(system, forsake{2}).then(removed{2});
}

TEST_CASE("members are noted of partitions and nodes that there are, in order") {
  trio().when(system, note{{members_on(64, {1}, 1)}}).refused(code::validation_failed);
  trio().when(system, note{{members_on(0, {}, 1)}}).refused(code::validation_failed);
  trio().when(system, note{{members_on(0, {4}, 1)}}).refused(code::validation_failed);
  trio().when(system, note{{members_on(0, {0}, 1)}}).refused(code::validation_failed);
  trio().when(system, note{{members_on(0, {2, 1}, 1)}}).refused(code::validation_failed);
  trio().when(system, note{{members_on(0, {1, 1}, 1)}}).refused(code::validation_failed);
  auto unknown = members_on(0, {1}, 1);
  unknown.members.learners = {member_of(9, 1)};
  trio().when(system, note{{unknown}}).refused(code::validation_failed);
  auto many = members_on(0, {1}, 1);
  for (std::uint32_t life = 0; life <= members_max; ++life)
    many.members.outgoing.push_back(member_of(1, life));
  trio().when(system, note{{many}}).refused(code::validation_failed);
  const note flood{std::vector(noted_max + 1, members_on(0, {1}, 1))};
  trio().when(system, flood).refused(code::limit_exceeded);
}

TEST_CASE("a cluster has at most so many nodes, removed ones too") {
  std::vector<event> history{founded{64}};
  for (node_number number = 1; number <= nodes_max; ++number) {
    const auto text = std::to_string(number);
    history.push_back(one_joined(number, "n" + text, "k" + text));
  }
  with(history).when(system, joining("late", "late")).refused(code::limit_exceeded);
  with(history).when(system, joining("n7", "k7")).then();
}

TEST_CASE("nodes get their numbers one after the other; the first decides on partitions") {
  const auto first = empty_one().when(system, joining("ann", "k1"));
  first.then(founded{64}, one_joined(1, "ann", "k1"));
  CHECK((first.said_as<welcome>() == welcome{1, 0, 64, {}}));
  auto asks_for_more = joining("dan", "k4");
  asks_for_more.partitions = 128;
  const auto fourth = with_removed().when(system, asks_for_more);
  fourth.then(one_joined(4, "dan", "k4"));
  CHECK((fourth.said_as<welcome>() ==
         welcome{4, 0, 64, {{1, "ann", "ann:7000"}, {3, "cid", "cid:7000"}}}));
}

TEST_CASE("the same data directory has the same number, and may move") {
  const auto again = trio().when(system, joining("bob", "k2"));
  again.then();
  CHECK(again.said_as<welcome>().number == 2);
  CHECK(again.said_as<welcome>().peers.size() == 2);
  auto elsewhere = joining("bob", "k2");
  elsewhere.region = "west";
  elsewhere.address = "10.0.0.2:7001";
  const moved expected{2, "west", "10.0.0.2:7001", "bob:8080", "bob:9080"};
  const auto told = trio().when(system, elsewhere);
  told.then(expected);
  CHECK(told.said_as<welcome>().number == 2);
  after(expected).when(system, elsewhere).then();
  trio().when(system, announcing(2, "bob", "k2")).then();
  auto restarted = announcing(2, "bob", "k2");
  restarted.address = "10.0.0.2:7001";
  restarted.region = "west";
  trio().when(system, restarted).then(expected);
  CHECK(after(expected).state().nodes[1].address == "10.0.0.2:7001");
}

TEST_CASE("a name with another key takes the place of the node that lost its data directory") {
  const auto told = trio().when(system, replacing(2, "bob", "k9"));
  told.then(removed{2}, one_joined(4, "bob", "k9"));
  CHECK((told.said_as<welcome>() ==
         welcome{4, 0, 64, {{1, "ann", "ann:7000"}, {3, "cid", "cid:7000"}}}));
  auto replaced = trio().after(system, replacing(2, "bob", "k9"));
  replaced.when(system, joining("bob", "k2")).refused(code::gone);
  replaced.when(system, joining("bob", "k9")).then();
}

TEST_CASE("a node is drained, kept, removed and forsaken, each as often as one likes") {
  trio().when(system, drain{2}).then(drain_begun{2});
  draining().when(system, drain{2}).then();
  draining().when(system, keep{2}).then(drain_ended{2});
  trio().when(system, keep{2}).then();
  draining().when(system, remove{2}).then(removed{2});
  with_removed().when(system, remove{2}).then();
  trio().when(system, forsake{2}).then(removed{2});
  with_removed().when(system, forsake{2}).then();
}

TEST_CASE("only newer members are noted, and of one partition the newest") {
  const note first{{members_on(7, {1, 2}, 5), members_on(3, {1}, 4)}};
  const noted taken{{members_on(3, {1}, 4), members_on(7, {1, 2}, 5)}};
  trio().when(system, first).then(taken);
  const auto known = after(taken);
  known.when(system, first).then();
  known.when(system, note{{members_on(7, {1}, 4)}}).then();
  known.when(system, note{{members_on(7, {1}, 6), members_on(7, {3}, 8), members_on(3, {2}, 4)}})
      .then(noted{{members_on(7, {3}, 8)}});
  trio().when(system, note{}).then();
}

TEST_CASE("what is read is all but the keys") {
  auto controller = draining();
  controller.after(system, note{{members_on(7, {1, 2}, 5)}});
  const auto found = seen(controller);
  CHECK(found.partitions_count == 64);
  REQUIRE(found.nodes.size() == 3);
  CHECK((found.nodes[1] == node_shown{2, "bob", "east", "bob:7000", "bob:8080", "bob:9080",
                                      node_standing::draining}));
  CHECK((found.partitions == std::vector{members_on(7, {1, 2}, 5)}));
  CHECK(found.version == 6);
  const auto json = controller.shown_to(system);
  CHECK(json == to_json(found));
  CHECK(json.find("k2") == std::string::npos);
}

TEST_CASE("every command in every phase of a node is accepted or refused by name") {
  CHECK(matrix<given_controller, command>(
            {{"unknown", with({founded{64}, one_joined(1, "ann", "k1")})},
             {"active", trio()},
             {"draining", draining()},
             {"removed", with_removed()}},
            {{system, joining("bob", "k2")},
             {system, replacing(2, "bob", "k9")},
             {system, announcing(2, "bob", "k2")},
             {system, drain{2}},
             {system, keep{2}},
             {system, remove{2}},
             {system, forsake{2}},
             {system, note{{members_on(0, {2}, 1)}}}}) ==
        "join: ok - - gone\n"
        "join: ok ok ok ok\n"
        "announce: not_found - - gone\n"
        "drain: not_found ok - gone\n"
        "keep: not_found - ok gone\n"
        "remove: not_found invalid_transition ok -\n"
        "forsake: not_found ok ok -\n"
        "note: validation_failed ok ok ok\n");
}

TEST_CASE("any accepted sequence keeps numbers single and names single among those that stay") {
  const auto draw = [](std::mt19937_64& chance, const state& s) -> std::pair<entity_id, command> {
    const auto node = static_cast<node_number>(1 + chance() % 8);
    const auto name = std::string(1, static_cast<char>('a' + chance() % 5));
    const auto key = "k" + std::to_string(chance() % 12);
    switch (chance() % 8) {
      case 0:
      case 1: return {system, joining(name, key)};
      case 2: return {system, announcing(node, name, key)};
      case 3: return {system, drain{node}};
      case 4: return {system, keep{node}};
      case 5: return {system, remove{node}};
      case 6:
        if (chance() % 4 == 0) return {system, forsake{node}};
        [[fallthrough]];
      default:
        return {system, note{{members_on(static_cast<placement::partition_number>(chance() % 4),
                                         {node}, s.version + chance() % 3)}}};
    }
  };
  std::size_t accepted = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    state before;
    accepted += walk(empty_one(), seed, draw, [&](const state& s) {
      std::set<std::string> names;
      std::set<std::string> keys;
      REQUIRE(s.next_number == s.nodes.size() + 1);
      REQUIRE(s.nodes.size() >= before.nodes.size());
      for (std::size_t i = 0; i < s.nodes.size(); ++i) {
        const auto& one = s.nodes[i];
        REQUIRE(one.number == i + 1);
        REQUIRE(keys.insert(one.key).second);
        if (one.standing != node_standing::removed) REQUIRE(names.insert(one.name).second);
        if (i >= before.nodes.size()) continue;
        const auto& known = before.nodes[i];
        REQUIRE((one.name == known.name && one.key == known.key));
        if (known.standing == node_standing::removed)
          REQUIRE(one.standing == node_standing::removed);
      }
      for (const auto& known : before.partitions)
        for (const auto& one : s.partitions)
          if (one.partition == known.partition) REQUIRE(one.index >= known.index);
      REQUIRE(s.partitions.size() >= before.partitions.size());
      before = s;
    });
  }
  CHECK(accepted > 1000);
}

TEST_CASE("golden bytes of controller events decode") {
  auto changing = members_on(7, {1, 2}, 300);
  changing.members.learners = {member_of(3, 41)};
  changing.members.outgoing = {member_of(1, 1)};
  check_golden<event>("controller",
                      {founded{64}, one_joined(1, "ann", "k1"),
                       moved{1, "west", "ann:7001", "ann:8081", "ann:9081"}, drain_begun{1},
                       drain_ended{1}, removed{1}, noted{{changing}}});
}

}  // namespace resalehub::controller
