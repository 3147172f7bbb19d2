// What a cluster must bear, case by case: growing and shrinking under load, any minority dying at
// any instant, most disks lost, a leader that sleeps.

#include <catch2/catch.hpp>

#include "tests/simulation/example/account.hpp"
#include "tests/simulation/kit.hpp"

using namespace resalehub;
using namespace resalehub::simulation;
using namespace resalehub::simulation::example;

namespace {

account_id account(std::uint32_t number, std::uint32_t of) {
  return {static_cast<slot_number>(slots_max / of * number),
          derived_ulid("account", std::to_string(number))};
}

/// Clients who pay one unit each into accounts, at any time and through any node. The account shows
/// its balance in the answer: so with n of them, each number from 1 to n is answered once.
class payers {
 public:
  payers(test_cluster& bank, std::uint32_t accounts) : bank_(bank), paid_(accounts) {}

  void pay_once_each() {
    for (std::uint32_t n = 0; n < paid_.size(); ++n)
      paid_[n].push_back(bank_.tell(who(n), command{deposit{1}}));
  }
  /// Does not wait for the answers.
  void pay_for(milliseconds time) {
    for (milliseconds spent{0}; spent < time; spent += milliseconds{200}) {
      pay_once_each();
      bank_.pass(milliseconds{200});
    }
  }
  void pay_until(std::string_view what, const std::function<bool()>& holds) {
    const auto limit = bank_.in().time().now() + 120 * second_ns;
    while (!holds()) {
      INFO(what << "; " << bank_.story());
      REQUIRE(bank_.in().time().now() < limit);
      pay_for(milliseconds{1000});
    }
  }
  void check_answers() {
    for (std::uint32_t n = 0; n < paid_.size(); ++n) {
      std::vector<std::string> heard, right;
      for (const auto& one : paid_[n]) {
        const auto said = bank_.wait(one);
        REQUIRE(said);
        heard.push_back(said->bytes);
        right.push_back("{\"balance_minor\":" + std::to_string(heard.size()) + "}");
      }
      std::sort(heard.begin(), heard.end());
      std::sort(right.begin(), right.end());
      CHECK(heard == right);
      const auto found = bank_.query(who(n), query{look{}});
      state is;
      REQUIRE((found && unpack(found->bytes, is)));
      CHECK(is.balance_minor == static_cast<std::int64_t>(right.size()));
    }
  }

 private:
  account_id who(std::uint32_t n) const {
    return account(n, static_cast<std::uint32_t>(paid_.size()));
  }

  test_cluster& bank_;
  std::vector<std::vector<told>> paid_;
};

/// Each partition has its replicas and a leader on these machines, and none has two more of either
/// than another.
bool even(const std::vector<partition_place>& now, machine_set on) {
  std::map<machine_number, int> replicas, leaders;
  for (const auto machine : on.list()) replicas[machine] = leaders[machine] = 0;
  const auto wanted = std::min<std::size_t>(3, on.count());
  for (const auto& place : now) {
    if (place.voters.size() != wanted || !place.learners.empty() || !on.has(place.leader))
      return false;
    ++leaders[place.leader];
    for (const auto voter : place.voters) {
      if (!on.has(voter)) return false;
      ++replicas[voter];
    }
  }
  const auto spread = [](const std::map<machine_number, int>& counts) {
    int least = INT32_MAX, most = 0;
    for (const auto& [machine, count] : counts) {
      least = std::min(least, count);
      most = std::max(most, count);
    }
    return most - least;
  };
  return spread(replicas) <= 1 && spread(leaders) <= 1;
}

/// All the answers of a few payments while these machines die after so many turns of actors, and
/// again when they are back; how many turns the payments took. What is left answers by itself, or
/// only with those that come back.
enum class left { answers, waits };
std::uint64_t pay_through(const cluster_options& options, std::uint64_t turn, machine_set dying,
                          left then) {
  test_cluster bank(options);
  bank.register_kind(kind());
  bank.begin();
  payers clients(bank, 2);
  const auto before = bank.faults().turns();
  if (turn > 0)
    bank.faults().after_turns(turn, [&] {
      for (const auto machine : dying.list()) bank.stop(machine);
    });
  for (int round = 0; round < 4; ++round) {
    clients.pay_once_each();
    bank.pass(milliseconds{10});
  }
  bank.pass(milliseconds{300});
  const auto turns = bank.faults().turns() - before;
  INFO("turn " << turn << "; " << bank.story());
  if (then == left::answers) clients.check_answers();
  bank.pass(milliseconds{3000});
  for (const auto machine : dying.list()) bank.start(machine);
  clients.check_answers();
  return turns;
}

}  // namespace

