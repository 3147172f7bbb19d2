#include "actors/order.hpp"

#include "actors/row_key.hpp"
#include "tests/support/every_entity.hpp"

namespace resalehub::order {

using namespace given_words;

namespace {

const rules_of<state, command, event, query> rules{decide, apply, ask, show, index};
using given_order = given<state, command, event, query>;

const auto self = nth<order_id>(1);
const auto group = nth<order_group_id>(1);
const auto purchase = nth<checkout_id>(1);
const auto charge = nth<charge_id>(1);
const auto ann = nth<user_id>(1);
const auto bob = nth<user_id>(2);
const money ten{1000, *currency::from_text("EUR")};
const std::vector<sale_line> lines{{1, nth<listing_id>(1), ann, "A bicycle", 1, ten}};

place asked() { return {group, charge, bob, ann, lines, ten, noon}; }
placed made() { return {self, group, purchase, charge, bob, ann, lines, ten, noon}; }
given_order absent() { return {rules, self}; }
given_order paid() { return {rules, self, {made()}}; }

}  // namespace

TEST_CASE("an order is not placed") {
  SECTION("by a user") { absent().when(bob, asked()).refused(code::not_found); }
  SECTION("by two checkouts") {
    paid().when(nth<checkout_id>(2), asked()).refused(code::already_exists);
  }
}

TEST_CASE("an order is placed once, and its seller is told") {
  const auto d = absent().when(purchase, asked()).then(made());
  REQUIRE(d.effects<send>().size() == 1);
  CHECK(d.effects<send>()[0].to == ann);
  CHECK(paid().when(purchase, asked()).then().effects<send>().empty());
}

TEST_CASE("an order is seen by its buyer and its seller alone") {
  CHECK(paid().ask(nth<user_id>(3), read{}).problem().code == code::not_found);
  CHECK(paid().ask({}, read{}).problem().code == code::not_found);
  CHECK(absent().ask({}, read{}).problem().code == code::not_found);
  CHECK(paid().ask(ann, read{})->bytes == paid().ask(bob, read{})->bytes);
  CHECK(paid().shown_to(bob) ==
        R"({"id":")" + to_text(self) + R"(","order_group_id":")" + to_text(group) +
            R"(","checkout_id":")" + to_text(purchase) + R"(","buyer_id":")" + to_text(bob) +
            R"(","seller_id":")" + to_text(ann) +
            R"(","status":"paid","payment_status":"captured","lines":[{"id":"1","listing_id":")" +
            to_text(nth<listing_id>(1)) + R"(","seller_id":")" + to_text(ann) +
            R"(","title":"A bicycle","quantity":1,"unit_price":{"amount":1000,"currency":"EUR"},)"
            R"("line_total":{"amount":1000,"currency":"EUR"}}],)"
            R"("totals":{"total":{"amount":1000,"currency":"EUR"}},)"
            R"("placed_at":"2026-01-01T12:00:00.000Z","version":1,"allowed_actions":[]})");
}

TEST_CASE("an order stands in its buyer's list, newest first") {
  const auto rows = paid().rows();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].index == bought_index(bob));
  CHECK(row_key::id_at_end<order_id>(rows[0].key) == self);
  CHECK(row_key::newest_first(noon + milliseconds{1}) < row_key::newest_first(noon));
}

TEST_CASE("every command in every phase of an order is accepted or refused by name") {
  CHECK(matrix<given_order, command>({{"absent", absent()}, {"paid", paid()}},
                                     {{purchase, asked()}, {bob, asked()}}) ==
        "place: ok -\n"
        "place: not_found not_found\n");
}

TEST_CASE("any accepted sequence leaves an order as it was placed") {
  const auto draw = [](std::mt19937_64& chance, const state&) -> std::pair<entity_id, command> {
    return {nth<checkout_id>(static_cast<std::uint8_t>(1 + chance() % 2)), asked()};
  };
  CHECK(walk(absent(), 1, draw, [](const state& s) {
          REQUIRE(s.version == 1);
          REQUIRE(s.total == total_of(s.lines));
        }) > 50);
}

TEST_CASE("golden bytes of order events decode") { check_golden<event>("order", {made()}); }

}  // namespace resalehub::order
