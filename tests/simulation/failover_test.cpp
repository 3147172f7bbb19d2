// What real processes showed first: how long a cluster may be without what a node was for it.

#include <catch2/catch.hpp>

#include "cluster/joining.hpp"
#include "tests/simulation/example/account.hpp"
#include "tests/simulation/kit.hpp"

using namespace resalehub;
using namespace resalehub::simulation;
using namespace resalehub::simulation::example;

namespace {

const account_id anna{0, derived_ulid("account", "anna")};
const account_id bert{0, derived_ulid("account", "bert")};  // of the same partition

/// From the death of who leads Anna's partition to the first answer to what is asked after it.
virtual_ns gap_after_death(std::uint64_t seed) {
  test_cluster bank({.seed = seed});
  bank.register_kind(kind());
  REQUIRE(bank.ask(anna, command{deposit{1}}));
  const auto leader = bank.leader_of(anna);
  bank.stop(leader);
  const auto died = bank.in().time().now();
  REQUIRE(bank.ask(anna, command{deposit{1}}, {.at = leader % 3 + 1}));
  return bank.in().time().now() - died;
}

}  // namespace

/// The others stand for election one behind the other, and do not split the votes.
TEST_CASE("a leader that dies is followed before its clients have waited for two election times") {
  const node_pace pace;
  const auto election = pace.tick.count() * pace.election_ticks * millisecond_ns;
  std::vector<virtual_ns> gaps;
  for (std::uint64_t seed = 100; seed < 300; ++seed) gaps.push_back(gap_after_death(seed));
  std::sort(gaps.begin(), gaps.end());
  CHECK(gaps[gaps.size() / 2] < election * 3 / 2);
  CHECK(gaps.back() <= 2 * election);
}

TEST_CASE("a follower whose disk is slow costs its leader neither reads nor the leadership") {
  test_cluster bank({.seed = 7});
  bank.register_kind(kind());
  REQUIRE(bank.ask(anna, command{deposit{1}}));
  REQUIRE(bank.ask(bert, command{deposit{2}}));
  const auto leader = bank.leader_of(anna);
  const auto slow = leader % 3 + 1;
  bank.stop(slow % 3 + 1);
  REQUIRE(bank.ask(anna, command{deposit{1}}));

  bank.stall_storage(slow, storage_step::sync, {1, milliseconds{4'000}});
  const auto began = bank.in().time().now();
  const auto waits = bank.tell(anna, command{deposit{1}}, {.at = leader});
  bank.pass_until("a sync is slow", [&] { return bank.all_injected(); });
  for (int n = 0; n < 10; ++n) {
    bank.pass(milliseconds{200});
    REQUIRE(bank.query(bert, query{look{}}, {.at = leader}));
  }
  INFO(bank.story());
  CHECK(bank.in().time().now() - began < 3 * second_ns);
  CHECK_FALSE(waits.over());
  CHECK(bank.wait(waits));
  CHECK(bank.in().time().now() - began >= 4 * second_ns);
  CHECK(bank.leader_of(anna) == leader);
}

TEST_CASE("who knocks at a founder that is only beginning is answered at once") {
  trace log;
  world young({.seed = 3, .machines = 2}, log, [](kind_prefix) { return nullptr; });
  auto& founder = young.at(1);
  founder.memory.founder = true;
  founder.memory.node = 1;
  founder.memory.partitions = 2;
  young.start(founder);
  int asked = 0, refused = 0, let_in = 0;
  const controller::join who{"key", "n2", "", address_of(2), "", "", 0};
  while (let_in == 0) {
    REQUIRE(++asked < 100);
    founder.running->actors().introduced("n2", encoded(who), [&](std::string text) {
      const auto said = join_answer_from(text);
      REQUIRE(said);
      ++(said->refused ? refused : let_in);
    });
    young.run_for(100 * millisecond_ns);
    CHECK(refused + let_in == asked);
  }
  CHECK(refused > 0);
}
