// Each fault of the kit is seen to do what it says, and nothing else.

#include "tests/simulation/kit.hpp"

#include <catch2/catch.hpp>

#include "tests/simulation/example/account.hpp"
#include "tests/simulation/register_entity.hpp"

using namespace resalehub;
using namespace resalehub::simulation;
using namespace resalehub::simulation::example;

namespace {

const account_id anna{5, derived_ulid("anna")};
const registers::register_id shelf{5, derived_ulid("shelf")};

struct bank : test_cluster {
  explicit bank(const cluster_options& options = {}) : test_cluster(options) {
    register_kind(kind());
    register_kind(registers::kind());
    begin();
  }
  std::int64_t balance() {
    state is;
    const auto said = query(anna, example::query{look{}});
    REQUIRE((said && unpack(said->bytes, is)));
    return is.balance_minor;
  }
  /// One attempt to pay one unit in, through any node; the same key twice is the same request.
  client_answer pay_once(std::string_view key, machine_number at = 2) {
    resalehub::ask request;
    request.to = anna;
    request.mode = ask_mode::keyed;
    request.request = derived_request("pay", key);
    request.body = packed(command{deposit{1}});
    return ask_once(at, request);
  }
  std::uint64_t failures_of_entities() {
    std::uint64_t all = 0;
    for (machine_number machine = 1; machine <= 3; ++machine)
      if (in().up(machine)) all += in().at(machine).running->actors().figures().actor_failures;
    return all;
  }
  virtual_ns now() { return in().time().now(); }
};

bool refused_with(const client_answer& said, code why) {
  return said && !*said && said->problem().code == why;
}

}  // namespace

