#include "actors/listing.hpp"
#include "actors/order.hpp"
#include "tests/actors/checkout_given.hpp"

namespace resalehub::checkout {

using namespace checkout_words;

// -- reserving ------------------------------------------------------------------------------------

TEST_CASE("a reservation asks every listing, and is there when all have answered") {
  const auto d = open_one().when(bob, reserve{hold_ms});
  d.then(reserving_started{first, hold_ms, ""}).says_later();
  CHECK(tags_of(d) == tags{"hold/1/2", "hold/1/1"});
  CHECK(d.effects<arm>().at(0).at == noon + hold_ms);

  auto g = reserving_one();
  g.when(self, fine("hold/1/1")).then(line_held{1});
  const auto last = g.after(self, fine("hold/1/1")).when(self, fine("hold/1/2"));
  last.then(line_held{2}, reserved{noon + hold_ms}).settles(nth_request(1));
  CHECK(last.effects<arm>().at(0).at == noon + hold_ms);
}

TEST_CASE("a reservation that a listing does not answer holds nothing beyond its time") {
  auto g = reserving_one().after(self, fine("hold/1/1"));
  g.when(self, fall_due{0}).then();  // of an earlier round
  const bool given_up = GENERATE(false, true);
  if (given_up) g.asked_as(nth_request(2)).after(bob, cancel{});
  const auto where = given_up ? ending::cancelled : ending::expired;
  const auto d = g.when(self, fall_due{1});
  d.then(releasing_started{where});
  CHECK(tags_of(d) == tags{"release/1/1"});
  g.after(self, fall_due{1}).after(self, fine("release/1/1"));
  CHECK(g.state().phase == (given_up ? phase::cancelled : phase::expired));
  g.when(self, fine("hold/1/2")).then(stray_hold_met{1, 2});
}

TEST_CASE("the same request while it runs is told later again, without a second effect") {
  CHECK(reserving_one().when(bob, reserve{hold_ms}).then().says_later().made().effects.empty());
  CHECK(paying().when(bob, complete{"pm_card_visa", hold_ms}).then().says_later()
            .made().effects.empty());
}

TEST_CASE("one refused line gives back the others, once all have answered") {
  auto g = reserving_one().after(self, no("hold/1/1", code::insufficient_stock));
  CHECK(g.state().phase == phase::reserving);
  const auto d = g.when(self, fine("hold/1/2"));
  d.then(line_held{2}, releasing_started{ending::open});
  CHECK(tags_of(d) == tags{"release/1/2"});
  g.after(self, fine("hold/1/2")).when(self, fine("release/1/2"))
      .then(line_released{2}, reopened{}).settles(nth_request(1), code::insufficient_stock);
}

TEST_CASE("when every line is refused there is nothing to give back") {
  auto g = reserving_one().after(self, no("hold/1/1", code::price_changed));
  g.when(self, no("hold/1/2", code::insufficient_stock))
      .then(line_refused{2, problem{code::insufficient_stock, "no"}.with("listing_id",
                                                                       to_text(lamp))},
            releasing_started{ending::open}, reopened{})
      .settles(nth_request(1), code::price_changed);
}

TEST_CASE("an answer that nobody waits for changes nothing") {
  reserving_one().after(self, fine("hold/1/1")).when(self, fine("hold/1/1")).then();
  reserved_one().when(self, fine("hold/1/1")).then();
  reserved_one().when(self, came("charge/1", payment::captured{charge})).then();
  completed_one().when(self, emptied_cart()).then();
}

TEST_CASE("a hold that succeeds after it was given up is released by its round") {
  const auto d = open_one().after(bob, reserve{hold_ms})
                     .after(self, no("hold/1/1", code::insufficient_stock))
                     .after(self, no("hold/1/2", code::insufficient_stock))
                     .when(self, fine("hold/1/1"));
  d.then(stray_hold_met{1, 1});
  listing::command sent;
  REQUIRE(unpack(d.effects<send>().at(0).command, sent));
  CHECK((std::get<listing::release>(sent) == listing::release{1}));
}

// -- paying ---------------------------------------------------------------------------------------

TEST_CASE("completing an open checkout reserves first, then pays") {
  auto g = open_one();
  g.when(bob, complete{"pm_card_visa", hold_ms})
      .then(reserving_started{first, hold_ms, "pm_card_visa"}).says_later();
  const auto d = g.after(bob, complete{"pm_card_visa", hold_ms}).after(self, fine("hold/1/1"))
                     .when(self, fine("hold/1/2"));
  d.then(line_held{2}, reserved{noon + hold_ms}, payment_started{first, "pm_card_visa"});
  CHECK(d.made().settlements.empty());
  CHECK(tags_of(d) == tags{"claim/1"});
}

TEST_CASE("a declined payment leaves the hold, so that another method can be tried") {
  const auto d = paying().when(self, came("charge/1", payment::declined{"generic_decline"}));
  d.then(payment_refused{}).settles(nth_request(1), code::payment_declined);
  CHECK(d.state().phase == phase::reserved);
  const auto again = paying().after(self, came("charge/1", payment::declined{"generic_decline"}))
                         .asked_as(nth_request(2)).when(bob, complete{"pm_card_visa", hold_ms});
  again.then(payment_started{second, "pm_card_visa"});
  CHECK(tags_of(again) == tags{"claim/2"});
}

TEST_CASE("a method that needs a step of its owner leaves the hold, too") {
  paying().when(self, came("charge/1", payment::action_required{})).then(payment_refused{})
      .settles(nth_request(1), code::payment_action_required);
}

TEST_CASE(
    "an answer of the provider that cannot be read is asked for again, never taken for a no") {
  const auto d = paying().when(self, fine("charge/1"));
  d.then(step_refused{"charge/1", code::provider_error});
  CHECK(d.effects<arm>().at(0).at == noon + repeat_after);
  const auto again = paying().when(self, repeat_step{"charge/1"}).then(step_repeated{"charge/1"});
  CHECK(again.effects<call>().at(0).key == to_text(self) + "/1");
  reserved_one().when(self, repeat_step{"charge/1"}).then();
}

TEST_CASE("a captured payment converts, places one order a seller and closes the cart") {
  const auto d = paying().when(self, came("charge/1", payment::captured{charge}));
  d.then_a<payment_captured>();
  CHECK(tags_of(d) == tags{"place/1", "place/0", "convert/2", "convert/1", "cart"});
  CHECK(d.effects<disarm>().at(0).timer == "hold");
  REQUIRE(d.state().orders.size() == 2);
  CHECK(d.state().orders[0].seller == ann);
  CHECK(d.state().orders[0].order_id != d.state().orders[1].order_id);
  CHECK(d.state().orders[0].order_id.slot == bob.slot);
  order::command sent;
  REQUIRE(unpack(d.effects<send>().at(1).command, sent));
  CHECK((std::get<order::place>(sent).total == money{2000, ten.currency}));

  auto g = completing_one().after(self, emptied_cart());
  for (const auto* tag : {"pointer", "place/0", "place/1", "convert/1"}) g.after(self, fine(tag));
  g.when(self, fine("convert/2")).then(step_finished{"convert/2"}, completed{})
      .settles(nth_request(1));
}

TEST_CASE("a cart is claimed before its checkout is paid") {
  SECTION("then the charge is made") {
    const auto d = claiming().when(self, fine("claim/1")).then(cart_claimed{});
    CHECK(d.effects<call>().at(0).key == to_text(self) + "/1");
  }
  SECTION("refused: nothing is charged, and the hold stays") {
    const auto d = claiming().when(self, no("claim/1", code::invalid_transition));
    d.then(payment_refused{}).settles(nth_request(1), code::invalid_transition);
    CHECK(d.effects<call>().empty());
  }
  SECTION("refused for good: others may have at once what it holds") {
    const auto changed = problem{code::invalid_transition, "no"}.with(
        "next_step", std::string{cart::another_checkout});
    const problem bought{code::checkout_completed, "no"};
    const auto why = GENERATE(false, true) ? changed : bought;
    const auto d = claiming().when(self, answered{"claim/1", "", why});
    d.then(payment_refused{}, releasing_started{ending::cancelled})
        .settles(nth_request(1), why.code);
    CHECK(d.effects<send>().size() == 3);  // the claim, and two lines
  }
  SECTION("and given back when the payment is declined") {
    const auto d = paying().when(self, came("charge/1", payment::declined{"no"}));
    cart::command sent;
    REQUIRE(unpack(d.effects<send>().at(0).command, sent));
    CHECK(std::get<cart::unclaim>(sent).attempt == 1);
  }
  SECTION("and given back when it comes too late") {
    const auto d = expired_one().when(self, fine("claim/1"));
    cart::command sent;
    REQUIRE(unpack(d.effects<send>().at(0).command, sent));
    CHECK(std::get<cart::unclaim>(sent).attempt == 1);
  }
}

TEST_CASE("a cart in which something is left stays its owner's") {
  SECTION("emptied: the owner points at it no longer") {
    const auto d = completing_one().when(self, emptied_cart());
    d.then(step_finished{"cart"}, cart_emptied{});
    CHECK(tags_of(d) == tags{"pointer"});
  }
  SECTION("with a rest: nothing more to do") {
    const answered with_rest{"cart", packed(cart::remainder{false}), {}};
    const auto d = completing_one().when(self, with_rest);
    d.then(step_finished{"cart"});
    CHECK(tags_of(d).empty());
  }
  SECTION("with an answer that says neither: asked again") {
    completing_one().when(self, fine("cart")).then(step_refused{"cart", code::internal});
  }
}

TEST_CASE("a step of completing that is refused is repeated, and the checkout waits for it") {
  completing_one().when(self, no("place/0", code::internal))
      .then(step_refused{"place/0", code::internal});
  completing_one().when(self, repeat_step{"place/0"}).then(step_repeated{"place/0"});
}

// -- the timer ------------------------------------------------------------------------------------

TEST_CASE("a reservation falls due") {
  SECTION("and is released") {
    const auto d = reserved_one().when(self, fall_due{1}).then(releasing_started{ending::expired});
    CHECK(tags_of(d) == tags{"release/1/2", "release/1/1"});
    releasing_one().after(self, fine("release/1/1")).when(self, fine("release/1/2"))
        .then(line_released{2}, expired{});
  }
  SECTION("while it is paid: then the payment is cancelled first") {
    const auto d = paying().when(self, fall_due{1}).then(voiding_started{ending::expired});
    CHECK(tags_of(d) == tags{"void/1"});
    CHECK(d.effects<call>().at(0).key == to_text(self) + "/1");
    const auto g = voiding_one().after(self, came("void/1", payment::cancelled{}))
                       .after(self, fine("release/1/1"));
    g.when(self, fine("release/1/2")).then(line_released{2}, expired{})
        .settles(nth_request(1), code::reservation_expired);
  }
  SECTION("while it is paid, and the payment was captured after all") {
    voiding_one().when(self, came("void/1", payment::captured{charge})).then_a<payment_captured>();
    voiding_one().when(self, came("charge/1", payment::captured{charge})).then();
  }
  SECTION("but a timer of an earlier reservation does nothing") {
    reserved_one().when(self, fall_due{0}).then();
  }
  SECTION("and a late timer does nothing") {
    for (const auto& g : {open_one(), voiding_one(), releasing_one(), completing_one(),
                          completed_one(), expired_one(), cancelled_one()})
      g.when(self, fall_due{1}).then();
  }
}

}  // namespace resalehub::checkout
