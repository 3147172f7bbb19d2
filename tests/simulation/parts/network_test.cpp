#include "tests/simulation/network.hpp"

#include <catch2/catch.hpp>

#include "tests/simulation/fault_effects.hpp"

namespace resalehub::simulation {
namespace {

/// Writes down what it hears, in order.
class listening final : public endpoint {
 public:
  void opened(machine_number peer, const identity& who) override {
    heard += "+" + std::to_string(peer) + "/" + std::to_string(who.incarnation) + " ";
  }
  void closed(machine_number peer, const identity&) override {
    heard += "-" + std::to_string(peer) + " ";
  }
  void arrived(machine_number, const identity& who, std::string message) override {
    heard += message + " ";
    if (who.incarnation != 1) heard += "from another life ";
    ++messages;
  }
  void asked(std::string, std::string, std::function<void(std::string)> reply) override {
    reply("");
  }
  std::string taken() { return std::exchange(heard, {}); }

  std::string heard;
  int messages = 0;
};

/// Two machines, or more, whose links are made.
struct pair_of_machines {
  explicit pair_of_machines(std::uint64_t seed = 1, std::uint32_t machines = 2)
      : ways(time, log, {.seed = seed}), doors(machines + 1), count(machines) {
    for (machine_number machine = 1; machine <= machines; ++machine) join(machine, 1);
    pass(5'000);
    for (auto& door : doors) door.taken();
  }
  void join(machine_number machine, std::uint64_t incarnation) {
    ways.attach(machine, {machine, "node", incarnation}, doors[machine]);
    std::map<machine_number, identity> others;
    for (machine_number other = 1; other <= count; ++other) others[other] = {other, "node"};
    ways.expect(machine, others);
  }
  void pass(std::int64_t ms) { time.run_until(time.now() + ms * millisecond_ns); }
  void begin(fault_kind kind, std::int64_t duration_ms, std::int64_t strength = 0) {
    const fault one{.kind = kind, .machines = {1}, .others = {2}, .duration_ms = duration_ms,
                    .strength = strength};
    REQUIRE(carry_out(one, ways, time));
  }
  bool send(const std::string& message, lane way = lane::urgent) {
    return ways.send(1, 2, way, message);
  }
  std::string at(machine_number machine) { return doors[machine].taken(); }

  timeline time;
  trace log;
  network ways;
  std::vector<listening> doors;
  std::uint32_t count;
};

TEST_CASE("without a connection nothing is sent") {
  timeline time;
  trace log;
  network ways(time, log, {});
  listening one, two;
  ways.attach(1, {1, "node", 1}, one);
  ways.attach(2, {2, "node", 1}, two);
  CHECK_FALSE(ways.send(1, 2, lane::urgent, "early"));
  ways.expect(1, {{2, {2, "node"}}});
  time.run_until(10 * second_ns);
  CHECK_FALSE(ways.send(1, 2, lane::urgent, "one end wants it"));
  ways.expect(2, {{1, {1, "another name"}}});
  time.run_until(20 * second_ns);
  CHECK_FALSE(ways.send(1, 2, lane::urgent, "not the one who was meant"));
  ways.expect(2, {{1, {1, "node"}}});
  time.run_until(30 * second_ns);
  CHECK(ways.send(1, 2, lane::urgent, "now"));
  time.run_until(31 * second_ns);
  CHECK(two.heard == "+1/1 now ");
}

TEST_CASE("a queue that is full refuses until it drains") {
  pair_of_machines w;
  w.begin(fault_kind::slow_link, 60'000, 100'000);
  const std::string big(1 << 20, 'x');
  int sent = 0;
  while (w.send(big, lane::bulk)) ++sent;
  CHECK(sent == 3);
  CHECK(w.send("small"));
  w.pass(60'000);
  CHECK(w.send(big, lane::bulk));
}

TEST_CASE("within a connection everything arrives once and in order") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    pair_of_machines w(seed);
    w.begin(fault_kind::delay_spike, 500, 100'000);
    std::string expected;
    for (int i = 0; i < 200; ++i) {
      const auto text = std::to_string(i);
      REQUIRE(w.send(text));
      expected += text + " ";
      w.pass(5);
    }
    w.pass(10'000);
    CHECK(w.at(2) == expected);
    CHECK(w.at(1).empty());
  }
}

TEST_CASE("a reset loses what is under way, tells both, and they meet again") {
  pair_of_machines w;
  CHECK(w.send("lost"));
  w.begin(fault_kind::reset, 0);
  w.pass(10'000);
  CHECK(w.at(1) == "-2 +2/1 ");
  CHECK(w.at(2) == "-1 +1/1 ");
  CHECK(w.send("after"));
  w.pass(1'000);
  CHECK(w.at(2) == "after ");
}

TEST_CASE("bytes that are held up by a short block arrive when it is over") {
  pair_of_machines w;
  w.begin(fault_kind::one_way_block, 800);
  CHECK(w.send("held"));
  CHECK(w.ways.send(2, 1, lane::urgent, "back"));
  w.pass(700);
  CHECK(w.at(2).empty());
  CHECK(w.at(1) == "back ");
  w.pass(1'000);
  CHECK(w.at(2) == "held ");
}

TEST_CASE("a long block one way breaks the connection for both, until it is over") {
  pair_of_machines w;
  w.begin(fault_kind::one_way_block, 10'000);
  CHECK(w.send("gone"));
  w.pass(900);
  CHECK(w.at(2).empty());
  w.pass(8'000);
  CHECK(w.at(1) == "-2 ");
  CHECK(w.at(2) == "-1 ");
  CHECK_FALSE(w.send("no connection"));
  w.pass(5'000);
  CHECK(w.at(1) == "+2/1 ");
  CHECK(w.at(2) == "+1/1 ");
}

TEST_CASE("a partition of two leaves a third in touch with both") {
  pair_of_machines w(1, 3);
  w.begin(fault_kind::partition, 10'000);
  w.pass(9'000);
  CHECK(w.at(1) == "-2 ");
  CHECK(w.at(2) == "-1 ");
  CHECK(w.at(3).empty());
  CHECK(w.ways.send(1, 3, lane::urgent, "a"));
  CHECK(w.ways.send(3, 2, lane::urgent, "b"));
  w.pass(500);
  CHECK(w.at(3) == "a ");
  CHECK(w.at(2) == "b ");
}

TEST_CASE("a wrong byte is caught: its frame is not heard and its connection ends") {
  pair_of_machines w;
  w.begin(fault_kind::corrupting, 500, 1'000'000);
  CHECK(w.send("garbled"));
  w.pass(10'000);
  CHECK(w.at(2) == "-1 +1/1 ");
  CHECK(w.ways.figures().corruption_caught == 1);
}

TEST_CASE("behind a message that vanished nothing arrives, and both hear of it") {
  pair_of_machines w;
  w.begin(fault_kind::vanishing, 100, 1'000'000);
  CHECK(w.send("vanishes"));
  w.pass(200);
  CHECK(w.send("behind"));
  w.pass(10'000);
  CHECK(w.at(2) == "-1 +1/1 ");
  CHECK(w.at(1) == "-2 +2/1 ");
}

TEST_CASE("a message that is lost with its connection is told as disconnected") {
  pair_of_machines w;
  w.begin(fault_kind::losing, 100, 1'000'000);
  CHECK(w.send("lost"));
  w.pass(10'000);
  CHECK(w.at(2) == "-1 +1/1 ");
  CHECK(w.ways.figures().lost == 1);
}

TEST_CASE("late messages of a broken connection arrive after the next one was told") {
  pair_of_machines w;
  w.begin(fault_kind::late, 20'000, 1'000'000);
  CHECK(w.send("old"));
  w.begin(fault_kind::reset, 0);
  w.pass(10'000);
  CHECK(w.at(2) == "-1 +1/1 old ");
  CHECK(w.ways.figures().late == 1);
}

TEST_CASE("doubled messages arrive again, on another connection only") {
  pair_of_machines w;
  w.begin(fault_kind::doubling, 20'000, 1'000'000);
  CHECK(w.send("twice"));
  w.pass(1'000);
  CHECK(w.at(2) == "twice ");
  w.begin(fault_kind::reset, 0);
  w.pass(10'000);
  CHECK(w.at(2) == "-1 +1/1 twice ");
}

TEST_CASE("a message of an earlier life of its sender says so; one to an earlier life is lost") {
  pair_of_machines w;
  w.begin(fault_kind::late, 30'000, 1'000'000);
  CHECK(w.send("old"));
  CHECK(w.ways.send(2, 1, lane::urgent, "to the dead"));
  w.ways.detach(1);
  w.join(1, 2);
  w.pass(15'000);
  CHECK(w.at(2) == "-1 +1/2 old ");
  CHECK(w.at(1) == "+2/1 ");
}

TEST_CASE("peers of a process that died hear of it, and of its next life") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    pair_of_machines w(seed);
    w.ways.detach(1);
    w.pass(4'000);
    CHECK(w.at(2) == "-1 ");
    w.join(1, 2);
    w.pass(4'000);
    CHECK(w.at(2) == "+1/2 ");
    CHECK(w.at(1) == "+2/1 ");
  }
}

TEST_CASE("a machine that sleeps hears everything afterwards, in order") {
  pair_of_machines w;
  CHECK(w.ways.send(2, 1, lane::urgent, "first"));
  w.ways.pause(1);
  w.pass(500);
  CHECK(w.at(1).empty());
  w.ways.resume(1);
  w.pass(100);
  CHECK(w.at(1) == "first ");
  w.ways.pause(1);
  w.pass(10'000);
  CHECK(w.at(2) == "-1 ");
  CHECK(w.at(1).empty());
  w.ways.heal();
  w.pass(4'000);
  CHECK(w.at(1) == "-2 +2/1 ");
  CHECK(w.at(2) == "+1/1 ");
}

TEST_CASE("whatever happened, after healing all are connected and nothing is left behind") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    pair_of_machines w(seed, 5);
    stream chance(seed, "storm");
    for (int step = 0; step < 150; ++step) {
      const auto kind = static_cast<fault_kind>(chance.below(10));
      const auto some = machine_set{static_cast<machine_number>(chance.between(1, 5))};
      carry_out({.kind = kind,
                 .machines = some,
                 .others = machine_set::first(5) - some,
                 .duration_ms = chance.between(0, 6'000),
                 .strength = chance.between(1, 200'000)},
                w.ways, w.time);
      const auto from = static_cast<machine_number>(chance.between(1, 5));
      if (chance.chance(50'000)) {
        w.ways.detach(from);
        w.join(from, 1);
      }
      if (chance.chance(50'000)) w.ways.pause(from);
      if (chance.chance(100'000)) w.ways.resume(from);
      for (machine_number to = 1; to <= 5; ++to)
        if (to != from) static_cast<void>(w.ways.send(from, to, lane::bulk, "m"));
      w.pass(chance.between(1, 300));
    }
    w.ways.heal();
    w.pass(20'000);
    for (machine_number machine = 1; machine <= 5; ++machine) w.at(machine);
    for (machine_number from = 1; from <= 5; ++from)
      for (machine_number to = 1; to <= 5; ++to)
        if (to != from) REQUIRE(w.ways.send(from, to, lane::urgent, "x"));
    w.pass(1'000);
    for (machine_number machine = 1; machine <= 5; ++machine)
      CHECK(w.at(machine) == "x x x x ");
    CHECK(w.time.empty());
  }
}

TEST_CASE("the same seed and doings leave the same trace, another seed another") {
  const auto hash_of_run = [](std::uint64_t seed) {
    pair_of_machines w(seed);
    for (int i = 0; i < 50; ++i) {
      static_cast<void>(w.send(std::to_string(i)));
      w.pass(20);
    }
    return w.log.hash();
  };
  CHECK(hash_of_run(1) == hash_of_run(1));
  CHECK(hash_of_run(1) != hash_of_run(2));
}

}  // namespace
}  // namespace resalehub::simulation
