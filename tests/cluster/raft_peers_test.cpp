// What peers send that a sound member would not, or sent long ago.

#include <catch2/catch.hpp>

#include "tests/support/raft_wire.hpp"

namespace resalehub {
namespace {

using testing::field;
using testing::propose_all;
using testing::raft_wire;

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

/// An answer to an append of term 1: a refusal at `index` of a log that ends at `hint`.
std::string refusal(std::uint8_t from, std::uint8_t index, std::uint8_t hint) {
  return field(1, 4) + field(2, 1) + field(3, from) + field(4, 1) + field(6, index) +
         field(10, 1) + field(11, hint);
}

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

  const auto append = field(1, 3) + field(2, 2) + field(3, 1) + field(4, 1);
  const auto after_first = append + field(5, 1) + field(6, 1);
  auto& follower = three.group(2);
  const auto hole = std::string("\x3a\x04") + field(2, 1) + field(3, 3);
  const auto unknown = std::string("\x3a\x06") + field(1, 9) + field(2, 1) + field(3, 2);
  const auto later_term = std::string("\x3a\x04") + field(2, 2) + field(3, 2);
  follower.step(append + field(6, 100) + field(8, 100));  // follows what nobody has
  follower.step(after_first + hole);
  follower.step(after_first + unknown);
  follower.step(after_first + later_term);
  CHECK(follower.failure().empty());
  CHECK(follower.last_index() == 1);
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

}  // namespace resalehub
