#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "gateway/route.hpp"
#include "tests/gateway/gateway_world.hpp"

using namespace resalehub;
using namespace resalehub::testing;

namespace {

/// The pattern with its places filled by ids that name nothing.
std::string target_of(const route& row) {
  std::string out{row.pattern};
  for (auto open = out.find('{'); open != std::string::npos; open = out.find('{'))
    out.replace(open, out.find('}') - open + 1, "lst_00000000000000000000000000000");
  return out;
}

/// What a well-formed request of this row carries, but its body.
extras basic(const route& row, const std::string& token) {
  extras out;
  if (row.who == access::signed_in) out.token = token;
  if (row.key == keyed::required) out.key = "some-key";
  return out;
}

std::vector<const route*> open_rows() {
  std::vector<const route*> out;
  for (const auto& row : routes())
    if (row.where != door::admin) out.push_back(&row);
  return out;
}

std::string method_of(const route& row) { return std::string{name_of(row.method)}; }

}  // namespace

TEST_CASE("an unknown address is 404, and a known one with another method 405 with Allow") {
  gateway_world world;
  for (const auto* path : {"/", "/v1", "/v1/nothing", "//v1/me", "/v1/me/", "/v1/../healthz",
                           "/v1/%2e%2e/healthz", "/v1/listings/a/b/c/d/e/f/g/h/i/j/k/l/m",
                           "/metrics", "/sandbox/payments"}) {
    CAPTURE(path);
    CHECK(world.call("GET", path).code() == "not_found");
  }
  CHECK(world.call("GET", "/v1/%zz").status == 400);
  const auto wrong = world.call("PUT", "/v1/listings");
  CHECK(wrong.status == 405);
  CHECK(wrong.fields.at("Allow") == "POST, GET, HEAD");
  CHECK(world.call("HEAD", "/healthz").status == 200);
  CHECK(world.call("GET", "/%68ealthz").status == 200);
}

TEST_CASE("every route that needs a caller refuses nobody, strangers and the query string") {
  gateway_world world;
  for (const auto* row : open_rows()) {
    if (row->who != access::signed_in) continue;
    CAPTURE(method_of(*row), row->pattern);
    const auto target = target_of(*row);
    CHECK(world.call(method_of(*row), target).code() == "unauthenticated");
    CHECK(world.call(method_of(*row), target, {.token = "a.b.c"}).code() == "unauthenticated");
    CHECK(world.call(method_of(*row), target + "?access_token=a.b.c").code() ==
          "unauthenticated");
    CHECK(world.call(method_of(*row), target, {.fields = {{"authorization", "Basic eDp5"}}})
              .code() == "unauthenticated");
  }
}

TEST_CASE("every route refuses unknown parameters, a missing key and a malformed If-Match") {
  gateway_world world;
  const auto token = world.sign_up("anna").token;
  for (const auto* row : open_rows()) {
    if (row->pattern == "/v1/ws") continue;
    CAPTURE(method_of(*row), row->pattern);
    const auto target = target_of(*row);
    auto with = basic(*row, token);
    CHECK(world.call(method_of(*row), target + "?foo=1", with).code() == "unknown_parameter");
    with.fields = {{"if-match", "v3"}};
    CHECK(world.call(method_of(*row), target, with).status == 400);
    with.fields = {{"accept", "text/html"}};
    if (row->successes.front().media == "application/json")
      CHECK(world.call(method_of(*row), target, with).code() == "not_acceptable");
    if (row->key == keyed::no) continue;
    with = basic(*row, token);
    with.key.clear();
    CHECK(world.call(method_of(*row), target, with).code() == "idempotency_key_required");
  }
}

