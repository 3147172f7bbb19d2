#include <catch2/catch.hpp>

#include "gateway/settings.hpp"
#include "tests/gateway/gateway_world.hpp"

using namespace resalehub;
using namespace resalehub::testing;

namespace {

json signup_body(const std::string& name) {
  return {{"email", name + "@example.com"},
          {"password", "a long password"},
          {"display_name", name}};
}

}  // namespace

TEST_CASE("a wrong password and an unknown address look the same") {
  gateway_world world;
  const auto anna = world.sign_up("anna");
  const auto wrong = world.call("POST", "/v1/auth/login",
                                {.body = {{"email", anna.email}, {"password", "not hers"}}});
  const auto unknown = world.call("POST", "/v1/auth/login",
                                  {.body = {{"email", "b@example.com"}, {"password", "not hers"}}});
  const auto odd = world.call("POST", "/v1/auth/login",
                              {.body = {{"email", "no address"}, {"password", "not hers"}}});
  CHECK(wrong.status == 401);
  CHECK(wrong.code() == "unauthenticated");
  CHECK(unknown.text == wrong.text);
  CHECK(odd.text == wrong.text);
}

TEST_CASE("an address has one account, and a repeated sign-up one answer") {
  gateway_world world;
  const auto first =
      world.call("POST", "/v1/auth/signup", {.key = "k1", .body = signup_body("anna")});
  REQUIRE(first.status == 201);
  const auto again =
      world.call("POST", "/v1/auth/signup", {.key = "k1", .body = signup_body("anna")});
  CHECK(again.status == 201);
  CHECK(again.text == first.text);
  CHECK(again.fields.at("Idempotent-Replayed") == "true");
  CHECK(world.call("POST", "/v1/auth/signup", {.key = "k1", .body = signup_body("berta")}).code() ==
        "idempotency_key_reused");
  CHECK(world.call("POST", "/v1/auth/signup", {.key = "k2", .body = signup_body("anna")}).code() ==
        "already_exists");
}

TEST_CASE("a session goes on by its refresh token, and ends when an old one comes back") {
  gateway_world world;
  const auto anna = world.sign_up("anna");
  const auto fresh =
      world.call("POST", "/v1/auth/refresh", {.body = {{"refresh_token", anna.refresh}}});
  REQUIRE(fresh.status == 200);
  const std::string token = fresh.body["access_token"];
  CHECK(world.call("GET", "/v1/me", {.token = token}).status == 200);
  const auto old =
      world.call("POST", "/v1/auth/refresh", {.body = {{"refresh_token", anna.refresh}}});
  CHECK(old.status == 401);
  CHECK(old.code() == "session_revoked");
  world.settle();
  CHECK(world.call("GET", "/v1/me", {.token = token}).code() == "session_revoked");
  CHECK(world.call("POST", "/v1/auth/refresh",
                   {.body = {{"refresh_token", fresh.body["refresh_token"]}}})
            .code() == "session_revoked");
  CHECK(world.call("POST", "/v1/auth/refresh", {.body = {{"refresh_token", anna.token}}}).code() ==
        "unauthenticated");
}

TEST_CASE("after a logout the access token is dead, also where it was cached") {
  gateway_world world;
  const auto anna = world.sign_up("anna");
  REQUIRE(world.call("GET", "/v1/me", {.token = anna.token}).status == 200);
  const auto out =
      world.call("POST", "/v1/auth/logout", {.body = {{"refresh_token", anna.refresh}}});
  CHECK(out.status == 204);
  CHECK(out.text.empty());
  world.settle();
  CHECK(world.call("GET", "/v1/me", {.token = anna.token}).code() == "session_revoked");
}

TEST_CASE("a cached token asks its user again only now and then") {
  gateway_world world;
  const auto anna = world.sign_up("anna");
  world.call("GET", "/v1/me", {.token = anna.token});
  const auto before = world.market.asked;
  world.call("GET", "/v1/me", {.token = anna.token});
  CHECK(world.market.asked == before + 1);
  world.clock.at = world.clock.at + milliseconds{31'000};
  world.call("GET", "/v1/me", {.token = anna.token});
  CHECK(world.market.asked == before + 3);
  world.clock.at = world.clock.at + milliseconds{930'000};
  CHECK(world.call("GET", "/v1/me", {.token = anna.token}).code() == "token_expired");
}

TEST_CASE("when users cannot be asked, a session checked lately goes on and another waits") {
  gateway_world world;
  const auto anna = world.sign_up("anna");
  world.call("GET", "/v1/listings", {.token = anna.token});
  world.market.unavailable.insert(kind_prefix{"usr"});
  world.clock.at = world.clock.at + milliseconds{31'000};
  CHECK(world.call("GET", "/v1/listings", {.token = anna.token}).status == 200);
  world.clock.at = world.clock.at + milliseconds{31'000};
  const auto refused = world.call("GET", "/v1/listings", {.token = anna.token});
  CHECK(refused.status == 503);
  CHECK(refused.body["effect"] == "none");
}

TEST_CASE("one's own account is private and versioned") {
  gateway_world world;
  const auto anna = world.sign_up("anna");
  const auto me = world.call("GET", "/v1/me", {.token = anna.token});
  CHECK(me.body["email"] == anna.email);
  CHECK(me.text.find("argon2") == std::string::npos);
  CHECK(me.fields.at("Cache-Control") == "no-store");
  CHECK(me.fields.at("ETag") == "\"v" + std::to_string(me.body["version"].get<int>()) + "\"");
  CHECK(world.call("POST", "/v1/me/seller", {.token = anna.token}).body["status"] == "open");
  CHECK(world.call("POST", "/v1/me/seller", {.token = anna.token, .body = json::object()})
            .body["user_id"] == anna.id);
}

TEST_CASE("the limits of logins and sign-ups answer 429 with the time to wait") {
  auto options = gateway_world::generous();
  options.rates = application_options(resalehub::options{}).rates;
  gateway_world world{options};
  const extras login{.body = {{"email", "a@example.com"}, {"password", "x"}}};
  for (int i = 0; i < 5; ++i)
    CHECK(world.call("POST", "/v1/auth/login", login).code() == "unauthenticated");
  const auto refused = world.call("POST", "/v1/auth/login", login);
  CHECK(refused.code() == "rate_limited");
  CHECK(refused.fields.at("Retry-After") == "12");
  CHECK(refused.fields.at("RateLimit-Policy") == "\"login\";q=5;w=60");
  CHECK(refused.fields.at("RateLimit") == "\"login\";r=0;t=60");
  CHECK(world.call("GET", "/v1/listings").fields.at("RateLimit") == "\"read\";r=999;t=1");
}
