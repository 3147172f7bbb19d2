#include <catch2/catch.hpp>
#include <set>

#include "tests/gateway/gateway_world.hpp"

using namespace resalehub;
using namespace resalehub::testing;

namespace {

std::string id_of(const json& thing) { return thing["id"]; }

std::set<std::string> ids_of(const reply_seen& list) {
  std::set<std::string> out;
  for (const auto& one : list.body["data"]) out.insert(id_of(one));
  return out;
}

}  // namespace

TEST_CASE("a repeated listing is one listing, and another body under its key none") {
  gateway_world world;
  const auto anna = world.sign_up("anna");
  world.call("POST", "/v1/me/seller", {.token = anna.token});
  json body = {{"title", "A lamp"}, {"description", ""}, {"category", "home"},
               {"condition", "new"}, {"price", {{"amount", 900}, {"currency", "EUR"}}},
               {"quantity", 1}};
  const auto first =
      world.call("POST", "/v1/listings", {.token = anna.token, .key = "k", .body = body});
  REQUIRE(first.status == 201);
  extras reordered{.token = anna.token, .key = "k"};
  reordered.raw_body =
      R"({ "quantity":1.0, "price":{"currency":"EUR","amount":900}, "condition":"new",
          "category":"home", "description":"", "title":"A lamp" })";
  const auto again = world.call("POST", "/v1/listings", reordered);
  CHECK(again.text == first.text);
  CHECK(again.fields.at("Idempotent-Replayed") == "true");
  body["title"] = "Another";
  CHECK(world.call("POST", "/v1/listings", {.token = anna.token, .key = "k", .body = body})
            .code() == "idempotency_key_reused");
}

TEST_CASE("who does not sell lists nothing, and drafts are nobody else's business") {
  gateway_world world;
  const auto anna = world.sign_up("anna");
  const auto berta = world.sign_up("berta");
  const json body = {{"title", "A lamp"}, {"description", ""}, {"category", "home"},
                     {"condition", "new"}, {"price", {{"amount", 900}, {"currency", "EUR"}}},
                     {"quantity", 1}};
  CHECK(world.call("POST", "/v1/listings", {.token = anna.token, .key = "k", .body = body})
            .code() == "seller_not_ready");
  world.call("POST", "/v1/me/seller", {.token = anna.token});
  const auto made =
      world.call("POST", "/v1/listings", {.token = anna.token, .key = "k", .body = body});
  const auto path = "/v1/listings/" + id_of(made.body);
  CHECK(world.call("GET", path, {.token = berta.token}).code() == "not_found");
  CHECK(world.call("GET", path).code() == "not_found");
  CHECK(world.call("GET", path, {.token = anna.token}).status == 200);
  CHECK(world.call("DELETE", path, {.token = berta.token}).code() == "not_found");
}

TEST_CASE("what a client has is not sent again, until it changes") {
  gateway_world world;
  const auto anna = world.sign_up("anna");
  const std::string path = "/v1/listings/" + world.sell(anna, 1000, 1)["id"].get<std::string>();
  const auto first = world.call("GET", path);
  CHECK(first.fields.at("Vary") == "Authorization");
  const std::map<std::string, std::string> known{{"if-none-match", first.fields.at("ETag")}};
  const auto again = world.call("GET", path, {.fields = known});
  CHECK(again.status == 304);
  CHECK(again.text.empty());
  for (const auto* name : {"ETag", "Cache-Control", "Vary"})
    CHECK(again.fields.at(name) == first.fields.at(name));
  CHECK(world.call("GET", path + "x", {.fields = known}).status == 404);
  REQUIRE(world.call("PATCH", path, {.token = anna.token, .body = {{"title", "Red"}}}).status ==
          200);
  CHECK(world.call("GET", path, {.fields = known}).status == 200);
}