TEST_CASE("every route with a body refuses all that is not its body") {
  gateway_world world;
  const auto token = world.sign_up("anna").token;
  const std::string deep(200'000, '[');
  for (const auto* row : open_rows()) {
    CAPTURE(method_of(*row), row->pattern);
    const auto answer = [&](const std::string& body, std::map<std::string, std::string> fields) {
      auto with = basic(*row, token);
      with.raw_body = body;
      with.fields = std::move(fields);
      return world.call(method_of(*row), target_of(*row), with);
    };
    if (row->body == nullptr) {
      CHECK(answer("{}", {}).code() == "unexpected_body");
      continue;
    }
    CHECK(answer("{", {}).code() == "malformed_json");
    CHECK(answer("{} {}", {}).code() == "malformed_json");
    CHECK(answer("{'a':1}", {}).code() == "malformed_json");
    CHECK(answer("\xef\xbb\xbf{}", {}).code() == "malformed_json");
    CHECK(answer("{\"a\":\"\xff\"}", {}).code() == "malformed_json");
    CHECK(answer("{\"a\":1,\"a\":1}", {}).code() == "duplicate_key");
    CHECK(answer(deep, {}).code() == "json_too_deep");
    CHECK(answer("null", {}).status == 422);
    CHECK(answer("[]", {}).status == 422);
    CHECK(answer("1", {}).status == 422);
    const auto unknown = answer("{\"role\":\"admin\"}", {});
    CHECK(unknown.status == 422);
    CHECK(unknown.text.find("/role") != std::string::npos);
    CHECK(answer("{}", {{"content-type", "text/plain"}}).code() == "unsupported_media");
    if (row->body->may_be_absent) continue;
    CHECK(answer("", {}).code() == "length_required");
    CHECK(answer("", {{"content-length", "0"}}).code() == "malformed_json");
  }
}

TEST_CASE("a body or an id of another shape names nothing") {
  gateway_world world;
  const auto token = world.sign_up("anna").token;
  for (const auto* row : open_rows()) {
    if (row->pattern.find('{') == std::string_view::npos || row->body != nullptr) continue;
    CAPTURE(method_of(*row), row->pattern);
    for (const auto* id : {"x", "lst_1", "usr_00000000000000000000000000000", "%00", "%2F"}) {
      std::string target{row->pattern};
      for (auto open = target.find('{'); open != std::string::npos; open = target.find('{'))
        target.replace(open, target.find('}') - open + 1, id);
      CHECK(world.call(method_of(*row), target, basic(*row, token)).code() == "not_found");
    }
  }
}

TEST_CASE("the document is JSON, lists every route, and every reference leads somewhere") {
  gateway_world world;
  const auto answered = world.call("GET", "/v1/openapi.json");
  REQUIRE(answered.status == 200);
  const auto& document = answered.body;
  CHECK(document["openapi"] == "3.1.0");
  for (const auto& row : routes()) {
    auto method = method_of(row);
    std::transform(method.begin(), method.end(), method.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    CAPTURE(method, row.pattern);
    const auto& operation = document["paths"][std::string{row.pattern}][method];
    REQUIRE(operation.is_object());
    for (const auto& one : row.successes)
      CHECK(operation["responses"].contains(std::to_string(one.status)));
    CHECK(operation.contains("requestBody") == (row.body != nullptr));
  }
  std::set<std::string> operation_ids;
  for (const auto& [path, operations] : document["paths"].items())
    for (const auto& [method, operation] : operations.items())
      CHECK(operation_ids.insert(operation["operationId"]).second);
  const auto text = document.dump();
  const std::string mark = "\"$ref\":\"#/components/schemas/";
  std::size_t references = 0;
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
    const auto begin = at + mark.size();
    const auto name = text.substr(begin, text.find('"', begin) - begin);
    CAPTURE(name);
    CHECK(document["components"]["schemas"].contains(name));
    ++references;
  }
  CHECK(references > 50);
}

TEST_CASE("the node's condition is told on both listeners, its figures on one") {
  gateway_world world;
  CHECK(world.call("GET", "/healthz").status == 200);
  CHECK(world.call("GET", "/readyz").status == 200);
  CHECK(world.admin("GET", "/metrics").text == "resalehub_up 1\n");
  CHECK(world.admin("GET", "/v1/me").code() == "not_found");
  world.node.is_ready = false;
  CHECK(world.call("GET", "/readyz").status == 503);
  CHECK(world.admin("GET", "/readyz").body["effect"] == "none");
  CHECK(world.admin("GET", "/healthz").status == 200);
}