TEST_CASE("a cluster grows from one node to three to five and shrinks to three under load") {
  test_cluster bank({.seed = 11, .machines = 5, .partitions = 6, .absent = {2, 3, 4, 5}});
  bank.register_kind(kind());
  payers clients(bank, 12);
  clients.pay_for(milliseconds{2000});
  for (const auto& place : bank.placement()) CHECK(place.voters == std::vector<machine_number>{1});

  bank.admit(2);
  bank.admit(3);
  clients.pay_until("three nodes have even shares",
                    [&] { return even(bank.placement(), {1, 2, 3}); });
  bank.admit(4);
  bank.admit(5);
  clients.pay_until("five nodes have even shares",
                    [&] { return even(bank.placement(), {1, 2, 3, 4, 5}); });
  bank.drain(1);
  bank.drain(4);
  clients.pay_until("three nodes have even shares again",
                    [&] { return even(bank.placement(), {2, 3, 5}); });
  bank.stop(1);
  bank.stop(4);
  clients.pay_for(milliseconds{2000});
  INFO(bank.story());
  clients.check_answers();
  bank.pass(milliseconds{20'000});
  CHECK(even(bank.placement(), {2, 3, 5}));
}

TEST_CASE("whichever node of three dies at whatever instant, nothing acknowledged is missing") {
  const cluster_options options{.seed = 5, .patience = milliseconds{60'000}};
  const auto turns = pay_through(options, 0, {}, left::answers);
  constexpr std::uint64_t instants = 40;
  for (machine_number machine = 1; machine <= 3; ++machine)
    for (std::uint64_t n = 0; n < instants; ++n)
      pay_through(options, 1 + machine + n * turns / instants, {machine}, left::answers);
}

TEST_CASE("whichever two of five die at whatever instant, nothing acknowledged is missing") {
  // A partition has three replicas: with two of them gone it waits for one to come back.
  const cluster_options options{.seed = 6, .machines = 5, .patience = milliseconds{60'000}};
  const auto turns = pay_through(options, 0, {}, left::waits);
  constexpr std::uint64_t instants = 8;
  for (machine_number one = 1; one <= 5; ++one)
    for (machine_number other = one + 1; other <= 5; ++other)
      for (std::uint64_t n = 0; n < instants; ++n)
        pay_through(options, one + other + n * turns / instants, {one, other}, left::waits);
}

TEST_CASE("when most disks are lost, a partition says so and never serves a shorter history") {
  const auto survivor = GENERATE(1u, 2u, 3u);
  const auto missed = GENERATE(0, 3);  // of the last payments, by the survivor
  test_cluster bank({.seed = 20 + survivor});
  bank.register_kind(kind());
  const auto anna = account(0, 2);
  for (int n = 0; n < 5; ++n) REQUIRE(bank.ask(anna, command{deposit{1}}));
  machine_set others;
  for (machine_number machine = 1; machine <= 3; ++machine)
    if (machine != survivor) others.add(machine);
  if (missed > 0) bank.cut({survivor}, others, milliseconds{600'000});
  for (int n = 0; n < missed; ++n)
    REQUIRE(bank.ask(anna, command{deposit{1}}, {.at = others.list().front()}));
  for (const auto machine : others.list()) bank.replace(machine);
  bank.calm();
  INFO(bank.story());

  const auto once = [&](std::string_view key, ask_mode mode, std::string body) {
    resalehub::ask request;
    request.to = anna;
    request.mode = mode;
    request.request = derived_request("late", key);
    request.body = std::move(body);
    const auto said = bank.ask_once(survivor, request);
    REQUIRE(said);
    REQUIRE_FALSE(*said);
    CHECK(said->problem().code == code::shard_unavailable);
  };
  for (int n = 0; n < 20; ++n) {
    once(std::to_string(n) + " look", ask_mode::query, packed(query{look{}}));
    once(std::to_string(n) + " pay", ask_mode::keyed, packed(command{deposit{1}}));
    for (const auto machine : others.list())  // nobody is there who could let them in
      CHECK_FALSE(bank.in().up(machine));
    bank.pass(milliseconds{1000});
  }
}

TEST_CASE("a leader that slept never answers a read that the others have overtaken") {
  const auto seed = GENERATE(range(30, 38));
  test_cluster bank({.seed = static_cast<std::uint64_t>(seed)});
  bank.register_kind(kind());
  const auto anna = account(0, 2);
  REQUIRE(bank.ask(anna, command{deposit{1}}));
  const auto sleeper = bank.leader_of(anna);
  const asking awake{.at = sleeper % 3 + 1};
  std::int64_t overtaken = 1;
  int answers = 0, heard = 0;
  const auto read_there = [&] {
    resalehub::ask question;
    question.to = anna;
    question.mode = ask_mode::query;
    question.body = packed(query{look{}});
    question.deadline = bank.in().steady_at(sleeper) + milliseconds{60'000};
    ++answers;
    bank.in().ask(sleeper, std::move(question), [&, least = overtaken](client_answer said) {
      ++heard;
      state found;
      if (!said || !*said || !unpack((*said)->bytes, found)) return;
      CHECK(found.balance_minor >= least);
    });
  };
  bank.pause(sleeper, milliseconds{10'000});
  for (int n = 0; n < 4; ++n) {
    REQUIRE(bank.ask(anna, command{deposit{1}}, awake));
    ++overtaken;
    read_there();
  }
  const auto wakes = bank.in().time().now() + 12 * second_ns;
  while (bank.in().time().now() < wakes) {  // also in the instant in which it wakes
    read_there();
    bank.pass(milliseconds{40});
  }
  bank.pass_until("all reads are answered", [&] { return heard == answers; },
                  milliseconds{90'000});
  INFO(bank.story());
  CHECK(bank.query(anna, query{look{}}, {.at = sleeper}));
}