TEST_CASE("a cart is sent again although it has not changed: its prices may have") {
  gateway_world world;
  const auto anna = world.sign_up("anna");
  const auto listing = world.sell(anna, 1000, 1);
  const auto bob = world.sign_up("bob");
  const std::string path =
      "/v1/carts/" +
      world.call("POST", "/v1/carts", {.token = bob.token}).body["id"].get<std::string>();
  const auto filled =
      world.call("POST", path + "/items",
                 {.token = bob.token, .key = world.fresh_key(),
                  .body = {{"listing_id", listing["id"]}, {"quantity", 1}}});
  REQUIRE(filled.status == 200);
  const auto seen = world.call("GET", path, {.token = bob.token, .fields = {
                                   {"if-none-match", filled.fields.at("ETag")}}});
  CHECK(seen.status == 200);
  CHECK(seen.fields.at("ETag") == filled.fields.at("ETag"));
}

TEST_CASE("If-Match of another version refuses, and the right one changes") {
  gateway_world world;
  const auto anna = world.sign_up("anna");
  const auto listing = world.sell(anna, 1000, 3);
  const auto path = "/v1/listings/" + id_of(listing);
  const auto seen = world.call("GET", path);
  CHECK(seen.fields.at("Cache-Control") == "public, no-cache");
  const json change = {{"title", "A better bicycle"}};
  CHECK(world.call("PATCH", path, {.token = anna.token, .body = change,
                                   .fields = {{"if-match", "\"v999\""}}})
            .code() == "version_conflict");
  const auto changed =
      world.call("PATCH", path, {.token = anna.token, .body = change,
                                 .fields = {{"if-match", seen.fields.at("ETag")}}});
  CHECK(changed.status == 200);
  CHECK(changed.body["title"] == "A better bicycle");
  CHECK(changed.fields.at("ETag") != seen.fields.at("ETag"));
  CHECK(world.call("POST", path + "/close", {.token = anna.token}).status == 200);
  CHECK(world.call("POST", path + "/publish", {.token = anna.token}).code() ==
        "invalid_transition");
}

TEST_CASE("browsing pages through what is on sale, in order, filtered, without repeats") {
  gateway_world world;
  const auto anna = world.sign_up("anna");
  const auto berta = world.sign_up("berta");
  std::set<std::string> all;
  for (int i = 0; i < 7; ++i) all.insert(id_of(world.sell(anna, 1000 + 100 * i, 1)));
  const auto hers = id_of(world.sell(berta, 5000, 1));
  std::set<std::string> found;
  std::int64_t price = 0;
  std::string target = "/v1/listings?sort=price&limit=3&price[lte]=1600";
  int pages = 0;
  while (true) {
    const auto page = world.call("GET", target);
    CAPTURE(page.text);
    REQUIRE(page.status == 200);
    for (const auto& one : page.body["data"]) {
      CHECK(one["price"]["amount"] >= price);
      price = one["price"]["amount"];
      CHECK(found.insert(id_of(one)).second);
    }
    ++pages;
    if (!page.body["page"]["has_more"]) {
      CHECK(page.body["page"]["next_cursor"].is_null());
      break;
    }
    const auto link = page.fields.at("Link");
    CHECK(link.ends_with(">; rel=\"next\""));
    target = link.substr(1, link.find('>') - 1);
  }
  CHECK(pages == 3);
  CHECK(found == all);
  CHECK(ids_of(world.call("GET", "/v1/listings?seller_id=" + berta.id)) ==
        std::set<std::string>{hers});
  CHECK(ids_of(world.call("GET", "/v1/listings?category=other")).empty());
  CHECK(world.call("GET", "/v1/listings?sort=-price").body["data"][0]["id"] == hers);
  CHECK(world.call("GET", "/v1/listings?seller_id=x").code() == "invalid_parameter");
}

