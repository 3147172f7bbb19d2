#include "cluster/tls_link_lanes.hpp"

#include <catch2/catch.hpp>
#include <thread>

using namespace resalehub;

namespace {

std::vector<std::string> messages_in(std::string_view frame) {
  std::vector<std::string> out;
  std::string_view message;
  while (take_message(frame, message)) out.emplace_back(message);
  CHECK(frame.empty());
  return out;
}

lane_limits small() {
  return {.frame_bytes = 1000, .bulk_frame_bytes = 200, .waiting_bytes = {4000, 2000}};
}

}  // namespace

TEST_CASE("a message whose length is a lie is none") {
  std::string frame;
  append_message(frame, "hello");
  for (std::size_t size = 0; size < frame.size(); ++size) {
    std::string_view cut(frame.data(), size), message;
    CHECK_FALSE(take_message(cut, message));
    CHECK(cut.size() == size);
  }
  std::string_view huge("\xFF\xFF\xFF\xFF....", 8), message;
  CHECK_FALSE(take_message(huge, message));
}

TEST_CASE("lanes without a connection refuse, and drop what waits when theirs ends") {
  int woken = 0;
  link_lanes lanes(small(), [&] { ++woken; });
  std::string frame;
  CHECK_FALSE(lanes.push(lane::urgent, "early"));
  lanes.open();
  CHECK(lanes.push(lane::urgent, "meant for the first"));
  lanes.open();
  CHECK(lanes.push(lane::urgent, "meant for the second"));
  CHECK(lanes.fill(frame) == 1);
  CHECK(messages_in(frame) == std::vector<std::string>{"meant for the second"});
  lanes.close();
  CHECK_FALSE(lanes.push(lane::bulk, "late"));
  CHECK(woken == 2);
}

TEST_CASE("a full lane refuses, whatever waits in the other, until a frame took some of it") {
  link_lanes lanes(small(), [] {});
  lanes.open();
  int taken = 0;
  while (lanes.push(lane::bulk, std::string(100, 'b'))) ++taken;
  CHECK(taken > 5);
  CHECK(taken < 20);
  CHECK(lanes.push(lane::urgent, "passes by"));
  std::string frame;
  CHECK(lanes.fill(frame) == 2);
  CHECK(lanes.push(lane::bulk, std::string(100, 'b')));
  lanes.close();
  lanes.open();
  int again = 0;
  while (lanes.push(lane::bulk, std::string(100, 'b'))) ++again;
  CHECK(again == taken);  // nothing that was dropped is counted still
}

TEST_CASE("messages without bytes fill a lane too") {
  link_lanes lanes(small(), [] {});
  lanes.open();
  int taken = 0;
  while (taken < 1000 && lanes.push(lane::urgent, "")) ++taken;
  CHECK(taken < 1000);
}

TEST_CASE("urgent messages pass by bulk, each lane in its order, and bulk is not starved") {
  link_lanes lanes(small(), [] {});
  lanes.open();
  std::string frame;
  REQUIRE(lanes.push(lane::bulk, std::string(600, '1')));
  REQUIRE(lanes.push(lane::bulk, std::string(600, '2')));
  REQUIRE(lanes.push(lane::urgent, "a"));
  REQUIRE(lanes.push(lane::urgent, "b"));
  lanes.fill(frame);
  CHECK(messages_in(frame) == std::vector<std::string>{"a", "b"});
  REQUIRE(lanes.push(lane::urgent, "c"));
  REQUIRE(lanes.push(lane::urgent, std::string(500, 'd')));
  lanes.fill(frame);  // bulk's turn, behind as much as fits before it
  CHECK(messages_in(frame) == std::vector<std::string>{"c", std::string(600, '1')});
  lanes.fill(frame);
  CHECK(messages_in(frame) == std::vector<std::string>{std::string(500, 'd')});
  lanes.fill(frame);
  CHECK(messages_in(frame) == std::vector<std::string>{std::string(600, '2')});
  CHECK(lanes.fill(frame) == 0);
  CHECK(frame.empty());
}

TEST_CASE("a message larger than what is gathered goes alone") {
  auto limits = small();
  limits.gathered_bytes = 300;
  link_lanes lanes(limits, [] {});
  lanes.open();
  std::string frame;
  REQUIRE(lanes.push(lane::urgent, "a"));
  REQUIRE(lanes.push(lane::urgent, std::string(900, 'b')));
  REQUIRE(lanes.push(lane::urgent, "c"));
  REQUIRE(lanes.push(lane::bulk, "d"));
  const std::vector<std::vector<std::string>> frames = {{"a", "d"}, {std::string(900, 'b')}, {"c"}};
  for (const auto& expected : frames) {
    lanes.fill(frame);
    CHECK(messages_in(frame) == expected);
  }
}

TEST_CASE("what threads push arrives whole, each thread's in its order, and wakes the loop") {
  constexpr int threads = 3, each = 20'000;
  std::atomic<int> wakes{0};
  link_lanes lanes({}, [&] { ++wakes; });
  lanes.open();
  std::vector<std::thread> pushers;
  for (int t = 0; t < threads; ++t)
    pushers.emplace_back([&, t] {
      for (int i = 0; i < each;)
        if (lanes.push(lane::urgent, std::to_string(t) + " " + std::to_string(i))) ++i;
    });
  std::array<int, threads> next{};
  int seen = 0;
  std::string frame;
  for (int left = threads * each; left > 0;) {
    while (wakes.load() == seen) std::this_thread::yield();
    seen = wakes.load();
    while (lanes.fill(frame) > 0)
      for (const auto& message : messages_in(frame)) {
        const auto thread = static_cast<std::size_t>(message[0] - '0');
        REQUIRE(std::stoi(message.substr(2)) == next[thread]++);
        --left;
      }
  }
  for (auto& one : pushers) one.join();
  CHECK(lanes.fill(frame) == 0);
}
