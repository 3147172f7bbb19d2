// Members behind the log: told to the outside, and started anew from a transfer of the state.

#include <catch2/catch.hpp>

#include "tests/support/raft_wire.hpp"

namespace resalehub {
namespace {

using testing::propose_all;
using testing::raft_wire;

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

}  // namespace

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
  leader.group->transferred(3, transfer_end::failed);
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
  leader.group->transferred(3, transfer_end::arrived);
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
  leader.group->transferred(3, transfer_end::arrived);
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

}  // namespace resalehub
