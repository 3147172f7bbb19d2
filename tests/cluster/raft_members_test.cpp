// Groups that grow, shrink and move: learners, joint states, transfers of state and leadership.

#include <catch2/catch.hpp>

#include "tests/support/raft_wire.hpp"

namespace resalehub {
namespace {

using testing::field;
using testing::propose_all;
using testing::raft_wire;
using texts = std::vector<std::string>;

/// Member 1 leads alone; the others are replicas that wait to be added.
struct growing : raft_wire {
  explicit growing(member_number replicas) {
    add(1, {.voters = {1}});
    for (member_number number = 2; number <= replicas; ++number) add(number);
    elect(1);
  }
  raft_group& group(member_number number) { return *members.at(number).group; }
};

struct trio : raft_wire {
  trio() {
    for (member_number number = 1; number <= 3; ++number) add(number, {.voters = {1, 2, 3}});
    elect(1);
  }
  raft_group& group(member_number number) { return *members.at(number).group; }
};

const member_progress& of(const std::vector<member_progress>& all, member_number number) {
  for (const auto& one : all)
    if (one.member == number) return one;
  FAIL("no progress of this member");
  return all.front();
}

}  // namespace

// -- refusals ------------------------------------------------------------------------------------

TEST_CASE("members change only when a leader is asked for something new that can be") {
  growing world(2);
  auto& group = world.group(1);
  CHECK_FALSE(world.group(2).change_members({.voters = {1, 2}}));
  CHECK_FALSE(group.change_members({.voters = {1}}));
  CHECK_FALSE(group.change_members({}));
  CHECK_FALSE(group.change_members({.learners = {1}}));
  CHECK_FALSE(group.change_members({.voters = {0, 1}}));
  CHECK_FALSE(group.change_members({.voters = {1}, .learners = {1}}));
  CHECK_FALSE(group.change_members({.voters = {1}, .learners = {2, 2}}));
  CHECK_FALSE(group.change_members({.voters = {1, 2}, .outgoing = {1}}));
  CHECK(group.change_members({.voters = {1}, .learners = {2}}));
  CHECK_FALSE(group.change_members({.voters = {1}, .learners = {2, 3}}));  // one at a time
  world.tick(1);
  CHECK(group.change_members({.voters = {1}, .learners = {2, 3}}));
}

TEST_CASE("members do not change before the leader has committed in its own term") {
  trio three;
  three.cut_off = {1, 2, 3};
  three.members.at(1).start();
  three.tick(20);
  three.cut_off.clear();
  auto& group = three.group(2);
  three.copies = [&](const raft_message&) { return group.is_leader() ? 0 : 1; };
  for (int i = 0; i < 40 && !group.is_leader(); ++i) {
    group.tick();
    three.deliver_all();
  }
  REQUIRE(group.is_leader());
  CHECK_FALSE(group.change_members({.voters = {1, 2}}));
  three.copies = [](const raft_message&) { return 1; };
  three.tick(4);
  CHECK(group.change_members({.voters = {1, 2}}));
}

// -- growing and moving --------------------------------------------------------------------------

TEST_CASE("a group grows from one to three by learners that are promoted when they are there") {
  growing world(3);
  auto said = propose_all(world.members.at(1), {"a", "b"});
  world.deliver_all();
  world.reach({.voters = {1}, .learners = {2}});
  world.reach({.voters = {1}, .learners = {2, 3}});
  CHECK_FALSE(world.group(1).members().votes(2));
  for (const auto learner : {2, 3}) {
    CHECK(world.members.at(learner).applied_data == said);
    world.group(learner).campaign();
    CHECK_FALSE(world.group(learner).has_ready());
  }
  world.reach({.voters = {1, 2, 3}});
  world.cut_off = {3};
  said.push_back(propose_all(world.members.at(1), {"c"}).front());
  world.deliver_all();
  CHECK(world.members.at(1).applied_data == said);
  world.cut_off = {2, 3};
  propose_all(world.members.at(1), {"d"});
  world.deliver_all();
  CHECK(world.members.at(1).applied_data == said);  // alone it commits nothing any more
}

TEST_CASE("a lone voter's learners hear of its term when its vote is durable") {
  growing world(2);
  world.reach({.voters = {1}, .learners = {2}});
  auto& one = world.members.at(1);
  one.start();
  one.group->campaign();
  const auto ready = one.group->take_ready();
  REQUIRE(one.group->is_leader());
  REQUIRE(ready.hard);
  CHECK(ready.messages.empty());
  CHECK_FALSE(one.group->persisted(ready.number).messages.empty());
}

TEST_CASE("a lone voter does not lead before its log is durable") {
  growing world(2);
  world.reach({.voters = {1}, .learners = {2}});
  auto& group = world.group(1);
  REQUIRE(group.propose("x"));
  const auto first = group.take_ready();
  REQUIRE(first.must_persist);
  group.step(field(1, 4) + field(2, 1) + field(3, 2) + field(4, 9));  // of a later term
  REQUIRE_FALSE(group.is_leader());
  const auto second = group.take_ready();
  group.campaign();
  for (int i = 0; i < 40; ++i) group.tick();
  CHECK(group.failure().empty());
  CHECK_FALSE(group.is_leader());
  group.persisted(second.number);
  group.campaign();
  CHECK(group.is_leader());
  CHECK(group.term() == 10);
}

TEST_CASE("the end of a joint state waits for no heartbeat") {
  growing world(3);
  auto& group = world.group(1);
  world.reach({.voters = {1}, .learners = {2, 3}});
  world.tick(4);
  REQUIRE(group.change_members({.voters = {1, 2, 3}}));
  const auto first = group.take_ready();
  const auto joint = group.persisted(first.number);
  REQUIRE(joint.members);
  while (group.has_ready()) group.take_ready();
  group.applied(joint.committed.back().index);
  const auto end = group.take_ready();
  CHECK(end.entries.size() == 1);
  CHECK(end.messages.size() == 2);
}

TEST_CASE("what is stored after a change goes with the change's commit index") {
  growing world(3);
  auto& one = world.members.at(1);
  world.reach({.voters = {1}, .learners = {2, 3}});
  world.tick(4);
  REQUIRE(one.group->change_members({.voters = {1, 2, 3}}));
  world.deliver_all();
  REQUIRE_FALSE(one.group->members().joint());
  // The joint state's own entry, its end, and what each member stored with that end.
  const auto end = one.applied_index;
  for (const auto& [number, member] : world.members) {
    REQUIRE(member.disk.entries.back().index == end);
    CHECK(member.disk.hard.commit >= end - 1);
  }
}

TEST_CASE("two voters are swapped in one joint state that the group leaves by itself") {
  growing world(5);
  world.reach({.voters = {1, 2, 3}});
  world.reach({.voters = {1, 2, 3}, .learners = {4, 5}});
  auto& leader = world.members.at(1);
  REQUIRE(leader.group->change_members({.voters = {1, 4, 5}}));
  // Both majorities decide: without the old one nothing happens.
  world.cut_off = {2, 3};
  world.tick(3);
  CHECK(leader.group->members() == membership{.voters = {1, 2, 3}, .learners = {4, 5}});
  world.cut_off.clear();
  bool joint = false;
  world.after_delivery = [&](int) { joint = joint || leader.options.members.joint(); };
  world.tick(6);
  CHECK(joint);
  CHECK(leader.options.members == membership{.voters = {1, 4, 5}});
  CHECK(world.members.at(4).options.members == membership{.voters = {1, 4, 5}});
  CHECK(of(leader.group->progress(), 4).matched == leader.group->last_index());
  CHECK(leader.group->progress().size() == 2);
  world.cut_off = {2, 3};
  propose_all(leader, {"without the old"});
  world.deliver_all();
  CHECK(leader.applied_data == texts{"without the old"});
}

TEST_CASE("voters become learners, and stay told as learners through the joint state") {
  growing world(3);
  world.reach({.voters = {1, 2, 3}});
  auto& leader = world.members.at(1);
  const membership joint{.voters = {1}, .learners = {2, 3}, .outgoing = {1, 2, 3}};
  bool seen = false;
  world.after_delivery = [&](int) {
    if (seen || !leader.options.members.joint()) return;
    seen = true;
    CHECK(leader.options.members == joint);
    leader.start();  // from a stored joint state
    CHECK(leader.group->members() == joint);
  };
  world.reach({.voters = {1}, .learners = {2, 3}});
  CHECK(seen);
}

TEST_CASE("a leader removes itself, follows from then on, and the others go on without it") {
  growing world(3);
  world.reach({.voters = {1, 2, 3}});
  auto& leader = world.members.at(1);
  propose_all(leader, {"a"});
  REQUIRE(leader.group->change_members({.voters = {2, 3}}));
  world.tick(1);
  CHECK_FALSE(leader.group->is_leader());
  CHECK(leader.options.members == membership{.voters = {2, 3}});
  world.cut_off = {1};
  world.tick(40);
  auto* next = world.leader_other_than(1);
  REQUIRE(next != nullptr);
  propose_all(*next, {"b"});
  world.deliver_all();
  CHECK(next->applied_data == texts{"a", "b"});
  world.members.at(1).group->campaign();
  CHECK_FALSE(world.members.at(1).group->has_ready());
}

TEST_CASE("a group moves from one member to another though the last word of the old one is lost") {
  growing world(2);
  world.reach({.voters = {1}, .learners = {2}});
  auto& old_leader = world.members.at(1);
  world.after_delivery = [&](int) {
    if (!old_leader.group->is_leader()) world.wire.clear();
  };
  REQUIRE(old_leader.group->change_members({.voters = {2}}));
  for (int i = 0; i < 10 && old_leader.group->is_leader(); ++i) world.tick(1);
  REQUIRE_FALSE(old_leader.group->is_leader());
  world.after_delivery = [](int) {};
  world.tick(60);
  CHECK(world.group(2).is_leader());
  CHECK(world.group(2).members() == membership{.voters = {2}});
}

TEST_CASE("changes are carried through restarts at every point of their way") {
  const std::vector<membership> way{{.voters = {1}, .learners = {2, 3}},
                                    {.voters = {1, 2, 3}},
                                    {.voters = {1, 3, 4}},
                                    {.voters = {3, 4}, .learners = {1}}};
  int longest = 1;
  for (int point = 1; point <= longest; ++point) {
    for (member_number victim = 1; victim <= 4; ++victim) {
      growing world(4);
      world.after_delivery = [&](int delivered) {
        if (delivered % 64 == point % 64 && delivered >= point) world.members.at(victim).start();
      };
      INFO("point " << point << " victim " << victim);
      for (const auto& wanted : way) world.reach(wanted);
      for (const auto& [number, member] : world.members)
        REQUIRE(member.group->failure().empty());
      longest = std::min(64, std::max(longest, world.delivered));
    }
  }
  CHECK(longest == 64);
}

TEST_CASE("a committed change that was not applied is handed out again and changes them again") {
  growing world(3);
  auto& one = world.members.at(1);
  const auto index = one.applied_index;
  const auto before = one.options;
  world.reach({.voters = {1}, .learners = {2}});
  world.reach({.voters = {1, 2}});
  one.applied_index = index;  // the state's unsynced tail was lost
  one.options = before;
  one.start();
  CHECK(one.group->members() == membership{.voters = {1}});
  world.deliver_all();  // what is stored as committed comes first
  world.tick(40);
  CHECK(one.options.members == membership{.voters = {1, 2}});
  CHECK(one.group->members() == membership{.voters = {1, 2}});
  CHECK(world.settled());
}

// -- leadership ----------------------------------------------------------------------------------

TEST_CASE("leadership moves to a voter at once, and to nobody else") {
  trio three;
  three.tick(2);
  auto& leader = three.members.at(1);
  three.group(2).transfer_leadership(3);  // not its to give
  leader.group->transfer_leadership(1);
  leader.group->transfer_leadership(9);
  CHECK_FALSE(leader.group->transferring_leadership());
  leader.group->transfer_leadership(2);
  three.deliver_all();
  CHECK_FALSE(leader.group->is_leader());
  CHECK(three.group(2).is_leader());
  CHECK(three.group(2).term() == 2);
}

TEST_CASE("nothing is proposed while leadership moves, and in vain it comes back") {
  trio three;
  three.tick(2);
  auto& leader = three.members.at(1);
  three.cut_off = {2};
  leader.group->transfer_leadership(2);
  CHECK(leader.group->transferring_leadership());
  CHECK_FALSE(leader.group->propose("x"));
  CHECK_FALSE(leader.group->change_members({.voters = {1, 2}}));
  CHECK(leader.group->is_leader());
  three.tick(10);
  CHECK_FALSE(leader.group->transferring_leadership());
  CHECK(leader.group->propose("x"));
}

TEST_CASE("a read is confirmed by the members of now, and asked for again when they changed") {
  growing world(3);
  auto& leader = world.members.at(1);
  propose_all(leader, {"a"});
  world.deliver_all();
  world.reach({.voters = {1, 2, 3}});
  world.cut_off = {2, 3};
  REQUIRE(leader.group->read_index(1));
  world.tick(3);
  CHECK(leader.reads.empty());
  world.cut_off.clear();
  world.tick(3);
  REQUIRE(leader.reads.size() == 1);
  CHECK(leader.reads[0].index == leader.applied_index);
  world.reach({.voters = {1}});
  REQUIRE(leader.group->read_index(2));
  leader.run();
  CHECK(leader.reads.size() == 2);
}

}  // namespace resalehub
