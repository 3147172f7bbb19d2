#include <catch2/catch.hpp>

#include "actors/cart.hpp"
#include "actors/checkout.hpp"
#include "actors/email_claim.hpp"
#include "actors/listing.hpp"
#include "actors/order.hpp"
#include "actors/ports/sandbox_payment.hpp"
#include "actors/user.hpp"
#include "base/message_pack.hpp"
#include "tests/support/given.hpp"
#include "tests/support/market_world.hpp"

namespace resalehub {

using namespace given_words;

namespace {

const money ten{1000, *currency::from_text("EUR")};
constexpr milliseconds hold_ms{60'000};

/// O2, at every commit of a listing.
void watch_stock(market_world& world, const entity_id& self) {
  if (!listing_id::holds(self)) return;
  const auto s = world.state_of<listing::state>(self);
  REQUIRE(s.held >= 0);
  REQUIRE(s.available() >= 0);
}

listing::quote quote_of(market_world& world, const listing_id& id) {
  listing::quote q;
  const auto came = listing::ask(world.state_of<listing::state>(id), listing::read_quote{}, {});
  REQUIRE(unpack(came->bytes, q));
  return q;
}

/// A few sellers' listings of little stock, and buyers who want several of them at once.
class shop {
 public:
  shop(std::uint64_t seed, world_habits habits, std::int64_t stock) : world(seed, habits) {
    world.watch = watch_stock;
    for (std::uint8_t n = 1; n <= 3; ++n) {
      const auto seller = nth<user_id>(n > 1 ? 200 : 201);
      const auto id = nth<listing_id>(n);
      world.ask(id, seller, packed(listing::command{listing::create{
                                {"A thing", "", "things", listing::condition::good, ten, stock},
                                {seller, true}}}));
      world.run();
      world.ask(id, seller, packed(listing::command{listing::publish{}}));
      world.run();
      listings.push_back(id);
    }
    for (std::uint8_t n = 1; n <= 4; ++n) move_in(n);
  }

  void begin_checkout(std::size_t buyer) {
    checkout::start c;
    for (const auto& id : listings)
      if (world.draw(2) == 0) c.lines.push_back({quote_of(world, id), 1});
    if (c.lines.empty()) c.lines.push_back({quote_of(world, listings[0]), 1});
    if (carts[buyer] && world.draw(2) == 0) {
      c.cart = *carts[buyer];
      for (const auto& line : c.lines)
        world.ask(*c.cart, buyers[buyer], packed(cart::command{cart::add_item{line.listing, 1}}));
    }
    const auto id = nth<checkout_id>(static_cast<std::uint8_t>(checkouts.size() + 1));
    checkouts.push_back({id, buyers[buyer]});
    asks.push_back(world.ask(id, buyers[buyer], packed(checkout::command{c})));
  }

  /// Something that a client may do at any time.
  void act() {
    const auto& [id, buyer] = checkouts[world.draw(checkouts.size())];
    switch (world.draw(8)) {
      case 0: case 1: return tell(id, buyer, checkout::reserve{hold_ms});
      case 2: case 3: case 4: return tell(id, buyer, checkout::complete{method(), hold_ms});
      case 5: return tell(id, buyer, checkout::cancel{});
      default: world.ask_again(asks[world.draw(asks.size())]);
    }
  }

  void check_at_rest();

  market_world world;
  std::vector<listing_id> listings;
  std::vector<user_id> buyers;
  std::vector<std::optional<cart_id>> carts;
  std::vector<std::pair<checkout_id, user_id>> checkouts;
  std::vector<std::size_t> asks;

 private:
  void move_in(std::uint8_t n) {
    const auto buyer = nth<user_id>(n);
    buyers.push_back(buyer);
    const auto mail = "buyer" + std::to_string(n) + "@example.org";
    world.ask(buyer, {}, packed(user::command{user::sign_up{mail, "hash", "Buyer"}}));
    world.run();
    const auto asked = world.ask(buyer, buyer, packed(user::command{user::open_cart{}}));
    world.run();
    user::cart_pointer pointer;
    REQUIRE(unpack(world.answer_of(asked)->value(), pointer));
    world.ask(pointer.cart_id, buyer, packed(cart::command{cart::open{}}));
    world.run();
    carts.push_back(pointer.cart_id);
  }

  void tell(const checkout_id& id, const user_id& buyer, checkout::command c) {
    asks.push_back(world.ask(id, buyer, packed(c)));
  }

  std::string method() {
    static const char* known[] = {"pm_card_visa", "pm_card_visa", "pm_card_visa",
                                  "pm_card_visa_chargeDeclined", "pm_card_authenticationRequired",
                                  "pm_sandbox_timeout", "pm_of_nobody"};
    return known[world.draw(std::size(known))];
  }
};

void shop::check_at_rest() {
  for (const auto number : asks) REQUIRE(world.answer_of(number).has_value());

  // Every checkout is over or untouched, and those that are complete are paid and ordered.
  std::map<listing_id, std::int64_t> sold;
  std::set<entity_id> expected_orders;
  std::set<charge_id> paid;
  for (const auto& [id, buyer] : checkouts) {
    const auto s = world.state_of<checkout::state>(id);
    using checkout::phase;
    INFO(to_text(id) << " is " << name_of(s.phase));
    REQUIRE((s.phase == phase::absent || s.phase == phase::open || s.phase == phase::completed ||
             s.phase == phase::expired || s.phase == phase::cancelled));
    REQUIRE(s.pending.empty());
    REQUIRE(s.held.empty());
    REQUIRE(!s.waiting);
    REQUIRE(s.cancelling.empty());
    REQUIRE((s.phase == phase::completed) == s.charge.has_value());
    if (s.phase != phase::completed) continue;
    paid.insert(*s.charge);
    for (const auto& line : s.lines) sold[line.listing_id] += line.quantity;
    money total;
    for (const auto& one : s.orders) {
      expected_orders.insert(one.order_id);
      const auto o = world.state_of<order::state>(one.order_id);
      REQUIRE(o.phase == order::phase::paid);
      REQUIRE(o.checkout == id);
      REQUIRE(o.charge == *s.charge);
      total = *add(total, o.total);
    }
    REQUIRE(total == s.total);
    if (!s.cart) continue;
    const auto left = world.state_of<cart::state>(*s.cart);
    REQUIRE((left.phase == cart::phase::completed) == left.lines.empty());
    REQUIRE(world.state_of<user::state>(buyer).cart.has_value() == !left.lines.empty());
    REQUIRE(!left.claim.has_value());
  }

  // Money in is money ordered: every capture belongs to a completed checkout, and no order is
  // extra.
  std::set<charge_id> captured;
  for (const auto& id : world.all_of(charge_id::kind)) {
    const auto s = world.state_of<sandbox_charge::state>(id);
    REQUIRE(s.phase != sandbox_charge::phase::silent);
    if (s.phase == sandbox_charge::phase::captured) captured.insert(charge_id{id});
  }
  REQUIRE(captured == paid);
  const auto orders = world.all_of(order_id::kind);
  REQUIRE(std::set<entity_id>(orders.begin(), orders.end()) == expected_orders);

  // Nothing is held, and what is sold is what was ordered.
  for (const auto& id : listings) {
    const auto s = world.state_of<listing::state>(id);
    REQUIRE(s.holds.empty());
    REQUIRE(s.held == 0);
    REQUIRE(s.sold == sold[id]);
    REQUIRE(s.sold <= s.quantity);
  }
}

/// Returns how many checkouts were completed.
std::size_t play(std::uint64_t seed, world_habits habits) {
  INFO("seed " << seed);
  shop s{seed, habits, 2};
  for (int i = 0; i < 8; ++i) s.begin_checkout(s.world.draw(s.buyers.size()));
  s.world.run();
  for (int i = 0; i < 40; ++i) {
    s.act();
    for (auto steps = s.world.draw(12); steps > 0; --steps) s.world.step();
  }
  s.world.run();
  s.check_at_rest();
  std::size_t completed = 0;
  for (const auto& [id, buyer] : s.checkouts)
    completed += s.world.state_of<checkout::state>(id).phase == checkout::phase::completed;
  return completed;
}

}  // namespace

TEST_CASE("purchases in any order of deliveries end complete or entirely undone") {
  std::size_t completed = 0;
  SECTION("with deliveries repeated, so that a refused one may succeed the second time") {
    for (std::uint64_t seed = 1; seed <= 1500; ++seed) completed += play(seed, {0.4, false, 0.05});
  }
  SECTION("with deliveries repeated and refusals remembered") {
    for (std::uint64_t seed = 1; seed <= 1000; ++seed) completed += play(seed, {0.3, true, 0.05});
  }
  SECTION("without any repetition") {
    for (std::uint64_t seed = 1; seed <= 500; ++seed) completed += play(seed, {0.0, false, 0.05});
  }
  CHECK(completed > 500);  // the schedules are not all refusals
}

TEST_CASE("of many buyers of the last one exactly one buys it") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    INFO("seed " << seed);
    shop s{seed, {0.2, false, 0.0, 0.0}, 1};
    for (int i = 0; i < 20; ++i) {
      const auto buyer = s.buyers[s.world.draw(s.buyers.size())];
      const auto id = nth<checkout_id>(static_cast<std::uint8_t>(i + 1));
      s.checkouts.push_back({id, buyer});
      s.asks.push_back(s.world.ask(
          id, buyer,
          packed(checkout::command{checkout::start{{}, {{quote_of(s.world, s.listings[0]), 1}}}})));
    }
    s.world.run();
    std::vector<std::size_t> purchases;
    for (const auto& [id, buyer] : s.checkouts)
      purchases.push_back(s.world.ask(
          id, buyer, packed(checkout::command{checkout::complete{"pm_card_visa", hold_ms}})));
    s.world.run();
    s.check_at_rest();
    int bought = 0;
    for (const auto number : purchases) {
      const auto& came = *s.world.answer_of(number);
      if (came.ok()) ++bought;
      else CHECK(row_of(came.problem().code).name == "insufficient_stock");
    }
    CHECK(bought == 1);
  }
}

