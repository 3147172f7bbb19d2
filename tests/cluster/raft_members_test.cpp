// Groups that grow, shrink and move: learners, joint states, transfers of state and leadership.

#include <catch2/catch.hpp>

#include "tests/support/raft_wire.hpp"

namespace resalehub {
namespace {

using testing::field;
using testing::member;
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
  void follow_up() {
    tick(4);
    transfer_states();
    tick(8);
  }
};

const member_progress& of(const std::vector<member_progress>& all, member_number number) {
  for (const auto& one : all)
    if (one.member == number) return one;
  FAIL("no progress of this member");
  return all.front();
}

/// An answer to an append of term 1: a refusal at `index` of a log that ends at `hint`.
std::string refusal(std::uint8_t from, std::uint8_t index, std::uint8_t hint) {
  return field(1, 4) + field(2, 1) + field(3, from) + field(4, 1) + field(6, index) +
         field(10, 1) + field(11, hint);
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

TEST_CASE("a state that names no members, or contradicts its log, is refused at the start") {
  stored_log log;
  log.cut_index = 5;
  log.cut_term = 1;
  log.hard = {.term = 2, .vote = 1, .commit = 6};
  log.entries = {{6, 2, 0, nullptr}};
  const membership one{.voters = {1}};
  CHECK_FALSE(raft_group::start({.member = 1}, log, 5).ok());
  CHECK_FALSE(raft_group::start({.member = 1, .members = one, .applied_term = 2}, log, 5).ok());
  CHECK_FALSE(raft_group::start({.member = 1, .members = one, .applied_term = 3}, log, 6).ok());
  CHECK(raft_group::start({.member = 1, .members = one, .applied_term = 2}, log, 6).ok());
}

TEST_CASE("a replica that belongs to no group neither campaigns nor takes entries") {
  raft_wire world;
  auto& blank = world.add(2);
  blank.group->campaign();
  world.tick(50);
  CHECK(blank.group->term() == 0);
  // The first entry of a log: it does not tell who was there before.
  const auto entry = std::string("\x3a\x04") + field(2, 1) + field(3, 1);
  blank.group->step(field(1, 3) + field(2, 2) + field(3, 1) + field(4, 1) + entry);
  blank.run();
  CHECK(blank.group->last_index() == 0);
  CHECK(blank.group->term() == 1);
  CHECK(blank.outbox.size() == 1);
}

namespace {

/// Messages of a working group, some bytes of each drawn anew, are stepped by its own members.
void disturb(std::uint64_t seed) {
  trio three;
  std::vector<std::string> real;
  three.copies = [&](const raft_message& message) {
    real.push_back(message.bytes);
    return 1;
  };
  propose_all(three.members.at(1), {"a", "b"});
  REQUIRE(three.group(1).change_members({.voters = {1, 2}, .learners = {3}}));
  REQUIRE(three.group(1).read_index(9));
  three.tick(30);
  REQUIRE(real.size() > 20);
  const auto draw = [&](std::uint64_t below) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % below;
  };
  for (int i = 0; i < 400; ++i) {
    auto bytes = real[draw(real.size())];
    for (auto changes = draw(4); changes > 0; --changes)
      bytes[draw(bytes.size())] = static_cast<char>(draw(3) == 0 ? draw(256) : draw(20));
    if (draw(20) == 0) bytes.resize(draw(bytes.size() + 1));
    auto& victim = three.members.at(1 + draw(3));
    victim.group->step(bytes);
    if (draw(20) == 0) victim.group->tick();
    if (draw(4) == 0) {
      const auto ready = victim.group->take_ready();
      if (ready.must_persist && draw(2) == 0) victim.group->persisted(ready.number);
    }
    INFO(victim.group->failure());
    REQUIRE(victim.group->failure().empty());
  }
}

}  // namespace

TEST_CASE("no message of a peer fails a group, whatever its bytes") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) disturb(seed);
}

