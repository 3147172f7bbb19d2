#include <catch2/catch.hpp>

#include "actors/ids.hpp"
#include "gateway/content.hpp"
#include "gateway/cursor.hpp"
#include "gateway/idempotency.hpp"
#include "gateway/parameters.hpp"

using namespace resalehub;

namespace {

http_request with(std::string name, std::string value) {
  http_request out;
  out.fields.emplace_back(std::move(name), std::move(value));
  return out;
}

secret_key key_of(std::uint8_t filling) {
  secret_key out;
  out.fill(filling);
  return out;
}

const parameter_rows rows = {
    {.name = "limit", .kind = parameter_kind::whole, .low = 1, .high = 100, .fallback = "20"},
    {.name = "sort", .kind = parameter_kind::choice, .choices = "price|-price"},
    {.name = "price[gte]", .kind = parameter_kind::whole, .low = 0, .high = 1000},
    {.name = "category"},
    {.name = "cursor"}};

}  // namespace

// -- media ----------------------------------------------------------------------------------------

TEST_CASE("a body that is not JSON in UTF-8 is refused by its type") {
  CHECK(refusal_of_media(http_request{}));
  for (const auto* type : {"text/plain", "application/json; charset=utf-16", "application/jsonp",
                           "application/json;charset=latin1", "", "json",
                           "application/json; charset =utf-8"})
    CHECK(refusal_of_media(with("content-type", type)));
  for (const auto* type : {"application/json", "Application/JSON ; Charset=\"UTF-8\"",
                           "application/json; charset=utf-8", "application/json; x=y"})
    CHECK_FALSE(refusal_of_media(with("content-type", type)));
}

TEST_CASE("an answer in JSON must be wanted") {
  for (const auto* wanted : {"text/html", "application/xml, text/*", "application/json;q=0",
                             "*/*, application/json;q=0", "application/*;q=0.000", "image/png"})
    CHECK(refusal_of_accept(with("accept", wanted)));
  for (const auto* wanted : {"*/*", "application/*", "text/html, */*;q=0.1", "application/json",
                             "application/*;q=0, application/json;q=0.5", ""})
    CHECK_FALSE(refusal_of_accept(with("accept", wanted)));
  CHECK_FALSE(refusal_of_accept(http_request{}));
}

TEST_CASE("If-None-Match names a tag in a list, weak or strong, and nothing else") {
  for (const auto* named : {"\"v3\"", "W/\"v3\"", "*", " * ", ",\"v3\"",
                            "\"a,b\", W/\"x\" ,\"v3\""}) {
    CAPTURE(named);
    CHECK(names_tag(with("if-none-match", named), "\"v3\""));
  }
  for (const auto* other : {"", "v3", "\"v31\"", "\"V3\"", "\"x\"v3\"", "w/\"v3\"", "\"v3",
                            "x, \"v3\"", "**"}) {
    CAPTURE(other);
    CHECK_FALSE(names_tag(with("if-none-match", other), "\"v3\""));
  }
  CHECK_FALSE(names_tag(with("if-match", "\"v3\""), "\"v3\""));
}

// -- If-Match, Authorization ----------------------------------------------------------------------

TEST_CASE("If-Match is one tag or absent") {
  for (const auto* tag : {"3", "v3", "\"", "\"v3", "W/", "w/\"v3\"", "\"v 3\"",
                          "\"v1\", \"v2\"", ""})
    CHECK_FALSE(expected_version_of(with("if-match", tag)).ok());
  // Sound, but of no version: weak ones match nothing (RFC 9110, 13.1.1).
  for (const auto* tag : {"\"3\"", "\"v\"", "\"\"", "\"v03\"", "\"v-1\"", "\"v3x\"", "W/\"v3\"",
                          "\"v99999999999999999999\""})
    CHECK(*expected_version_of(with("if-match", tag)) == no_version);
  CHECK(*expected_version_of(with("if-match", "\"v17\"")) == 17U);
  CHECK(*expected_version_of(with("if-match", "*")) == std::nullopt);
  CHECK(*expected_version_of(http_request{}) == std::nullopt);
}

TEST_CASE("Authorization is one Bearer token or absent") {
  for (const auto* value : {"", "Basic dTpw", "Bearer", "a.b.c"})
    CHECK(bearer_token_of(with("authorization", value)).problem().code == code::unauthenticated);
  CHECK(**bearer_token_of(with("authorization", "bearer a.b.c")) == "a.b.c");
  CHECK_FALSE(bearer_token_of(http_request{})->has_value());
}

