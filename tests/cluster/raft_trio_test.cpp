// A group of three in one thread: the messages are carried, lost and repeated by hand.

#include <catch2/catch.hpp>
#include <set>

#include "cluster/raft_group.hpp"
#include "tests/support/raft_wire.hpp"

namespace resalehub {
namespace {

using testing::field;
using testing::member;
using testing::propose_all;

struct trio : testing::raft_wire {
  trio() {
    for (member_number number = 1; number <= 3; ++number) add(number, {.voters = {1, 2, 3}});
  }
};

}  // namespace

TEST_CASE("three members elect one leader and replicate") {
  trio three;
  auto& leader = three.elect(2);
  const auto said = propose_all(leader, {"a", "b", "c"});
  three.deliver_all();
  three.tick(2);
  for (const auto& [node, member] : three.members) CHECK(member.applied_data == said);
  CHECK_FALSE(three.members.at(1).group->propose("not the leader"));
}

TEST_CASE("three members survive the loss of their leader, and it catches up afterwards") {
  trio three;
  auto& old_leader = three.elect(1);
  propose_all(old_leader, {"kept"});
  three.deliver_all();
  three.cut_off = {1};
  propose_all(old_leader, {"lost"});
  three.tick(40);
  CHECK_FALSE(old_leader.group->is_leader());  // it cannot hear a majority
  auto* new_leader = three.leader_other_than(1);
  REQUIRE(new_leader != nullptr);
  propose_all(*new_leader, {"after"});
  three.deliver_all();
  three.cut_off.clear();
  three.tick(20);
  const std::vector<std::string> expected{"kept", "after"};
  for (const auto& [node, member] : three.members) {
    CHECK(member.applied_data == expected);
    CHECK(member.group->failure().empty());
  }
}

TEST_CASE("a member that restarts with its disk goes on where it stopped") {
  trio three;
  auto& leader = three.elect(3);
  propose_all(leader, {"a"});
  three.deliver_all();
  three.tick(2);
  three.members.at(1).start();
  propose_all(leader, {"b"});
  three.deliver_all();
  three.tick(4);
  CHECK(three.members.at(1).applied_data == std::vector<std::string>{"a", "b"});
}

TEST_CASE("a follower's slow disk costs its leader neither the majority nor reads") {
  trio three;
  auto& leader = three.elect(1);
  auto& slow = three.members.at(2);  // and the third is not heard at all
  leader.group->propose("a");
  leader.group->read_index(1);
  std::size_t promised = 0;
  for (int tick = 0; tick < 40; ++tick) {
    leader.run();
    for (const auto& message : std::exchange(leader.outbox, {}))
      if (message.to == 2) slow.group->step(message.bytes);
    const auto ready = slow.group->take_ready();
    promised += ready.entries.size();
    for (const auto& message : ready.messages) leader.group->step(message.bytes);
    leader.group->tick();
  }
  CHECK(promised == 1);
  CHECK(leader.group->is_leader());
  CHECK(leader.reads.size() == 1);
  CHECK(leader.applied_data.empty());
}

namespace {

/// One story with losses and repetitions on the wire; returns every byte that was sent.
std::string tell_story(trio& three) {
  std::uint32_t state = 12345;
  three.copies = [state](const raft_message&) mutable {
    state = state * 1664525u + 1013904223u;
    const auto roll = (state >> 16) % 10;
    return roll < 2 ? 0 : roll < 4 ? 2 : 1;
  };
  int proposed = 0;
  for (int round = 0; round < 120; ++round) {
    for (auto& [node, member] : three.members)
      if (member.group->is_leader() && member.group->propose("p" + std::to_string(proposed)))
        ++proposed;
    if (round % 30 == 10) three.cut_off = {static_cast<std::uint64_t>(1 + round / 30 % 3)};
    if (round % 30 == 29) three.cut_off.clear();
    three.tick(2);
  }
  three.copies = [](const raft_message&) { return 1; };
  three.cut_off.clear();
  three.tick(60);
  return three.transcript;
}

}  // namespace

TEST_CASE("members agree through losses, and the same inputs give the same bytes run after run") {
  trio first;
  trio second;
  const auto transcript = tell_story(first);
  CHECK(transcript == tell_story(second));
  const auto& data = first.members.at(1).applied_data;
  CHECK(data.size() > 30);
  for (const auto& [node, member] : first.members) {
    CHECK(member.applied_data == data);
    CHECK(member.group->failure().empty());
  }
  CHECK(std::set(data.begin(), data.end()).size() == data.size());
}

TEST_CASE("a read is confirmed only by a majority") {
  trio three;
  auto& leader = three.elect(1);
  propose_all(leader, {"a"});
  three.deliver_all();
  three.cut_off = {2, 3};
  REQUIRE(leader.group->read_index(5));
  three.deliver_all();
  CHECK(leader.reads.empty());
  three.cut_off = {3};
  three.tick(2);  // the next heartbeat carries the question again
  REQUIRE(leader.reads.size() == 1);
  CHECK(leader.reads[0].context == 5);
  CHECK(leader.reads[0].index == leader.applied_index);
}

TEST_CASE("members may use the same read context at the same time") {
  trio three;
  three.elect(1);
  three.tick(2);
  REQUIRE(three.members.at(2).group->read_index(5));
  REQUIRE(three.members.at(3).group->read_index(5));
  three.deliver_all();
  CHECK(three.members.at(2).reads.size() == 1);
  CHECK(three.members.at(3).reads.size() == 1);
}

TEST_CASE("no read is taken before the leader has committed in its term, or without a leader") {
  trio three;
  CHECK_FALSE(three.members.at(2).group->read_index(1));
  auto& leader = three.members.at(1);
  leader.group->campaign();
  three.copies = [&](const raft_message&) { return leader.group->is_leader() ? 0 : 1; };
  three.deliver_all();
  REQUIRE(leader.group->is_leader());
  CHECK_FALSE(leader.group->read_index(1));
}

TEST_CASE("no answer to an append leaves a follower before all it submitted is durable") {
  trio three;
  auto& leader = three.elect(1);
  three.tick(2);
  auto& follower = three.members.at(2);
  const auto hand_over = [&](const std::string& data) {
    REQUIRE(leader.group->propose(data));
    leader.run();
    for (const auto& message : leader.outbox)
      if (message.to == 2) follower.group->step(message.bytes);
    leader.outbox.clear();
    return follower.group->take_ready();
  };
  const auto first = hand_over("a");
  const auto second = hand_over("b");
  REQUIRE(first.entries.size() == 1);
  REQUIRE(second.entries.size() == 1);
  CHECK(first.messages.empty());
  CHECK(second.messages.empty());

  // A heartbeat's answer speaks of no entries.
  leader.group->tick();
  leader.group->tick();
  leader.run();
  for (const auto& message : leader.outbox)
    if (message.to == 2) follower.group->step(message.bytes);
  const auto third = follower.group->take_ready();
  CHECK_FALSE(third.must_persist);
  CHECK(third.messages.size() == 1);

  CHECK(follower.group->persisted(first.number).messages.size() == 1);
  CHECK(follower.group->persisted(second.number).messages.size() == 1);
}

TEST_CASE("a follower answers no heartbeat of a term before it has stored the term") {
  trio three;
  three.cut_off = {3};
  auto& leader = three.elect(1);
  auto& late = three.members.at(3);
  leader.group->tick();
  leader.group->tick();
  leader.run();
  for (const auto& message : leader.outbox)
    if (message.to == 3) late.group->step(message.bytes);
  const auto ready = late.group->take_ready();
  CHECK(ready.must_persist);
  CHECK(ready.messages.empty());
  CHECK(late.group->persisted(ready.number).messages.size() == 1);
}

TEST_CASE("a vote leaves only after it is durable") {
  trio three;
  auto& voter = three.members.at(2);
  // A request of member 1 for term 3, with a log that is as good as ours.
  voter.group->step(field(1, 5) + field(2, 2) + field(3, 1) + field(4, 3));
  const auto ready = voter.group->take_ready();
  REQUIRE(ready.hard);
  CHECK(ready.hard->vote == 1);
  CHECK(ready.hard->term == 3);
  CHECK(ready.messages.empty());
  CHECK(voter.group->persisted(ready.number).messages.size() == 1);
}

}  // namespace resalehub
