#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "tests/gateway/request_heads.hpp"
#include "tests/support/standard_limits.hpp"

// The bad input that a head decides on: each whole, byte by byte and cut anywhere, one verdict.

namespace resalehub {

using namespace heads;

namespace {

struct verdict {
  head_outcome outcome = head_outcome::need_more;
  std::string code;
  bool close = false;
  std::size_t at = 0;  ///< bytes that had been given

  friend bool operator==(const verdict& a, const verdict& b) {
    return a.outcome == b.outcome && a.code == b.code && a.close == b.close;
  }
  friend std::ostream& operator<<(std::ostream& out, const verdict& v) {
    return out << (v.code.empty() ? "outcome " + std::to_string(static_cast<int>(v.outcome))
                                  : v.code) << (v.close ? ", close" : "");
  }
};

verdict verdict_of(const head_reader& reader, head_outcome outcome, std::size_t at) {
  if (outcome != head_outcome::refused) return {outcome, "", false, at};
  return {outcome, std::string(row_of(reader.refusal().why).name), reader.refusal().close, at};
}

http_limits test_limits() {
  auto limits = testing::standard_limits();
  limits.names = {"shop.test", "[::1]", "other.test:81"};
  return limits;
}

verdict read_whole(const std::string& bytes, const http_limits& limits) {
  head_reader reader(limits);
  return verdict_of(reader, reader.read(bytes), bytes.size());
}

/// A fresh copy of the prefix for each call: a view kept from an earlier one would dangle.
verdict read_bytewise(const std::string& bytes, const http_limits& limits) {
  head_reader reader(limits);
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    auto copy = std::make_unique<std::string>(bytes, 0, size);
    auto outcome = reader.read(*copy);
    if (outcome != head_outcome::need_more) return verdict_of(reader, outcome, size);
  }
  return {head_outcome::need_more, "", false, bytes.size()};
}

verdict read_cut(const std::string& bytes, std::size_t offset, const http_limits& limits) {
  head_reader reader(limits);
  auto first = std::make_unique<std::string>(bytes, 0, offset);
  auto outcome = reader.read(*first);
  if (outcome != head_outcome::need_more) return verdict_of(reader, outcome, offset);
  first.reset();
  return verdict_of(reader, reader.read(bytes), bytes.size());
}

verdict read_every_way(const std::string& bytes, const http_limits& limits = test_limits()) {
  auto whole = read_whole(bytes, limits);
  auto bytewise = read_bytewise(bytes, limits);
  CHECK(bytewise == whole);
  std::size_t step = bytes.size() > 2000 ? 61 : 1;  // long heads: every 61st cut
  for (std::size_t offset = 1; offset < bytes.size(); offset += step) {
    INFO("cut at " << offset);
    auto cut = read_cut(bytes, offset, limits);
    if (!(cut == whole)) CHECK(cut == whole);
  }
  return bytewise;
}

}  // namespace

TEST_CASE("a bad head is refused the same way however it is cut") {
  for (const auto& row : refused_rows) {
    DYNAMIC_SECTION(row.row) {
      auto verdict = read_every_way(row.bytes);
      REQUIRE(verdict.outcome == head_outcome::refused);
      CHECK(verdict.code == row.code);
      CHECK(verdict.close == row.close);
      if (row.at > 0) CHECK(verdict.at == row.at);
    }
  }
}

TEST_CASE("a good head is served the same way however it is cut") {
  for (const auto& row : served_rows) {
    DYNAMIC_SECTION(row.row) {
      CHECK(read_every_way(row.bytes).outcome == head_outcome::complete);
      auto limits = test_limits();
      head_reader reader(limits);
      auto bytes = row.bytes + "behind";
      REQUIRE(reader.read(bytes) == head_outcome::complete);
      CHECK(reader.head().size == row.bytes.size());
      row.check(reader.head());
    }
  }
}

TEST_CASE("every prefix of a good head needs more") {
  auto limits = test_limits();
  auto bytes = post(cl + "5\r\nContent-Type: application/json\r\nX-Empty:\r\nX-Blank:   ");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    head_reader reader(limits);
    CHECK(reader.read(bytes.substr(0, size)) == head_outcome::need_more);
  }
}

TEST_CASE("values come without the blanks around them, names as sent") {
  const auto limits = test_limits();
  head_reader reader(limits);
  auto bytes = get("\r\nX-Empty:\r\nX-Blank: \t \r\nAccept: \t a b \t ");
  REQUIRE(reader.read(bytes) == head_outcome::complete);
  const auto& fields = reader.head().fields;
  REQUIRE(fields.size() == 4);
  CHECK(fields[0].value == "shop.test");
  CHECK(fields[1].value.empty());
  CHECK(fields[2].value.empty());
  CHECK(fields[3].name == "Accept");
  CHECK(fields[3].value == "a b");
}

TEST_CASE("a reader that was restarted remembers nothing") {
  const auto limits = test_limits();
  head_reader reader(limits);
  auto first = post("\r\nConnection: close" + cl + "7");
  REQUIRE(reader.read(first) == head_outcome::complete);
  reader.restart();
  auto second = get("");
  REQUIRE(reader.read(second) == head_outcome::complete);
  CHECK(reader.head().fields.size() == 1);
  CHECK(reader.head().keeps_alive);
  CHECK(reader.head().content_length == 0);
  CHECK(reader.head().method == http_method::get);
}

}  // namespace resalehub