// -- idempotency ----------------------------------------------------------------------------------

TEST_CASE("an idempotency key is 1 to 255 printable characters, once") {
  CHECK(idempotency_key_of(http_request{}).problem().code == code::idempotency_key_required);
  CHECK(idempotency_key_of(with("idempotency-key", "")).problem().status() == 400);
  CHECK(idempotency_key_of(with("idempotency-key", std::string(256, 'k'))).problem().status() ==
        400);
  for (const auto* bad : {"a\tb", "a\x01", "a\x7f", "\xc3\xa4"})
    CHECK(idempotency_key_of(with("idempotency-key", bad)).problem().status() == 400);
  CHECK(*idempotency_key_of(with("idempotency-key", std::string(255, 'k'))) ==
        std::string(255, 'k'));
}

TEST_CASE("a key is one request for one caller, method, route and path") {
  const keyed_scope scope{.method = "POST", .pattern = "/v1/a/{id}", .path = "/v1/a/1"};
  const auto first = request_of(scope, "k");
  CHECK(first == request_of(scope, "k"));
  auto other = scope;
  other.caller = user_id{1, ulid{1}};
  CHECK(request_of(other, "k") != first);
  other = scope;
  other.path = "/v1/a/2";
  CHECK(request_of(other, "k") != first);
  CHECK(request_of(scope, "l") != first);
}

TEST_CASE("a fingerprint depends on the body and on the secret") {
  CHECK(fingerprint_of(key_of(1), "{}") == fingerprint_of(key_of(1), "{}"));
  CHECK(fingerprint_of(key_of(1), "{}") != fingerprint_of(key_of(1), "{\"a\":1}"));
  CHECK(fingerprint_of(key_of(1), "{}") != fingerprint_of(key_of(2), "{}"));
}

// -- parameters -----------------------------------------------------------------------------------

TEST_CASE("unknown, repeated and wrong parameters are refused by name") {
  CHECK(read_parameters("foo=1", rows).problem().code == code::unknown_parameter);
  for (const auto* query : {"limit=0", "limit=-1", "limit=101", "limit=abc", "limit=", "limit",
                            "limit=1&limit=1", "limit=1.0", "sort=title", "category=",
                            "category=%00", "price[gte]=99999999999999999999"}) {
    CAPTURE(query);
    CHECK(read_parameters(query, rows).problem().code == code::invalid_parameter);
  }
  CHECK(read_parameters("limit=%zz", rows).problem().code == code::malformed_request);
  CHECK(read_parameters("limit=%2", rows).problem().code == code::malformed_request);
}

TEST_CASE("parameters are unescaped, and what is absent has its fallback") {
  const auto given = read_parameters("category=a%20b+c&price%5Bgte%5D=7", rows);
  REQUIRE(given.ok());
  CHECK(given->word("category") == "a b c");
  CHECK(given->whole("price[gte]") == 7);
  CHECK(given->whole("limit") == 20);
  CHECK_FALSE(given->word("sort"));
}

TEST_CASE("a list's scope is its filters and sort, whatever their order") {
  const auto a = read_parameters("category=x&sort=price&limit=5", rows);
  const auto b = read_parameters("sort=price&category=x&cursor=zz", rows);
  const auto c = read_parameters("sort=-price&category=x", rows);
  CHECK(a->scope() == b->scope());
  CHECK(a->scope() != c->scope());
  CHECK(b->query_with("yy") == "sort=price&category=x&limit=20&cursor=yy");
}

// -- cursors --------------------------------------------------------------------------------------

TEST_CASE("a cursor is refused when altered, of another list, or over") {
  const instant until{1000};
  const auto text = issue_cursor(key_of(1), "scope", "key", until);
  CHECK(read_cursor(key_of(1), "other", text, {}).problem().code == code::invalid_cursor);
  CHECK(read_cursor(key_of(2), "scope", text, {}).problem().code == code::invalid_cursor);
  CHECK(read_cursor(key_of(1), "scope", "", {}).problem().code == code::invalid_cursor);
  CHECK(read_cursor(key_of(1), "scope", std::string(5000, 'A'), {}).problem().code ==
        code::invalid_cursor);
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto bad = text;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    CHECK(read_cursor(key_of(1), "scope", bad, {}).problem().code == code::invalid_cursor);
  }
  CHECK(read_cursor(key_of(1), "scope", text, until).problem().code == code::cursor_expired);
  CHECK(*read_cursor(key_of(1), "scope", text, {}) == "key");
}
