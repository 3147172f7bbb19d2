#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "gateway/request_body.hpp"
#include "tests/support/standard_limits.hpp"

// The rows of the table of bad input that a body decides (H15 to H30; lengths are judged with the
// head). Each is sent whole, byte by byte and cut at every offset.

namespace resalehub {
namespace {

struct reading {
  body_outcome outcome = body_outcome::need_more;
  std::string code;
  std::string body;
  std::size_t taken = 0;

  friend bool operator==(const reading&, const reading&) = default;
};

request_head chunked_head() {
  request_head head;
  head.framing = body_framing::chunked;
  return head;
}
request_head length_head(std::uint64_t length) {
  request_head head;
  head.framing = body_framing::length;
  head.content_length = length;
  return head;
}

/// Gives the bytes in the pieces that end at `ends`.
reading read_in(const request_head& head, const std::string& bytes,
                const std::vector<std::size_t>& ends) {
  auto limits = testing::standard_limits();
  limits.body_bytes = 1000;
  body_reader reader(limits);
  reader.start(head);
  reading so_far;
  std::size_t begin = 0;
  for (auto piece_end : ends) {
    auto piece = bytes.substr(begin, piece_end - begin);
    auto [outcome, taken] = reader.read(piece, so_far.body);
    so_far.outcome = outcome;
    so_far.taken += taken;
    if (outcome == body_outcome::refused) so_far.code = row_of(reader.refusal().why).name;
    if (outcome != body_outcome::need_more) break;
    CHECK(taken == piece.size());
    begin = piece_end;
  }
  return so_far;
}

reading read_every_way(const request_head& head, const std::string& bytes) {
  auto whole = read_in(head, bytes, {bytes.size()});
  std::vector<std::size_t> each;
  for (std::size_t size = 1; size <= bytes.size(); ++size) each.push_back(size);
  CHECK(read_in(head, bytes, each) == whole);
  for (std::size_t offset = 1; offset < bytes.size(); ++offset) {
    INFO("cut at " << offset);
    CHECK(read_in(head, bytes, {offset, bytes.size()}) == whole);
  }
  return whole;
}

struct refused_row {
  std::string row, bytes, code;
  std::size_t at = 0;  ///< bytes taken, with the offending one; 0: not said
};

const std::vector<refused_row> refused_rows{
    {"H22 17 digits", "fffffffffffffffff\r\n", "malformed_chunk", 17},
    {"H22 17 digits of nothing", "00000000000000001\r\n", "malformed_chunk", 17},
    {"H22 negative", "-5\r\nhello\r\n", "malformed_chunk", 1},
    {"H22 leading space", " 5\r\nhello\r\n", "malformed_chunk", 1},
    {"H22 0x5", "0x5\r\nhello\r\n", "malformed_chunk", 2},
    {"H22 no digits", "\r\nhello\r\n", "malformed_chunk", 1},
    {"H22 only an extension", ";a\r\n", "malformed_chunk", 1},
    {"H23 trailing space", "5 \r\nhello\r\n", "malformed_chunk", 2},
    {"H23 bare LF", "5\nhello\r\n", "malformed_chunk", 2},
    {"H23 CR without LF", "5\rhello\r\n", "malformed_chunk", 3},
    {"H23 extension with a bare LF", "5;a=b\nhello\r\n", "malformed_chunk", 6},
    {"H23 quoted extension with a bare LF", "5;a=\"b\n\"\r\nhello\r\n", "malformed_chunk", 7},
    {"H24 extension without a name", "5;\r\nhello\r\n", "malformed_chunk", 3},
    {"H24 extension without a value", "5;a=\r\nhello\r\n", "malformed_chunk", 5},
    {"H24 extension of other bytes", "5;\x01\r\nhello\r\n", "malformed_chunk", 3},
    {"H24 gap before no name", "5;a b\r\nhello\r\n", "malformed_chunk", 5},
    {"H24 text behind a quoted value", "5;a=\"b\"c\r\nhello\r\n", "malformed_chunk", 8},
    {"H25 extension of 257 bytes", "5;" + std::string(256, 'a') + "\r\nhello\r\n",
     "malformed_chunk", 258},
    {"H25 in several chunks", "1;" + std::string(200, 'a') + "\r\nx\r\n1;" + std::string(56, 'a'),
     "malformed_chunk", 264},
    {"H26 data without CRLF", "5\r\nhello0\r\n\r\n", "malformed_chunk", 9},
    {"H26 data with a bare LF", "5\r\nhello\n0\r\n\r\n", "malformed_chunk", 9},
    {"H26 data with a bare CR", "5\r\nhello\r0\r\n\r\n", "malformed_chunk", 10},
    {"H27 trailer", "0\r\nX: 1\r\n\r\n", "trailers_not_allowed", 4},
    {"H28 trailer Content-Length", "0\r\nContent-Length: 5\r\n\r\n", "trailers_not_allowed", 4},
    {"H28 trailer Authorization", "0\r\nAuthorization: Bearer x\r\n\r\n", "trailers_not_allowed"},
    {"H28 trailer Host", "5\r\nhello\r\n0\r\nHost: x\r\n\r\n", "trailers_not_allowed"},
    {"H29 bare LF at the end", "0\r\n\n", "malformed_chunk", 4},
    {"H29 CR without LF at the end", "0\r\n\rX", "malformed_chunk", 5},
    {"H30 one chunk above the limit", "3e9\r\n", "payload_too_large", 5},
    {"H30 sum above the limit", "3e7\r\n" + std::string(999, 'x') + "\r\n2\r\nyy\r\n",
     "payload_too_large"},
    {"H30 a claim of 2^64-1", "ffffffffffffffff\r\n", "payload_too_large"},
    {"H30 a claim that would wrap around", "5\r\nhello\r\nfffffffffffffffe\r\n",
     "payload_too_large"},
};

struct complete_row {
  std::string row, bytes, body;
};

const std::vector<complete_row> complete_rows{
    {"H24 extension", "5;a\r\nhello\r\n0\r\n\r\n", "hello"},
    {"H24 extension with a value", "5;a=b;c=d\r\nhello\r\n0;e\r\n\r\n", "hello"},
    {"H24 quoted value", "5;a=\"b;\\\" \t\"\r\nhello\r\n0\r\n\r\n", "hello"},
    {"H24 blanks around", "5; a = b ; c\r\nhello\r\n0\r\n\r\n", "hello"},
    {"H24 extension of 256 bytes", "5;" + std::string(255, 'a') + "\r\nhello\r\n0\r\n\r\n",
     "hello"},
    {"H29 empty", "0\r\n\r\n", ""},
    {"H30 the limit itself", "3e8\r\n" + std::string(1000, 'x') + "\r\n0\r\n\r\n",
     std::string(1000, 'x')},
    {"leading zeros and both cases", "00A\r\n0123456789\r\n0b\r\n0123456789a\r\n0000\r\n\r\n",
     "01234567890123456789a"},
    {"CRLF inside", "4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n"},
};

}  // namespace

TEST_CASE("a bad chunked body is refused the same way however it is cut") {
  for (const auto& row : refused_rows) {
    DYNAMIC_SECTION(row.row) {
      auto read = read_every_way(chunked_head(), row.bytes);
      REQUIRE(read.outcome == body_outcome::refused);
      CHECK(read.code == row.code);
      if (row.at > 0) CHECK(read.taken == row.at);
    }
  }
}

TEST_CASE("a good chunked body is read the same way however it is cut") {
  for (const auto& row : complete_rows) {
    DYNAMIC_SECTION(row.row) {
      auto read = read_every_way(chunked_head(), row.bytes + "GET");
      CHECK(read.outcome == body_outcome::complete);
      CHECK(read.body == row.body);
      CHECK(read.taken == row.bytes.size());
    }
  }
}

TEST_CASE("H20: a body shorter than its length needs more") {
  auto read = read_every_way(length_head(6), "hello");
  CHECK(read.outcome == body_outcome::need_more);
}

TEST_CASE("H21: what is behind a body's length is left alone") {
  auto read = read_every_way(length_head(5), "helloGET / HTTP/1.1");
  CHECK(read.outcome == body_outcome::complete);
  CHECK(read.body == "hello");
  CHECK(read.taken == 5);
}

TEST_CASE("H19: without a length there is no body") {
  auto limits = testing::standard_limits();
  body_reader reader(limits);
  reader.start(request_head{});
  std::string body;
  auto [outcome, taken] = reader.read("GET /", body);
  CHECK(outcome == body_outcome::complete);
  CHECK(taken == 0);
}

TEST_CASE("a body reader that is started again forgets the last body") {
  auto limits = testing::standard_limits();
  body_reader reader(limits);
  std::string body;
  reader.start(chunked_head());
  REQUIRE(reader.read("5;" + std::string(250, 'a') + "\r\nhello\r\n0\r\n\r\n", body).outcome ==
          body_outcome::complete);
  body.clear();
  reader.start(chunked_head());
  REQUIRE(reader.read("2;" + std::string(250, 'a') + "\r\nhi\r\n0\r\n\r\n", body).outcome ==
          body_outcome::complete);
  CHECK(body == "hi");
}

}  // namespace resalehub
