#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "gateway/frame_watch.hpp"
#include "tests/gateway/frames.hpp"
#include "tests/support/standard_limits.hpp"

namespace resalehub {
namespace {

/// The verdict over `bytes` given in the pieces that end at `ends`; 0 when there is none.
std::uint16_t watched(const std::string& bytes, const std::vector<std::size_t>& ends) {
  auto limits = testing::standard_limits();
  frame_watch watch(limits);
  std::size_t begin = 0;
  for (auto end : ends) {
    auto passed = watch.pass(std::string_view(bytes).substr(begin, end - begin), 1);
    if (watch.verdict()) return watch.verdict()->code;
    CHECK(passed == end - begin);
    begin = end;
  }
  return 0;
}

std::uint16_t watched_every_way(const std::string& bytes) {
  auto whole = watched(bytes, {bytes.size()});
  std::vector<std::size_t> each;
  for (std::size_t size = 1; size <= bytes.size(); ++size) each.push_back(size);
  CHECK(watched(bytes, each) == whole);
  for (std::size_t offset = 1; offset < bytes.size(); ++offset)
    CHECK(watched(bytes, {offset, bytes.size()}) == whole);
  return whole;
}

std::string close_frame(std::uint16_t code, const std::string& reason = {}) {
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
  return frame(0x88, payload + reason);
}

}  // namespace

TEST_CASE("W17 and W18: close frames with codes that may not be sent are refused") {
  for (int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535}) {
    INFO(code);
    CHECK(watched_every_way(close_frame(static_cast<std::uint16_t>(code))) == 1002);
  }
  for (int code : {1000, 1001, 1003, 1007, 1011, 1014, 3000, 4999}) {
    INFO(code);
    CHECK(watched_every_way(close_frame(static_cast<std::uint16_t>(code), "bye")) == 0);
  }
  CHECK(watched_every_way(frame(0x88, "x")) == 1002);
  CHECK(watched_every_way(frame(0x88, "")) == 0);
  CHECK(watched_every_way(close_frame(1000, "\xC3")) == 1007);
  CHECK(watched_every_way(close_frame(1000, "\xED\xA0\x80")) == 1007);
}

TEST_CASE("W19: more than 64 fragments are refused, 64 are not") {
  auto fragments = [](int count) {
    auto bytes = frame(0x01, "");
    for (int i = 2; i < count; ++i) bytes += frame(0x00, "");
    return bytes + frame(0x80, "");
  };
  CHECK(watched_every_way(fragments(64)) == 0);
  CHECK(watched_every_way(fragments(65)) == 4400);
  CHECK(watched_every_way(fragments(64) + fragments(64)) == 0);
}

TEST_CASE("W20: more than ten control frames within a second are refused") {
  auto limits = testing::standard_limits();
  frame_watch watch(limits);
  for (int i = 0; i < 10; ++i) watch.pass(frame(0x89, "p"), 5'000'000);
  CHECK_FALSE(watch.verdict());
  SECTION("the eleventh in the same second") {
    watch.pass(frame(0x89, "p"), 5'999'999);
    REQUIRE(watch.verdict());
    CHECK(watch.verdict()->code == 4429);
  }
  SECTION("the eleventh in the next second") {
    watch.pass(frame(0x89, "p"), 6'000'000);
    CHECK_FALSE(watch.verdict());
  }
}

TEST_CASE("W21: binary frames are refused in their header") {
  auto limits = testing::standard_limits();
  frame_watch watch(limits);
  auto bytes = frame(0x81, "text") + frame(0x82, "binary");
  CHECK(watch.pass(bytes, 1) == frame(0x81, "text").size() + 1);
  REQUIRE(watch.verdict());
  CHECK(watch.verdict()->code == 4400);
}

TEST_CASE("W8, W9, W12: a binary frame that is no frame is left to the protocol") {
  auto limits = testing::standard_limits();
  frame_watch watch(limits);
  auto bytes = frame(0x82 | 0x40, "binary");
  SECTION("a reserved bit") {}
  SECTION("inside a message") { bytes = frame(0x01, "begun") + frame(0x82, "binary"); }
  SECTION("no mask") { bytes = std::string{"\x82\x01x", 3}; }
  watch.pass(bytes, 1);
  CHECK_FALSE(watch.verdict());
}

TEST_CASE("lengths of every form are followed") {
  for (std::size_t size : {0, 1, 125, 126, 127, 65535, 65536, 70000}) {
    INFO(size);
    auto bytes = frame(0x81, std::string(size, 'x')) + close_frame(5000);
    CHECK(watched(bytes, {bytes.size()}) == 1002);
    CHECK(watched(bytes, {3, 5, 9, bytes.size() - 3, bytes.size()}) == 1002);
  }
}

}  // namespace resalehub
