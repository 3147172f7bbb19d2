#include <catch2/catch.hpp>

#include "tests/support/market_day.hpp"

using namespace resalehub;
using namespace resalehub::testing;

namespace {

/// Ann and Cyd sell; Bob buys one thing of each, from his cart.
struct purchase {
  explicit purchase(std::uint64_t seed, const std::string& method)
      : day({.seed = seed}), method(method) {
    ann = day.sign_up_seller("ann");
    cyd = day.sign_up_seller("cyd");
    bob = day.sign_up("bob");
    bike = day.publish(ann, "bike", 1);
    lamp = day.publish(cyd, "lamp", 5);
    cart = day.open_cart(bob);
    day.tell<cart::command>(cart, bob, cart::add_item{*day.quote(bike), 1}, "add bike");
    day.tell<cart::command>(cart, bob, cart::add_item{*day.quote(lamp), 1}, "add lamp");
    checkout = day.start(bob, {bike, lamp}, cart);
    day.world.run();
  }

  ask complete() {
    auto request = day.asking<checkout::command>(
        checkout, bob, checkout::complete{method, hold_for}, "complete");
    request.deadline = day.world.clock.steady() + milliseconds{10'000};
    return request;
  }

  /// Runs until `commits` more are decided (and synced, when `synced`), then pulls the plug.
  bool kill_after(std::uint64_t commits, bool synced) {
    const auto until = day.world.commits() + commits;
    day.world.ask(complete());
    while (day.world.commits() < until)
      if (!day.world.step()) return false;
    if (synced) day.world.run_disk();
    day.world.crash();
    day.world.start();
    return true;
  }

  market_day day;
  std::string method;
  user_id ann, cyd, bob;
  listing_id bike, lamp;
  cart_id cart;
  checkout_id checkout;
};

/// What must hold whenever nothing is under way: money, orders and stock say the same.
void check_whole(purchase& p) {
  p.day.world.pass(milliseconds{200'000});  // beyond every hold and every retry
  const auto captures = p.day.captures();
  const auto bike = *p.day.quote(p.bike);
  const auto lamp = *p.day.quote(p.lamp);
  CAPTURE(captures, bike.available, lamp.available);
  CHECK(captures <= 1);
  CHECK(p.day.orders(p.bob) == 2 * captures);  // one of each seller
  CHECK(bike.available == (captures == 1 ? 0 : 1));
  CHECK(lamp.available == (captures == 1 ? 4 : 5));
}

}  // namespace

TEST_CASE("a purchase killed after each of its commits ends complete or entirely undone") {
  const bool synced = GENERATE(false, true);
  const bool repeated = GENERATE(false, true);
  bool killed = true;
  for (std::uint64_t commits = 1; killed; ++commits) {
    purchase p{commits, "pm_card_visa"};
    killed = p.kill_after(commits, synced);
    CAPTURE(commits, synced, repeated, killed);
    if (repeated) {
      std::optional<result<answer>> outcome;
      for (int tries = 0; tries < 50 && !outcome; ++tries) {
        outcome = p.day.world.answer_to(p.complete());
        p.day.world.pass(milliseconds{200});
      }
      REQUIRE(outcome);
      CHECK(outcome->ok());
      check_whole(p);
      CHECK(p.day.captures() == 1);
    } else {
      check_whole(p);
    }
    REQUIRE(commits < 100);
  }
}

TEST_CASE("a declined or silent purchase killed after each of its commits is entirely undone") {
  const std::string method = GENERATE(as<std::string>{}, "pm_card_visa_chargeDeclined",
                                      "pm_sandbox_timeout", "pm_card_authenticationRequired");
  bool killed = true;
  for (std::uint64_t commits = 1; killed; ++commits) {
    purchase p{commits, method};
    killed = p.kill_after(commits, true);
    CAPTURE(commits, method);
    check_whole(p);
    CHECK(p.day.captures() == 0);
    REQUIRE(commits < 100);
  }
}

TEST_CASE("of many buyers at once as many get one as there are") {
  const std::int64_t stock = GENERATE(1, 10);
  market_day day{{.seed = 5}};
  const auto ann = day.sign_up_seller("ann");
  const auto bike = day.publish(ann, "bike", stock);
  std::vector<std::pair<user_id, checkout_id>> purchases;
  for (int n = 0; n < 40; ++n) {
    const auto buyer = day.sign_up("buyer" + std::to_string(n));
    purchases.emplace_back(buyer, day.start(buyer, {bike}));
  }
  for (const auto& [buyer, id] : purchases) {
    auto request = day.asking<checkout::command>(
        id, buyer, checkout::complete{"pm_card_visa", hold_for}, "complete");
    request.deadline = day.world.clock.steady() + milliseconds{10'000};
    day.world.ask(std::move(request));
  }
  day.world.pass(milliseconds{5000});
  CHECK(day.captures() == static_cast<std::size_t>(stock));
  CHECK(day.quote(bike)->available == 0);
  std::size_t orders = 0;
  for (const auto& [buyer, id] : purchases) orders += day.orders(buyer);
  CHECK(orders == static_cast<std::size_t>(stock));
}