TEST_CASE("a cursor is of one list, and a removed listing does not break it") {
  gateway_world world;
  const auto anna = world.sign_up("anna");
  for (int i = 0; i < 4; ++i) world.sell(anna, 1000 + i, 1);
  const auto page = world.call("GET", "/v1/listings?sort=price&limit=2");
  const std::string cursor = page.body["page"]["next_cursor"];
  CHECK(world.call("GET", "/v1/listings?sort=-price&limit=2&cursor=" + cursor).code() ==
        "invalid_cursor");
  CHECK(world.call("GET", "/v1/listings?sort=price&cursor=" + cursor + "A").code() ==
        "invalid_cursor");
  const std::string last = page.body["data"][1]["id"];
  CHECK(world.call("DELETE", "/v1/listings/" + last, {.token = anna.token}).status == 200);
  const auto rest = world.call("GET", "/v1/listings?sort=price&limit=2&cursor=" + cursor);
  CHECK(rest.body["data"].size() == 2);
  CHECK(rest.body["data"][0]["price"]["amount"] == 1002);
  world.clock.at = world.clock.at + milliseconds{25LL * 3600 * 1000};
  const auto late = world.call("GET", "/v1/listings?sort=price&limit=2&cursor=" + cursor);
  CHECK(late.status == 410);
  CHECK(late.code() == "cursor_expired");
}

TEST_CASE("a filter that fits little looks through a bounded number of rows") {
  auto options = gateway_world::generous();
  options.browse_rows_max = 3;
  gateway_world world{options};
  const auto anna = world.sign_up("anna");
  for (int i = 0; i < 5; ++i) world.sell(anna, 1000 + i, 1);
  const auto page = world.call("GET", "/v1/listings?condition=poor");
  CHECK(page.body["data"].empty());
  CHECK(page.body["page"]["has_more"] == true);
  const auto next = world.call("GET", "/v1/listings?condition=poor&cursor=" +
                                          page.body["page"]["next_cursor"].get<std::string>());
  CHECK(next.body["page"]["has_more"] == false);
}

TEST_CASE("one's own listings show all states, or one") {
  gateway_world world;
  const auto anna = world.sign_up("anna");
  const auto a = id_of(world.sell(anna, 1000, 1));
  const auto b = id_of(world.sell(anna, 2000, 1));
  world.call("POST", "/v1/listings/" + a + "/pause", {.token = anna.token});
  CHECK(ids_of(world.call("GET", "/v1/me/listings", {.token = anna.token})) ==
        std::set<std::string>{a, b});
  CHECK(ids_of(world.call("GET", "/v1/me/listings?status=paused", {.token = anna.token})) ==
        std::set<std::string>{a});
  CHECK(ids_of(world.call("GET", "/v1/listings")) == std::set<std::string>{b});
}

