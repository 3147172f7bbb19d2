// The example of docs/fault-injection.md: an account under faults at the level of its actor.

#include "tests/simulation/example/account.hpp"

#include <catch2/catch.hpp>

#include "tests/simulation/kit.hpp"

using namespace resalehub;
using namespace resalehub::simulation;
using namespace resalehub::simulation::example;

// -- an account of one's own: begin
namespace {

account_id account(std::string_view name) {
  return {derived_slot("account", name), derived_ulid("account", name)};
}

state seen(test_cluster& bank, const account_id& which) {
  state out;
  const auto said = bank.query(which, query{look{}});
  REQUIRE((said && unpack(said->bytes, out)));
  return out;
}

}  // namespace

TEST_CASE("a transfer takes effect once though its credit is lost, doubled, and its actor dies") {
  const auto fault = GENERATE(drop(message<credit>()), duplicate(message<credit>()),
                              throw_in(message<credit>(), moment::decided),
                              kill_receiver(message<credit>(), moment::committed),
                              crash_sender(message<credit>()));
  test_cluster bank;
  bank.register_kind(kind());
  REQUIRE(bank.ask(account("anna"), command{deposit{100}}));
  bank.inject(fault);
  REQUIRE(bank.ask(account("anna"), command{transfer{account("ben"), 30}}));
  bank.pass_until("the money has arrived",
                  [&] { return seen(bank, account("anna")).under_way_minor == 0; });
  INFO(bank.story());
  CHECK(bank.all_injected());
  CHECK(seen(bank, account("anna")).balance_minor == 70);
  CHECK(seen(bank, account("ben")).balance_minor == 30);
}
// -- an account of one's own: end

TEST_CASE("money for an account that is frozen comes back, also through a change of leadership") {
  test_cluster bank({.seed = 3});
  bank.register_kind(kind());
  const auto anna = account("anna"), ben = account("ben");
  REQUIRE(bank.ask(anna, command{deposit{100}}));
  REQUIRE(bank.ask(ben, command{freeze{}}));
  bank.inject(delay(message<credit>(), milliseconds{3000}));
  REQUIRE(bank.ask(anna, command{transfer{ben, 30}}));
  CHECK(seen(bank, anna).under_way_minor == 30);
  const auto partition = bank.partition_of(anna);
  bank.move_leadership(partition, bank.leader_of(anna) % 3 + 1);
  bank.pass_until("the money is back", [&] { return seen(bank, anna).under_way_minor == 0; });
  INFO(bank.story());
  CHECK(bank.all_injected());
  CHECK(seen(bank, anna).balance_minor == 100);
}
