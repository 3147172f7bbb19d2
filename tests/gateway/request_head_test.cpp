#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/request_head.hpp"
#include "tests/support/standard_limits.hpp"

// The bad input that a head decides on: each whole, byte by byte and cut anywhere, one verdict.

namespace resalehub {
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

const std::string end = "\r\n\r\n";
std::string get(const std::string& fields) {
  return "GET /v1/me HTTP/1.1\r\nHost: shop.test" + fields + end;
}
std::string post(const std::string& fields) {
  return "POST /v1/carts HTTP/1.1\r\nHost: shop.test" + fields + end;
}
std::string asks(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: shop.test" + end;
}
std::string with_host(const std::string& host) {
  return "GET / HTTP/1.1\r\nHost: " + host + end;
}
std::string many_fields(int count, const std::string& field) {
  std::string out;
  for (int i = 0; i < count; ++i) out += "\r\n" + field;
  return out;
}
/// A head whose block behind the request line has exactly this many bytes.
std::string block_of(std::size_t bytes) {
  std::string line = "GET / HTTP/1.1\r\n", host = "Host: shop.test\r\nX: ";
  return line + host + std::string(bytes - host.size() - 4, 'a') + end;
}
/// A request line of this many bytes.
std::string line_of(std::size_t bytes) {
  return "GET /" + std::string(bytes - 14, 'a') + " HTTP/1.1\r\nHost: shop.test" + end;
}

struct refused_row {
  std::string row, bytes, code;
  bool close = true;
  std::size_t at = 0;  ///< the offending byte counts as given; 0: not said
};

const std::string te = "\r\nTransfer-Encoding: ", cl = "\r\nContent-Length: ";

const std::vector<refused_row> refused_rows{
    {"H1 length, then chunked", post(cl + "5" + te + "chunked"), "ambiguous_framing"},
    {"H1 chunked, then length", post(te + "chunked" + cl + "5"), "ambiguous_framing"},
    {"H2 gzip and length", post(te + "gzip" + cl + "5"), "ambiguous_framing"},
    {"H3 identity", post(te + "identity"), "ambiguous_framing"},
    {"H3 identity and length", post(te + "identity" + cl + "5"), "ambiguous_framing"},
    {"H4 xchunked", post(te + "xchunked"), "ambiguous_framing"},
    {"H4 chunked is not last", post(te + "chunked, gzip"), "ambiguous_framing"},
    {"H4 empty coding", post(te), "ambiguous_framing"},
    {"H4 chunked with a parameter", post(te + "chunked;q=1"), "ambiguous_framing"},
    {"H4 quoted chunked", post(te + "\"chunked\""), "ambiguous_framing"},
    {"H4 empty element", post(te + "chunked,"), "ambiguous_framing"},
    {"H5 chunked, identity", post(te + "chunked, identity"), "ambiguous_framing"},
    {"H5 identity, chunked", post(te + "identity, chunked"), "ambiguous_framing"},
    {"H6 chunked twice in a list", post(te + "chunked, chunked"), "ambiguous_framing"},
    {"H7 two fields of chunked", post(te + "chunked" + te + "chunked"), "ambiguous_framing"},
    {"H8 gzip, chunked", post(te + "gzip, chunked"), "unsupported_transfer_coding"},
    {"H9 space before the colon", post("\r\nTransfer-Encoding : chunked"), "malformed_request",
     true, std::string("POST /v1/carts HTTP/1.1\r\nHost: shop.test\r\nTransfer-Encoding ").size()},
    {"H10 vertical tab", post(te + "\vchunked"), "malformed_request"},
    {"H11 chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked" + end,
     "ambiguous_framing"},
    {"H12 two equal lengths", post(cl + "5" + cl + "5"), "ambiguous_framing"},
    {"H13 two lengths", post(cl + "5" + cl + "6"), "ambiguous_framing"},
    {"H14 list of lengths", post(cl + "5, 5"), "ambiguous_framing"},
    {"H15 +5", post(cl + "+5"), "malformed_request"},
    {"H15 -1", post(cl + "-1"), "malformed_request"},
    {"H15 0x5", post(cl + "0x5"), "malformed_request"},
    {"H15 empty", post(cl), "malformed_request"},
    {"H15 5a", post(cl + "5a"), "malformed_request"},
    {"H16 2^64", post(cl + "18446744073709551616"), "payload_too_large"},
    {"H16 fifty digits", post(cl + std::string(50, '9')), "payload_too_large"},
    {"H17 2^64-1", post(cl + "18446744073709551615"), "payload_too_large"},
    {"H17 one over the limit", post(cl + "1048577"), "payload_too_large"},
    {"H18 leading zeros", post(cl + "0005"), "malformed_request"},
    {"H31 no Host", "GET / HTTP/1.1" + end, "missing_host"},
    {"H32 two Hosts", get("\r\nHost: shop.test"), "malformed_request"},
    {"H33 empty Host", with_host(""), "malformed_request"},
    {"H33 Host with a space", with_host("shop .test"), "malformed_request"},
    {"H33 Host with @", with_host("me@shop.test"), "malformed_request"},
    {"H33 port 99999", with_host("shop.test:99999"), "malformed_request"},
    {"H33 port of letters", with_host("shop.test:http"), "malformed_request"},
    {"H33 path in Host", with_host("shop.test/x"), "malformed_request"},
    {"H34 Host not ours", with_host("other.test"), "misdirected_request", false},
    {"H34 Host not ours, with a body",
     "POST / HTTP/1.1\r\nHost: other.test" + cl + "5" + end, "misdirected_request", true},
    {"H35 bare LF behind the line", "GET / HTTP/1.1\nHost: shop.test\n\n", "malformed_request",
     true, 15},
    {"H35 bare LF behind a field", "GET / HTTP/1.1\r\nHost: shop.test\n\n", "malformed_request",
     true, 32},
    {"H35 bare LF at the end", "GET / HTTP/1.1\r\nHost: shop.test\r\n\n", "malformed_request", true,
     34},
    {"H36 bare CR", get("\r\nX: a\rb"), "malformed_request"},
    {"H36 NUL", get(std::string("\r\nX: a\0b", 8)), "malformed_request"},
    {"H36 DEL", get("\r\nX: a\x7f"), "malformed_request"},
    {"H36 control byte", get("\r\nX: a\x01"), "malformed_request"},
    {"H37 in Authorization", get("\r\nAuthorization: Bearer \xC3\xA4"), "malformed_request"},
    {"H37 in Content-Type", post("\r\nContent-Type: \xFF"), "malformed_request"},
    {"H37 in Transfer-Encoding", post(te + "chunked\x80"), "malformed_request"},
    {"H37 in Connection", get("\r\nConnection: \x80"), "malformed_request"},
    {"H37 in Upgrade", get("\r\nUpgrade: \x80"), "malformed_request"},
    {"H37 in Idempotency-Key", post("\r\nIdempotency-Key: \xE2\x82\xAC"), "malformed_request"},
    {"H37 in If-Match", get("\r\nIf-Match: \"\xFF\""), "malformed_request"},
    {"H37 in Origin", get("\r\nOrigin: http://\xC3\xA4.test"), "malformed_request"},
    {"H37 in traceparent", get("\r\ntraceparent: \x90"), "malformed_request"},
    {"H37 in Host", with_host("sh\xC3\xB6p.test"), "malformed_request"},
    {"H38 folded line", get("\r\nX: a\r\n b"), "malformed_request"},
    {"H38 folded by a tab", get("\r\nX: a\r\n\tb"), "malformed_request"},
    {"H39 no colon", get("\r\nfield"), "malformed_request"},
    {"H39 empty name", get("\r\n: value"), "malformed_request"},
    {"H39 space in a name", get("\r\nmy field: 1"), "malformed_request"},
    {"H39 parenthesis in a name", get("\r\nmy(field: 1"), "malformed_request"},
    {"H40 first line starts with a space", "GET / HTTP/1.1\r\n Host: shop.test" + end,
     "malformed_request", true, 17},
    {"H41 101 fields", get(many_fields(100, "X: 1")), "header_fields_too_large"},
    {"H41 900 tiny fields", get(many_fields(900, "a:")), "header_fields_too_large"},
    {"H42 block of 17 KiB", block_of(17 * 1024), "header_fields_too_large"},
    {"H42 one byte too many", block_of(16 * 1024 + 1), "header_fields_too_large"},
    {"H42 without an end", block_of(17 * 1024).substr(0, 16 * 1024 + 17), "header_fields_too_large",
     true, 16 * 1024 + 17},
    {"H43 line of 8 KiB + 1", line_of(8 * 1024 + 1), "uri_too_long"},
    {"H43 line without an end", "GET /" + std::string(8188, 'a'), "uri_too_long", true, 8193},
    {"H43 CR behind a method of 8 KiB", std::string(8192, 'A') + end, "uri_too_long", true, 8193},
    {"H43 CR behind a target up to 8 KiB", "GET /" + std::string(8187, 'a') + end, "uri_too_long",
     true, 8193},
    {"H43 CR inside the version at 8 KiB", "GET /" + std::string(8180, 'a') + " HTTP/1" + end,
     "uri_too_long", true, 8193},
    {"H44 two spaces", "GET  / HTTP/1.1" + end, "malformed_request", true, 5},
    {"H44 tab", "GET\t/ HTTP/1.1" + end, "malformed_request", true, 4},
    {"H44 space in the target", "GET /a b HTTP/1.1" + end, "malformed_request", true, 8},
    {"H45 NUL in the target", asks(std::string("/a\0b", 4)), "malformed_request"},
    {"H45 control in the target", asks("/a\x01"), "malformed_request"},
    {"H45 DEL in the target", asks("/a\x7f"), "malformed_request"},
    {"H46 raw UTF-8", asks("/\xC3\xA4"), "malformed_request"},
    {"H46 fragment", asks("/a#b"), "malformed_request"},
    {"H46 %zz", asks("/%zz"), "malformed_request"},
    {"H46 cut escape", asks("/a%2"), "malformed_request"},
    {"H46 cut escape before a query", asks("/a%?b"), "malformed_request"},
    {"H46 %00", asks("/a%00"), "malformed_request"},
    {"H46 %00 in a query", asks("/a?b=%00"), "malformed_request"},
    {"H46 overlong slash", asks("/%c0%af"), "malformed_request"},
    {"H46 overlong in three", asks("/%e0%80%af"), "malformed_request"},
    {"H46 surrogate", asks("/%ed%a0%80"), "malformed_request"},
    {"H46 above the last", asks("/%f4%90%80%80"), "malformed_request"},
    {"H46 unfinished UTF-8", asks("/%c3"), "malformed_request"},
    {"H46 unfinished UTF-8 before text", asks("/%c3a"), "malformed_request"},
    {"H48 another authority", asks("http://other.test/v1/me"), "misdirected_request", false},
    {"H48 user in the authority", asks("http://me@shop.test/"), "malformed_request"},
    {"H48 another scheme", asks("ftp://shop.test/"), "malformed_request"},
    {"H48 no form", asks("v1/me"), "malformed_request"},
    {"H49 CONNECT", "CONNECT shop.test:443 HTTP/1.1\r\nHost: shop.test" + end,
     "method_not_allowed"},
    {"H49 TRACE", "TRACE / HTTP/1.1\r\nHost: shop.test" + end, "method_not_allowed", false},
    {"H50 GET *", asks("*"), "malformed_request"},
    {"H51 FOOBAR", "FOOBAR / HTTP/1.1\r\nHost: shop.test" + end, "not_implemented", false},
    {"H51 methods have a case", "get / HTTP/1.1\r\nHost: shop.test" + end, "not_implemented",
     false},
    {"H52 bad byte in the method", "G(T / HTTP/1.1" + end, "malformed_request", true, 2},
    {"H52 empty method", " / HTTP/1.1" + end, "malformed_request", true, 1},
    {"H53 HTTP/2.0", "GET / HTTP/2.0\r\nHost: shop.test" + end, "http_version_not_supported"},
    {"H53 HTTP/0.9", "GET / HTTP/0.9\r\nHost: shop.test" + end, "http_version_not_supported"},
    {"H53 http/1.1", "GET / http/1.1\r\nHost: shop.test" + end, "malformed_request", true, 7},
    {"H53 no version", "GET /" + end, "malformed_request", true, 6},
    {"H53 empty version", "GET / " + end, "malformed_request", true, 7},
    {"H53 two digits", "GET / HTTP/1.11" + end, "malformed_request", true, 15},
    {"H53 HTTP/3", "GET / HTTP/3" + end, "malformed_request", true, 13},
    {"H54 preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "http_version_not_supported",
     true, 16},
    {"H55 TLS ClientHello", std::string("\x16\x03\x01\x02\x00\x01", 6), "malformed_request", true,
     1},
    {"H56 five empty lines", "\r\n\r\n\r\n\r\n\r\n" + get(""), "malformed_request", true, 9},
    {"H56 bare LF first", "\n" + get(""), "malformed_request", true, 1},
    {"H56 CR without LF first", "\rGET / HTTP/1.1" + end, "malformed_request", true, 2},
    {"H57 GET with a body", get(cl + "5"), "unexpected_body"},
    {"H57 HEAD with a body", "HEAD / HTTP/1.1\r\nHost: shop.test" + cl + "1" + end,
     "unexpected_body"},
    {"H57 GET in chunks", get(te + "chunked"), "unexpected_body"},
    {"H58 another expectation", post("\r\nExpect: tea"), "expectation_failed", false},
    {"H58 another expectation, with a body", post("\r\nExpect: tea" + cl + "5"),
     "expectation_failed", true},
    {"H59 body over the limit", post("\r\nExpect: 100-continue" + cl + "1048577"),
     "payload_too_large"},
    {"H61 Connection lists Transfer-Encoding", get("\r\nConnection: close, transfer-Encoding"),
     "malformed_request"},
    {"H61 Connection lists Content-Length", get("\r\nConnection: Content-Length"),
     "malformed_request"},
    {"H61 Connection lists Host", get("\r\nConnection: keep-alive\r\nConnection: HOST"),
     "malformed_request"},
    {"H61 Connection lists no token", get("\r\nConnection: a b"), "malformed_request"},
    {"H70 Content-Encoding: gzip", post("\r\nContent-Encoding: gzip" + cl + "5"),
     "unsupported_media"},
};

using head_check = std::function<void(const request_head&)>;
struct served_row {
  std::string row, bytes;
  head_check check = [](const request_head&) {};
};

const std::vector<served_row> served_rows{
    {"H10 tab around chunked", post(te + "\tchunked\t"),
     [](auto& head) { CHECK(head.framing == body_framing::chunked); }},
    {"H10 case does not matter", post("\r\ntransfer-ENCODING: ChunKed"),
     [](auto& head) { CHECK(head.framing == body_framing::chunked); }},
    {"H17 the limit itself", post(cl + "1048576"),
     [](auto& head) { CHECK(head.content_length == 1048576); }},
    {"H18 a zero", post(cl + "0"), [](auto& head) { CHECK_FALSE(head.has_body()); }},
    {"H19 no length", post(""), [](auto& head) { CHECK(head.framing == body_framing::none); }},
    {"H31 no Host in HTTP/1.0", "GET / HTTP/1.0" + end,
     [](auto& head) { CHECK_FALSE(head.keeps_alive); }},
    {"H33 a port", with_host("Shop.Test:8080")},
    {"H33 an IPv6 literal", with_host("[::1]:80")},
    {"H34 a name with its port", with_host("other.test:81")},
    {"H37 opaque elsewhere", get("\r\nX-Note: gr\xC3\xBC\xDF"),
     [](auto& head) { CHECK(head.fields.back().value == "gr\xC3\xBC\xDF"); }},
    {"H41 100 fields", get(many_fields(99, "X: 1")),
     [](auto& head) { CHECK(head.fields.size() == 100); }},
    {"H42 15 KiB", block_of(15 * 1024)},
    {"H42 16 KiB", block_of(16 * 1024)},
    {"H43 a line of 8 KiB", line_of(8 * 1024)},
    {"H46 brackets", asks("/v1/listings?price[gte]=1000&near=60.17,24.94"),
     [](auto& head) {
       CHECK(head.target.path == "/v1/listings");
       CHECK(head.target.query == "price[gte]=1000&near=60.17,24.94");
     }},
    {"H46 good escapes", asks("/%E2%82%AC?q=%F0%9F%9A%B2%20a")},
    {"H47 no path is changed", asks("/v1/../x//y/%2e%2e/;z"),
     [](auto& head) { CHECK(head.target.path == "/v1/../x//y/%2e%2e/;z"); }},
    {"H48 absolute form, Host ignored",
     "GET http://shop.test:80/v1/me?a=1 HTTP/1.1\r\nHost: other.test" + end,
     [](auto& head) {
       CHECK(head.target.path == "/v1/me");
       CHECK(head.target.query == "a=1");
     }},
    {"H48 absolute form without a path", asks("HTTP://shop.test"),
     [](auto& head) { CHECK(head.target.path == "/"); }},
    {"H50 OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: shop.test" + end,
     [](auto& head) { CHECK(head.target.form == target_form::asterisk); }},
    {"H53 HTTP/1.9", "GET / HTTP/1.9\r\nHost: shop.test" + end,
     [](auto& head) { CHECK(head.keeps_alive); }},
    {"H56 four empty lines", "\r\n\r\n\r\n\r\n" + get("")},
    {"H57 GET with length 0", get(cl + "0")},
    {"H58 100-continue", post("\r\nExpect: 100-Continue" + cl + "5"),
     [](auto& head) { CHECK(head.expects_continue); }},
    {"H60 close wins", get("\r\nConnection: close, keep-alive"),
     [](auto& head) { CHECK_FALSE(head.keeps_alive); }},
    {"H60 close wins in a second field", get("\r\nConnection: keep-alive\r\nConnection: close"),
     [](auto& head) { CHECK_FALSE(head.keeps_alive); }},
    {"H60 HTTP/1.0 may ask to be kept", "GET / HTTP/1.0\r\nConnection: Keep-Alive" + end,
     [](auto& head) { CHECK(head.keeps_alive); }},
    {"H61 TE is fine", get("\r\nConnection: TE\r\nTE: trailers")},
    {"H62 Upgrade: h2c is ignored", get("\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings"),
     [](auto& head) { CHECK_FALSE(head.upgrades_to_websocket); }},
    {"H70 identity", post("\r\nContent-Encoding: identity")},
    {"W4 an upgrade is seen", get("\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade"),
     [](auto& head) { CHECK(head.upgrades_to_websocket); }},
    {"W4 an upgrade without Connection", get("\r\nUpgrade: websocket"),
     [](auto& head) { CHECK_FALSE(head.upgrades_to_websocket); }},
};

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
