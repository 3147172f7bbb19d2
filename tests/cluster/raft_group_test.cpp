#include "cluster/raft_group.hpp"

#include <catch2/catch.hpp>

#include "tests/support/raft_member.hpp"

namespace resalehub {
namespace {

using testing::field;
using testing::member;
using testing::propose_all;

member alone() {
  member one;
  one.options = {.group = 3, .member = 7, .members = {.voters = {7}}};
  one.start();
  return one;
}

}  // namespace

// -- refusals ------------------------------------------------------------------------------------

TEST_CASE("a group whose state lies outside its log is refused at the start") {
  stored_log log;
  log.cut_index = 5;
  log.cut_term = 1;
  log.hard = {.term = 1, .vote = 1, .commit = 5};
  const raft_group_options options{.group = 9, .member = 1, .members = {.voters = {1}}};
  const auto behind = raft_group::start(options, log, 4);
  REQUIRE_FALSE(behind.ok());
  CHECK(behind.problem().detail.find("group 9") != std::string::npos);
  CHECK_FALSE(raft_group::start(options, log, 6).ok());
  CHECK(raft_group::start(options, log, 5).ok());
}

TEST_CASE("a stored commit beyond the log's end is refused with the core's own sentence") {
  stored_log log;
  log.hard = {.term = 1, .vote = 1, .commit = 2};
  const auto started = raft_group::start({.member = 1, .members = {.voters = {1}}}, log, 0);
  REQUIRE_FALSE(started.ok());
  CHECK(started.problem().detail.find("out of range") != std::string::npos);
}

TEST_CASE("options that the core does not take are refused") {
  const auto starts = [](const raft_group_options& options) {
    return raft_group::start(options, {}, 0).ok();
  };
  const membership one{.voters = {1}};
  CHECK_FALSE(starts({.member = 0, .members = one}));
  CHECK_FALSE(starts({.member = 1, .members = one, .election_ticks = 2, .heartbeat_ticks = 2}));
  CHECK_FALSE(starts({.member = 1, .members = one, .election_ticks = 0, .heartbeat_ticks = 0}));
  CHECK_FALSE(starts({.member = 1, .members = {.voters = {0, 1}}}));
  CHECK(starts({.member = 1, .members = one, .election_ticks = 3, .heartbeat_ticks = 2}));
}

TEST_CASE("a broken invariant fails its group and neither the process nor another group") {
  auto broken = alone();
  auto sound = alone();
  broken.run();
  broken.group->applied(100);
  CHECK(broken.group->failure().find("out of range") != std::string::npos);
  CHECK_FALSE(broken.group->has_ready());
  CHECK_FALSE(broken.group->propose("x"));
  broken.group->tick();
  CHECK(broken.group->take_ready().messages.empty());
  sound.group->campaign();
  sound.run();
  CHECK(sound.group->failure().empty());
  CHECK(sound.group->is_leader());
}

TEST_CASE("a promise that a ready is durable which was never handed out fails the group") {
  auto one = alone();
  one.group->persisted(99);
  CHECK(one.group->failure().find("never handed out") != std::string::npos);
}

TEST_CASE("what is not a message of a peer, or not for this member, is dropped") {
  auto one = alone();
  one.group->step("");
  one.group->step("\xff\xff\xff not a message");
  one.group->step(field(1, 0) + field(2, 7));                  // its own wake-up call
  one.group->step(field(1, 15) + field(2, 7) + field(3, 8));   // a read without a context
  one.group->step(field(1, 3) + field(2, 6) + field(3, 8) + field(4, 9));  // for member 6
  CHECK(one.group->failure().empty());
  CHECK(one.group->term() == 0);
}

TEST_CASE("only a leader takes proposals, and not more than may be in flight") {
  member one;
  one.options = {.member = 7, .members = {.voters = {7}}, .uncommitted_bytes_max = 10};
  one.start();
  CHECK_FALSE(one.group->propose("too early"));
  one.group->campaign();
  one.run();
  CHECK(one.group->propose("twelve bytes"));  // one is always possible
  CHECK_FALSE(one.group->propose("x"));
  const auto ready = one.group->take_ready();
  CHECK_FALSE(one.group->propose("x"));
  one.group->persisted(ready.number);
  CHECK(one.group->propose("x"));
}

// -- a group of one ------------------------------------------------------------------------------

TEST_CASE("a group of one elects itself and commits in the order of proposals") {
  auto one = alone();
  CHECK_FALSE(one.group->read_index(1));
  one.group->campaign();
  one.run();
  REQUIRE(one.group->is_leader());
  CHECK(one.group->term() == 1);
  CHECK(one.group->propose("a") == 2);  // the election's own entry is the first
  CHECK(one.group->propose("b") == 3);
  one.run();
  CHECK(one.applied_data == std::vector<std::string>{"a", "b"});
  CHECK(one.disk.hard.vote == 7);
  CHECK(one.outbox.empty());
}

TEST_CASE("a group of one elects itself by ticks alone, after the time it was told") {
  auto one = alone();
  one.group->election_after(13);
  for (int i = 0; i < 12; ++i) one.group->tick();
  CHECK_FALSE(one.group->has_ready());
  one.group->tick();
  one.run();
  CHECK(one.group->is_leader());
}

TEST_CASE("nothing is committed before it is durable, and a later number covers earlier ones") {
  auto one = alone();
  one.group->campaign();
  one.run();
  one.group->propose("a");
  const auto first = one.group->take_ready();
  one.group->propose("b");
  const auto second = one.group->take_ready();
  REQUIRE(first.must_persist);
  REQUIRE(second.number > first.number);
  CHECK(first.committed.empty());
  CHECK(second.committed.empty());
  CHECK_FALSE(one.group->has_ready());
  const auto after = one.group->persisted(second.number);
  REQUIRE(after.committed.size() == 2);
  CHECK(after.committed[0].data == first.entries[0].data);  // shared, not copied
  CHECK(after.committed[1].data == second.entries[0].data);
  CHECK_FALSE(after.must_persist);  // a commit index alone is not worth a sync
  CHECK(one.group->persisted(first.number).committed.empty());
}

TEST_CASE("a restarted group keeps its log and replays from what was applied") {
  auto one = alone();
  one.group->campaign();
  one.run();
  propose_all(one, {"a", "b", "c"});
  one.run();
  REQUIRE(one.applied_index == 4);
  one.applied_index = 2;  // the state's unsynced tail was lost
  one.applied_data = {"a"};
  one.start();
  CHECK(one.group->term() == 1);
  CHECK(one.group->term_of(4) == 1);
  one.group->campaign();
  one.run();
  CHECK(one.group->term() == 2);
  CHECK(one.applied_data == std::vector<std::string>{"a", "b", "c"});
  CHECK(one.group->propose("d") == 6);
}

TEST_CASE("a linearizable read of a group of one sees what was committed") {
  auto one = alone();
  one.group->campaign();
  one.run();
  one.group->propose("a");
  one.run();
  REQUIRE(one.group->read_index(77));
  one.run();
  REQUIRE(one.reads.size() == 1);
  CHECK(one.reads[0].context == 77);
  CHECK(one.reads[0].index == one.applied_index);
}

TEST_CASE("a compacted log remembers the term at its cut and restarts from there") {
  auto one = alone();
  one.group->campaign();
  one.run();
  propose_all(one, {"a", "b", "c"});
  const auto unapplied = one.group->take_ready();
  CHECK_FALSE(one.group->compact(3));
  auto committed = one.group->persisted(unapplied.number);
  one.store(unapplied);
  one.take_effects(committed);
  const auto bytes = one.group->log_bytes();
  REQUIRE(one.group->compact(3));
  CHECK(one.group->log_bytes() < bytes);
  CHECK(one.group->term_of(2) == 0);
  CHECK(one.group->term_of(3) == 1);
  CHECK(one.group->term_of(4) == 1);
  CHECK(one.group->term_of(5) == 0);

  one.disk.cut_index = 3;
  one.disk.cut_term = 1;
  one.disk.entries.erase(one.disk.entries.begin(), one.disk.entries.begin() + 3);
  one.start();
  CHECK(one.group->term_of(3) == 1);
  one.group->campaign();
  one.run();
  CHECK(one.group->propose("d") == 6);
}

}  // namespace resalehub
