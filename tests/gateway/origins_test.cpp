#include <catch2/catch.hpp>

#include "tests/gateway/gateway_world.hpp"

using namespace resalehub;
using namespace resalehub::testing;

namespace {

const std::string shop = "https://shop.example";
const std::string told = "Access-Control-Allow-Origin";

gateway_options with_a_shop() {
  auto options = gateway_world::generous();
  options.origins = {shop, "https://other.example:8443"};
  return options;
}

reply_seen preflight(gateway_world& world, const std::string& origin,
                     std::map<std::string, std::string> more = {
                         {"access-control-request-method", "POST"}}) {
  more["origin"] = origin;
  return world.call("OPTIONS", "/v1/carts", {.fields = std::move(more)});
}

}  // namespace

TEST_CASE("an origin that is not exactly one of the list is told nothing") {  // threat 41
  gateway_world world{with_a_shop()};
  for (const auto* origin : {"https://evil.example", "null", "https://SHOP.example", "*", "",
                             "http://shop.example", "https://shop.example:443",
                             "https://shop.example.evil.example", "https://shop.example/"}) {
    CAPTURE(origin);
    const auto answer = world.call("GET", "/v1/listings", {.fields = {{"origin", origin}}});
    CHECK(answer.status == 200);
    CHECK_FALSE(answer.fields.contains(told));
    CHECK(preflight(world, origin).status == 405);
  }
}

TEST_CASE("without a list nothing is said of origins") {
  gateway_world world;
  const auto answer = world.call("GET", "/v1/listings", {.fields = {{"origin", shop}}});
  CHECK_FALSE(answer.fields.contains(told));
  CHECK(preflight(world, shop).status == 405);
}

TEST_CASE("a listed origin may read answers, refusals too, and no cache mixes them up") {
  gateway_world world{with_a_shop()};
  for (const auto* path : {"/v1/listings", "/v1/me", "/v1/nothing"}) {
    const auto answer = world.call("GET", path, {.fields = {{"origin", shop}}});
    CHECK(answer.fields.at(told) == shop);
    CHECK(answer.fields.at("Access-Control-Expose-Headers").find("ETag") != std::string::npos);
    CHECK_FALSE(answer.fields.contains("Access-Control-Allow-Credentials"));
  }
  CHECK(world.call("GET", "/v1/me").fields.at("Vary") == "Origin");
}

TEST_CASE("what a browser asks before it asks is answered for a listed origin") {
  gateway_world world{with_a_shop()};
  const auto answer = preflight(world, shop);
  CHECK(answer.status == 204);
  CHECK(answer.fields.at(told) == shop);
  CHECK(answer.fields.at("Access-Control-Allow-Methods").find("POST") != std::string::npos);
  CHECK(answer.fields.at("Access-Control-Allow-Headers").find("Idempotency-Key") !=
        std::string::npos);
  CHECK(preflight(world, shop, {}).status == 405);  // a plain OPTIONS
}