TEST_CASE("a fault that hits nothing is told, and what cannot be answered names all faults") {
  bank market({.patience = milliseconds{3'000}});
  market.inject(drop(message<freeze>()));
  CHECK(market.balance() == 0);
  CHECK_FALSE(market.all_injected());
  CHECK_THAT(market.story(), Catch::Contains("not yet: freeze no. 1: dropped"));
  market.inject(refuse(message<deposit>({.times = 1'000})));
  CHECK_THROWS_WITH(market.ask(anna, command{deposit{1}}),
                    Catch::Contains("no answer") &&
                        Catch::Contains("deposit no. 1 and 999 more: refused"));
  CHECK_THROWS_WITH(market.kill(account_id{9, derived_ulid("nobody")}),
                    Catch::Contains("is not awake"));
}

TEST_CASE("a dropped command is not considered, and who sent it hears that the time is over") {
  bank market;
  market.inject(drop(message<deposit>({.nth = 2})));
  CHECK(market.pay_once("first"));
  CHECK(refused_with(market.pay_once("second"), code::deadline_exceeded));
  CHECK(market.balance() == 1);
  CHECK(market.all_injected());
}

TEST_CASE("a refused command is refused as it is said, at the node that it is said of") {
  bank market;
  market.inject(refuse(message<deposit>({.from = 3}), code::overloaded));
  CHECK(*market.pay_once("one", 2));
  CHECK(refused_with(market.pay_once("two", 3), code::overloaded));
  CHECK(*market.pay_once("two", 3));
  CHECK(market.balance() == 2);
}

TEST_CASE("a delayed command takes effect late") {
  bank market;
  market.inject(delay(message<deposit>({.to = anna}), milliseconds{2'000}));
  const auto before = market.now();
  CHECK(*market.pay_once("one"));
  CHECK(market.now() - before >= 2 * second_ns);
  CHECK(market.balance() == 1);
}

TEST_CASE("a doubled command takes effect once, and a reordered one behind the next") {
  bank market;
  market.inject(duplicate(message<deposit>()));
  CHECK(*market.pay_once("one"));
  market.pass(milliseconds{100});
  CHECK(market.balance() == 1);

  const auto write = [&](std::uint64_t value) {
    return market.tell(shelf, registers::command{registers::write{value}}, {.at = 1});
  };
  market.inject(reorder(message<registers::write>()));
  const auto first = write(7), second = write(8);
  CHECK(market.wait(first));
  CHECK(market.wait(second));
  const auto read = market.query(shelf, registers::query{registers::read{}});
  CHECK(registers::value_in(read->bytes) == 7);
  CHECK(market.all_injected());
}

TEST_CASE("a handler that throws, before or after it has decided, ends its actor alone") {
  const auto when = GENERATE(moment::before, moment::decided);
  bank market;
  market.inject(throw_in(message<deposit>(), when));
  CHECK(refused_with(market.pay_once("one"), code::internal));
  CHECK(market.failures_of_entities() == 1);
  CHECK(market.balance() == 0);
  CHECK(*market.pay_once("one"));
  CHECK(market.balance() == 1);
}

TEST_CASE("an entity that is killed loses nothing that is committed") {
  bank market;
  CHECK(*market.pay_once("one"));
  SECTION("now") { market.kill(anna); }
  SECTION("before it looks at a message") {
    market.inject(kill_receiver(message<deposit>(), moment::before));
    CHECK(market.ask(anna, command{deposit{1}}));
    CHECK(market.balance() == 2);
  }
  SECTION("between its decision and the commit") {
    market.inject(kill_receiver(message<deposit>(), moment::decided));
    CHECK(*market.pay_once("two"));
    CHECK(market.balance() == 2);
  }
  SECTION("when it is committed") {
    market.inject(kill_receiver(message<deposit>(), moment::committed));
    CHECK(*market.pay_once("two"));
    CHECK(market.balance() == 2);
  }
  market.pass(milliseconds{100});
  CHECK(market.failures_of_entities() == 1);
  CHECK(market.all_injected());
  const auto before = market.balance();
  CHECK(*market.pay_once("three"));
  CHECK(market.balance() == before + 1);
}

TEST_CASE("a partition that is killed at a commit has answered nobody and kept everything") {
  bank market;
  const auto leader = market.leader_of(anna);
  const auto lives = market.in().at(leader).lives;
  CHECK(*market.pay_once("one", leader));
  market.kill_partition(market.partition_of(anna));
  CHECK_FALSE(market.pay_once("two", leader));
  CHECK(market.balance() == 2);
  const auto again = market.pay_once("two", leader % 3 + 1);
  REQUIRE((again && *again));
  CHECK((*again)->replayed);
  CHECK(market.balance() == 2);
  market.pass(milliseconds{2'000});
  CHECK(market.in().at(leader).lives > lives);
  CHECK(market.in().up(leader));
}

TEST_CASE("the node that a message leaves crashes right after it") {
  bank market;
  market.inject(crash_sender(message<deposit>()));
  CHECK_FALSE(market.pay_once("one", 2));
  CHECK_FALSE(market.in().up(2));
  market.pass(milliseconds{2'000});
  CHECK(market.in().up(2));
  const auto reports = market.leader_of(controller_id()) % 3 + 1;  // to another node
  market.inject(crash_sender(message<node_report>({.from = reports})));
  const auto lives = market.in().at(reports).lives;
  market.pass(milliseconds{3'000});
  CHECK(market.in().at(reports).lives > lives);
}

TEST_CASE("a disk that fails ends its node, and one that stalls holds up who needs it") {
  bank market;
  const auto step = GENERATE(storage_step::sync, storage_step::write);
  const auto leader = market.leader_of(anna);
  const auto lives = market.in().at(leader).lives;
  CHECK(*market.pay_once("one", leader));
  SECTION("fails") {
    market.fail_storage(leader, step);
    CHECK(market.ask(anna, command{deposit{1}}));
    market.pass(milliseconds{3'000});
    CHECK(market.in().at(leader).lives > lives);
    CHECK(market.balance() == 2);
  }
  SECTION("stalls") {
    const auto before = market.now();
    for (machine_number machine = 1; machine <= 3; ++machine)
      market.stall_storage(machine, step, {1, milliseconds{800}});
    CHECK(market.ask(anna, command{deposit{1}}));
    CHECK(market.ask(anna, command{deposit{1}}));
    CHECK(market.all_injected());
    CHECK(market.now() - before >= 800 * millisecond_ns);
  }
  SECTION("is full") {
    market.fill_disk(leader, milliseconds{500});
    CHECK(market.ask(anna, command{deposit{1}}));
    CHECK(market.balance() == 2);
  }
}

TEST_CASE("clocks, leaderships and nodes go where they are told to") {
  bank market({.seed = 4});
  market.move_clock(2, milliseconds{60'000});
  CHECK(market.in().now_at(2) - market.in().now_at(1) == milliseconds{60'000});
  market.mend_clock(2);
  CHECK(market.in().now_at(2) == market.in().now_at(1));
  market.freeze_clock(1);
  market.drift_clock(3, 1'000);
  const auto frozen = market.in().now_at(1);
  for (machine_number to = 1; to <= 3; ++to) {
    market.move_leadership(0, to);
    CHECK(*market.pay_once("with leader " + std::to_string(to), to));
  }
  CHECK(market.in().now_at(1) == frozen);
  CHECK(market.balance() == 3);
  market.stop(1);
  CHECK_FALSE(market.pay_once("at nobody", 1));
  market.start(1);
  market.pause(2, milliseconds{1'000});
  market.cut({1}, {3}, milliseconds{1'000});
  CHECK(market.ask(anna, command{deposit{1}}));
  CHECK(market.balance() == 4);
}

TEST_CASE("the same seed and the same calls make the same run") {
  const auto run = [](std::uint64_t seed) {
    bank market({.seed = seed});
    market.inject(crash_sender(message<raft_steps>({.nth = 5})));
    market.inject(throw_in(message<deposit>()));
    REQUIRE(market.ask(anna, command{deposit{1}}));
    market.pass(milliseconds{2'000});
    return market.in().log().hash();
  };
  const auto first = run(8);
  CHECK(run(8) == first);
  CHECK(run(9) != first);
}
