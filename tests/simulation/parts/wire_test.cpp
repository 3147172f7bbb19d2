#include "tests/simulation/wire.hpp"

#include <catch2/catch.hpp>

namespace resalehub::simulation {
namespace {

bool queued(wire& line, lane way, std::string message) { return line.queue(way, message); }

TEST_CASE("a full lane refuses, keeps the message with its owner, and leaves the other lane open") {
  wire line({.urgent_bytes_max = 100, .bulk_bytes_max = 1'000});
  CHECK(queued(line, lane::urgent, std::string(80, 'a')));
  std::string refused(80, 'b');
  CHECK_FALSE(line.queue(lane::urgent, refused));
  CHECK(refused == std::string(80, 'b'));
  CHECK(queued(line, lane::bulk, std::string(80, 'c')));
}

TEST_CASE("what is under way still counts against its lane until it arrives") {
  wire line({.urgent_bytes_max = 100});
  CHECK(queued(line, lane::urgent, std::string(80, 'a')));
  const auto due = line.depart({.now = 0, .takes = 10});
  CHECK_FALSE(queued(line, lane::urgent, std::string(80, 'b')));
  CHECK_FALSE(line.arrive(due - 1));
  CHECK(line.arrive(due)->what.message == std::string(80, 'a'));
  CHECK(queued(line, lane::urgent, std::string(80, 'b')));
}

TEST_CASE("what is urgent passes by what is bulky, and each lane keeps its order") {
  wire line({});
  for (const auto* text : {"b1", "b2"}) CHECK(queued(line, lane::bulk, text));
  for (const auto* text : {"u1", "u2"}) CHECK(queued(line, lane::urgent, text));
  std::string order;
  while (line.has_queued()) line.depart({.now = line.free_at(), .takes = 5});
  while (auto one = line.arrive(1'000'000)) order += one->what.message + " ";
  CHECK(order == "u1 u2 b1 b2 ");
}

TEST_CASE("a fast message does not overtake a slow one") {
  wire line({});
  CHECK(queued(line, lane::urgent, "slow"));
  CHECK(queued(line, lane::urgent, "fast"));
  const auto slow = line.depart({.now = 0, .takes = 1'000'000});
  const auto fast = line.depart({.now = line.free_at(), .takes = 1});
  CHECK(fast >= slow);
  CHECK(line.arrive(fast)->what.message == "slow");
}

TEST_CASE("a slow line is busy for as long as its bytes take") {
  wire line({});
  CHECK(queued(line, lane::bulk, std::string(984, 'x')));  // 1,000 bytes with its head
  const auto due = line.depart({.now = 0, .takes = 7, .bytes_per_second = 1'000});
  CHECK(line.free_at() == second_ns);
  CHECK(due == second_ns + 7);
}

TEST_CASE("an abandoned line gives back what was whole and under way") {
  wire line({});
  CHECK(queued(line, lane::urgent, "whole"));
  CHECK(queued(line, lane::urgent, "vanished"));
  CHECK(queued(line, lane::bulk, "waits"));
  line.depart({.now = 0});
  line.depart({.now = line.free_at(), .end = fate::vanished});
  CHECK(line.abandon() == std::vector<std::string>{"whole"});
  CHECK_FALSE(line.has_queued());
  CHECK_FALSE(line.next_due());
}

}  // namespace
}  // namespace resalehub::simulation