TEST_CASE("messages of numbers beyond all logs, of unknown kinds or of ourselves are dropped") {
  trio three;
  three.tick(2);
  const auto to_one = [](std::uint8_t kind, std::uint8_t from) {
    return field(1, kind) + field(2, 1) + field(3, from);
  };
  auto& leader = three.group(1);
  const std::string huge = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
  leader.step(to_one(8, 2) + field(4, 2) + field(8, 100));    // a heartbeat beyond the log
  leader.step(to_one(8, 2) + "\x20" + huge);                  // of the last term of all
  leader.step(to_one(4, 2) + field(4, 1) + field(6, 100));    // has what nobody wrote
  leader.step(to_one(4, 1) + field(4, 1) + field(6, 1));      // we are not our own peer
  leader.step(to_one(99, 2) + field(4, 1));                   // no such kind
  leader.step(to_one(15, 2) + field(4, 1) + field(7, 0));     // a read with a term
  leader.step(to_one(7, 2) + field(4, 1));                    // a snapshot
  CHECK(leader.failure().empty());
  CHECK(leader.is_leader());
  CHECK(leader.term() == 1);
  CHECK(of(leader.progress(), 2).matched == 1);
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

// -- state transfers -----------------------------------------------------------------------------

TEST_CASE("a member behind the log is told once, and goes on from where its transfer ended") {
  trio three;
  auto& leader = three.members.at(1);
  three.cut_off = {3};
  auto said = propose_all(leader, {"a", "b", "c", "d"});
  three.tick(4);
  REQUIRE(leader.cut_log(leader.applied_index));
  three.tick(30);
  CHECK(leader.behind.empty());  // nobody transfers to one that is not heard of
  three.cut_off.clear();
  three.tick(6);
  CHECK(leader.behind == std::vector<member_number>{3});
  CHECK(of(leader.group->progress(), 3).transferring);
  said.push_back(propose_all(leader, {"e"}).front());
  three.tick(6);
  CHECK(leader.behind.size() == 1);
  CHECK(three.group(3).last_index() < leader.group->last_index());
  three.transfer_states();
  three.tick(4);
  CHECK_FALSE(of(leader.group->progress(), 3).transferring);
  said.push_back(propose_all(leader, {"f"}).front());
  three.tick(3);
  CHECK(three.members.at(3).applied_data == said);
  CHECK(three.group(3).failure().empty());
}

TEST_CASE("a transfer that failed is asked for again, and one that came too late as well") {
  trio three;
  auto& leader = three.members.at(1);
  three.cut_off = {3};
  propose_all(leader, {"a", "b"});
  three.tick(2);
  REQUIRE(leader.cut_log(leader.applied_index));
  three.cut_off.clear();
  three.tick(6);
  REQUIRE(leader.behind.size() == 1);
  leader.group->transferred(3, false);
  three.tick(4);
  CHECK(leader.behind.size() == 2);

  // The log is cut past what the transfer brings.
  auto& receiver = three.members.at(3);
  receiver.take_state(leader);
  receiver.reset_log();
  receiver.start();
  three.cut_off = {3};
  propose_all(leader, {"c", "d"});
  three.tick(2);
  REQUIRE(leader.cut_log(leader.applied_index));
  leader.group->transferred(3, true);
  three.cut_off.clear();
  three.tick(6);
  CHECK(leader.behind.size() == 3);
  three.follow_up();
  CHECK(receiver.applied_data == leader.applied_data);
}

TEST_CASE("a transfer may reach past the place where it was asked for, and the log's cut too") {
  trio three;
  auto& leader = three.members.at(1);
  three.cut_off = {3};
  propose_all(leader, {"a", "b"});
  three.tick(2);
  REQUIRE(leader.cut_log(leader.applied_index));
  three.cut_off.clear();
  three.tick(6);
  REQUIRE(leader.behind.size() == 1);
  propose_all(leader, {"c", "d"});
  three.tick(2);
  REQUIRE(leader.cut_log(leader.applied_index));
  leader.behind.clear();
  auto& receiver = three.members.at(3);
  receiver.take_state(leader);
  receiver.reset_log();
  receiver.start();
  leader.group->transferred(3, true);
  propose_all(leader, {"e"});
  three.tick(4);
  CHECK(leader.behind.empty());
  CHECK(receiver.applied_data == leader.applied_data);
}

TEST_CASE("a state that went past its log starts a group whose log is cut there") {
  trio three;
  auto& leader = three.members.at(1);
  three.cut_off = {3};
  propose_all(leader, {"a", "b", "c"});
  three.tick(2);
  auto& receiver = three.members.at(3);
  receiver.disk.entries.push_back({2, 1, 0, std::make_shared<const std::string>("lost")});
  receiver.take_state(leader);
  CHECK(log_needs_reset(receiver.options, receiver.disk, receiver.applied_index));
  receiver.start();
  CHECK(receiver.group->last_index() == leader.applied_index);
  CHECK(receiver.group->term_of(leader.applied_index) == 1);
  CHECK(receiver.group->term_of(2) == 0);
  receiver.reset_log();
  CHECK_FALSE(log_needs_reset(receiver.options, receiver.disk, receiver.applied_index));
  three.cut_off.clear();
  three.follow_up();
  propose_all(leader, {"d"});
  three.tick(3);
  CHECK(receiver.applied_data == leader.applied_data);
}

TEST_CASE("entries above the state are kept only when the log has the state's own entry") {
  stored_log log;
  log.hard = {.term = 1, .vote = 2, .commit = 1};
  for (std::uint64_t index = 1; index <= 4; ++index)
    log.entries.push_back({index, 1, 0, std::make_shared<const std::string>("x")});
  raft_group_options options{.member = 1, .members = {.voters = {1, 2}}, .applied_term = 1};
  auto kept = raft_group::start(options, log, 3);
  REQUIRE(kept.ok());
  CHECK((*kept)->last_index() == 4);
  options.applied_term = 2;
  auto dropped = raft_group::start(options, log, 3);
  REQUIRE(dropped.ok());
  CHECK((*dropped)->last_index() == 3);
  CHECK((*dropped)->term() == 2);
  CHECK((*dropped)->term_of(3) == 2);
}

TEST_CASE("a late refusal takes nothing back that is known to match") {
  trio three;
  auto& leader = three.members.at(1);
  propose_all(leader, {"a", "b", "c", "d"});
  three.tick(4);
  const auto matched = of(leader.group->progress(), 2).matched;
  REQUIRE(matched == 5);
  REQUIRE(leader.cut_log(5));
  leader.group->unreachable(2);  // it is probed from its match on
  leader.group->step(refusal(2, 5, 0));
  three.cut_off = {2};
  propose_all(leader, {"e", "f"});
  three.tick(1);
  leader.group->step(refusal(2, 6, 1));
  three.cut_off.clear();
  three.tick(6);
  CHECK(leader.behind.empty());
  CHECK_FALSE(of(leader.group->progress(), 2).transferring);
  CHECK(three.members.at(2).applied_data == leader.applied_data);
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