TEST_CASE("a payment that never answers ends with the reservation") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    INFO("seed " << seed);
    shop s{seed, {0.2, seed % 2 == 0, 0.1}, 1};
    s.begin_checkout(0);
    s.world.run();
    const auto [id, buyer] = s.checkouts.front();
    const auto asked = s.world.ask(
        id, buyer, packed(checkout::command{checkout::complete{"pm_sandbox_timeout", hold_ms}}));
    s.world.run();
    s.check_at_rest();
    REQUIRE(!s.world.answer_of(asked)->ok());
    CHECK(s.world.answer_of(asked)->problem().code == code::reservation_expired);
    CHECK(s.world.state_of<checkout::state>(id).phase == checkout::phase::expired);
  }
}

TEST_CASE("of two accounts with one e-mail exactly one is made") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    INFO("seed " << seed);
    market_world world{seed, {0.3, seed % 2 == 0, 0.1}};
    std::vector<std::size_t> asks;
    for (std::uint8_t n = 1; n <= 3; ++n)
      asks.push_back(world.ask(
          nth<user_id>(n), {},
          packed(user::command{user::sign_up{"ann@example.org", "hash", "Ann"}})));
    world.run();
    int made = 0;
    for (std::uint8_t n = 1; n <= 3; ++n) {
      const auto& came = *world.answer_of(asks[n - 1]);
      const auto s = world.state_of<user::state>(nth<user_id>(n));
      if (came.ok()) ++made;
      else CHECK(came.problem().code == code::already_exists);
      CHECK((s.phase == user::phase::active) == came.ok());
      if (came.ok())
        CHECK(world.state_of<email_claim::state>(email_claim::id_for("ann@example.org")).owner ==
              s.id);
    }
    CHECK(made == 1);
  }
}

}  // namespace resalehub