TEST_CASE("a purchase, from the cart to the order on both sides") {
  gateway_world world;
  const auto anna = world.sign_up("anna");
  const auto bob = world.sign_up("bob");
  const auto listing = world.sell(anna, 4500, 2);

  const auto cart = world.call("POST", "/v1/carts", {.token = bob.token});
  REQUIRE(cart.status == 201);
  CHECK(world.call("POST", "/v1/carts", {.token = bob.token}).status == 200);
  const auto path = "/v1/carts/" + id_of(cart.body);
  const json item = {{"listing_id", id_of(listing)}, {"quantity", 1}};
  CHECK(world.call("POST", path + "/items",
                   {.token = bob.token, .key = "i0",
                    .body = {{"listing_id", "lst_nothing"}, {"quantity", 1}}})
            .code() == "not_found");
  const auto added =
      world.call("POST", path + "/items", {.token = bob.token, .key = "i1", .body = item});
  REQUIRE(added.status == 200);
  CHECK(world.call("GET", path, {.token = anna.token}).code() == "not_found");

  world.call("PATCH", "/v1/listings/" + id_of(listing),
             {.token = anna.token, .body = {{"price", {{"amount", 4400}, {"currency", "EUR"}}}}});
  const auto repriced = world.call("GET", path, {.token = bob.token});
  CHECK(repriced.body["problems"][0]["code"] == "price_changed");
  CHECK(repriced.body["totals"]["items"]["amount"] == 4400);

  const auto checkout = world.call("POST", "/v1/checkouts",
                                   {.token = bob.token, .key = "c1",
                                    .body = {{"cart_id", id_of(cart.body)}}});
  CAPTURE(checkout.text);
  REQUIRE(checkout.status == 201);
  const auto buying = "/v1/checkouts/" + id_of(checkout.body);
  const auto reserved = world.call("POST", buying + "/reserve", {.token = bob.token, .key = "r1"});
  CHECK(reserved.body["status"] == "reserved");
  CHECK(world.call("POST", buying + "/complete",
                   {.token = bob.token, .key = "p1",
                    .body = {{"payment_method", "pm_card_visa_chargeDeclined"}}})
            .status == 402);
  const auto paid = world.call("POST", buying + "/complete",
                               {.token = bob.token, .key = "p2",
                                .body = {{"payment_method", "pm_card_visa"}}});
  CAPTURE(paid.text);
  REQUIRE(paid.status == 200);
  CHECK(paid.body["status"] == "completed");
  const auto order = paid.body["order_ids"][0].get<std::string>();

  // The facts have changed; the repeated requests have their first answers all the same.
  world.call("DELETE", "/v1/listings/" + id_of(listing), {.token = anna.token});
  const auto added_again =
      world.call("POST", path + "/items", {.token = bob.token, .key = "i1", .body = item});
  CHECK(added_again.text == added.text);
  const auto started_again = world.call("POST", "/v1/checkouts",
                                        {.token = bob.token, .key = "c1",
                                         .body = {{"cart_id", id_of(cart.body)}}});
  CHECK(started_again.text == checkout.text);
  CHECK(started_again.fields.at("Idempotent-Replayed") == "true");

  CHECK(world.call("GET", "/v1/orders/" + order, {.token = bob.token}).status == 200);
  CHECK(world.call("GET", "/v1/orders/" + order, {.token = world.sign_up("eve").token}).code() ==
        "not_found");
  CHECK(ids_of(world.call("GET", "/v1/orders", {.token = bob.token})) ==
        std::set<std::string>{order});
  CHECK(ids_of(world.call("GET", "/v1/orders?role=seller", {.token = anna.token})) ==
        std::set<std::string>{order});
  const auto captures = world.admin("GET", "/sandbox/payments");
  CHECK(captures.body["data"].size() == 1);
  CHECK(captures.body["data"][0]["amount"]["amount"] == 4400);
  CHECK(world.call("DELETE", buying, {.token = bob.token}).code() == "checkout_completed");
}

TEST_CASE("a checkout of what is not to be had is refused") {
  gateway_world world;
  const auto anna = world.sign_up("anna");
  const auto bob = world.sign_up("bob");
  const auto listing = world.sell(anna, 4500, 1);
  const auto start = [&](const std::string& token, json body) {
    return world.call("POST", "/v1/checkouts",
                      {.token = token, .key = world.fresh_key(), .body = std::move(body)});
  };
  CHECK(start(bob.token, {{"listing_id", id_of(listing)}, {"quantity", 2}}).code() ==
        "insufficient_stock");
  CHECK(start(anna.token, {{"listing_id", id_of(listing)}, {"quantity", 1}}).code() ==
        "forbidden");
  CHECK(start(bob.token, {{"listing_id", bob.id}, {"quantity", 1}}).code() == "not_found");
  CHECK(start(bob.token, {{"cart_id", "crt_00000000000000000000000000000"}}).code() ==
        "not_found");
  CHECK(start(bob.token, json::object()).status == 422);
  CHECK(start(bob.token, {{"listing_id", id_of(listing)}}).status == 422);
  CHECK(start(bob.token, {{"listing_id", id_of(listing)}, {"quantity", 0}}).status == 422);
  world.call("POST", "/v1/listings/" + id_of(listing) + "/close", {.token = anna.token});
  CHECK(start(bob.token, {{"listing_id", id_of(listing)}, {"quantity", 1}}).code() ==
        "not_found");
}
