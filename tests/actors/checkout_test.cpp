#include "tests/actors/checkout_given.hpp"

namespace resalehub::checkout {

using namespace checkout_words;

// -- refusals -------------------------------------------------------------------------------------

TEST_CASE("a checkout does not start") {
  auto one = of(bike, ann);
  SECTION("with nothing") { absent().when(bob, start{}).refused(code::validation_failed); }
  SECTION("with one's own listing") {
    absent().when(ann, start{{}, {{one, 1}}}).refused(code::forbidden);
  }
  SECTION("with what is not on sale") {
    one.sale = listing::sale::off_sale;
    absent().when(bob, start{{}, {{one, 1}}}).refused(code::not_found);
  }
  SECTION("with what is sold out") {
    one.sale = listing::sale::sold_out;
    absent().when(bob, start{{}, {{one, 1}}}).refused(code::insufficient_stock);
  }
  SECTION("with more than there is") {
    const auto refusal = absent().when(bob, start{{}, {{one, 6}}});
    refusal.refused(code::insufficient_stock);
    CHECK((refusal.why().meta == std::vector<meta_entry>{{"available", std::int64_t{5}},
                                                         {"listing_id", to_text(bike)}}));
  }
  SECTION("in two currencies") {
    auto other = of(lamp, ann);
    other.unit_price = dollars;
    absent().when(bob, start{{}, {{one, 1}, {other, 1}}}).refused(code::currency_mismatch);
  }
  SECTION("twice by different requests") {
    open_one().asked_as(nth_request(2)).when(bob, start{bob_cart, wanted()})
        .refused(code::already_exists);
  }
}

TEST_CASE("a body names a cart, or a listing and a quantity") {
  CHECK(shape_refusal({}).has_value());
  CHECK(shape_refusal({id_text{"a"}, id_text{"b"}, 1}).has_value());
  CHECK(shape_refusal({id_text{"a"}, {}, 1}).has_value());
  CHECK(shape_refusal({{}, id_text{"b"}, {}}).has_value());
  CHECK(!shape_refusal({id_text{"a"}, {}, {}}));
  CHECK(!shape_refusal({{}, id_text{"b"}, 1}));
}

TEST_CASE("what fell due is over before its timer says so") {
  auto late = reserved_one().at(noon + hold_ms);
  late.when(bob, complete{"pm_card_visa", hold_ms}).refused(code::reservation_expired);
  late.when(bob, reserve{hold_ms}).refused(code::reservation_expired);
}

TEST_CASE("a card number is no payment method") {
  reserved_one().when(bob, complete{"4242424242424242", hold_ms}).refused(code::validation_failed);
}

TEST_CASE("no user tells a checkout what only its process may") {
  for (const auto& c : std::vector<command>{fall_due{1}, repeat_step{"cart"},
                                            came("charge/1", payment::captured{charge})}) {
    paying().when(bob, c).refused(code::not_found);
    paying().when(ann, c).refused(code::not_found);
  }
}

TEST_CASE("a second payment while one runs is refused") {
  paying().asked_as(nth_request(2)).when(bob, complete{"pm_card_visa", hold_ms})
      .refused(code::invalid_transition);
  completing_one().asked_as(nth_request(2)).when(bob, complete{"pm_card_visa", hold_ms})
      .refused(code::invalid_transition);
}

// -- cancel ---------------------------------------------------------------------------------------

TEST_CASE("a checkout is cancelled") {
  const auto cancelling = [](given_checkout g) { return g.asked_as(nth_request(2)); };
  SECTION("at once when nothing is held") {
    open_one().when(bob, cancel{}).then(cancelled{});
    cancelled_one().when(bob, cancel{}).then();
  }
  SECTION("while it reserves: after every hold has answered") {
    auto g = cancelling(reserving_one());
    g.when(bob, cancel{}).then(cancel_asked{second}).says_later();
    g.after(bob, cancel{}).after(self, fine("hold/1/1"));
    g.when(self, fine("hold/1/2")).then(line_held{2}, releasing_started{ending::cancelled});
    g.after(self, fine("hold/1/2")).after(self, fine("release/1/1"));
    g.when(self, fine("release/1/2")).then(line_released{2}, cancelled{})
        .settles(nth_request(1), code::invalid_transition).settles(nth_request(2));
  }
  SECTION("when it is reserved") {
    const auto d = cancelling(reserved_one()).when(bob, cancel{});
    d.then(cancel_asked{second}, releasing_started{ending::cancelled}).says_later();
    CHECK(d.effects<disarm>().size() == 1);
  }
  SECTION("while it is paid: the payment first") {
    auto g = cancelling(paying());
    g.when(bob, cancel{}).then(cancel_asked{second}, voiding_started{ending::cancelled});
    g.after(bob, cancel{}).when(self, came("void/1", payment::cancelled{}))
        .then(releasing_started{ending::cancelled});
  }
  SECTION("too late: the payment was captured") {
    auto g = cancelling(paying()).after(bob, cancel{})
                 .after(self, came("void/1", payment::captured{charge}))
                 .after(self, emptied_cart());
    for (const auto* tag : {"pointer", "place/0", "place/1", "convert/1"})
      g.after(self, fine(tag));
    g.when(self, fine("convert/2")).settles(nth_request(1))
        .settles(nth_request(2), code::checkout_completed);
  }
  SECTION("while an undone reservation is given back") {
    auto g = cancelling(reserving_one().after(self, no("hold/1/1", code::insufficient_stock))
                            .after(self, fine("hold/1/2")));
    g.after(bob, cancel{}).when(self, fine("release/1/2")).then(line_released{2}, cancelled{})
        .settles(nth_request(1), code::insufficient_stock).settles(nth_request(2));
  }
}

// -- show -----------------------------------------------------------------------------------------

TEST_CASE("a checkout is seen by its buyer alone") {
  CHECK(open_one().ask(ann, read{}).problem().code == code::not_found);
  CHECK(open_one().ask({}, read{}).problem().code == code::not_found);
  const auto json = open_one().shown_to(bob);
  CHECK(
      json.starts_with(R"({"id":")" + to_text(self) + R"(","status":"open","lines":[{"id":"1",)"));
  CHECK(json.ends_with(R"("totals":{"items":{"amount":3000,"currency":"EUR"},)"
                       R"("total":{"amount":3000,"currency":"EUR"}},"reservation_expires_at":null,)"
                       R"("order_group_id":null,"order_ids":[],"version":1,)"
                       R"("allowed_actions":["reserve","complete","cancel"]})"));
  CHECK(reserved_one().shown_to(bob).find(
            R"("reservation_expires_at":"2026-01-01T12:15:00.000Z")") != std::string::npos);
  CHECK(completed_one().shown_to(bob).find(R"("order_ids":[")" + to_text(nth<order_id>(1))) !=
        std::string::npos);
}

// -- the three of every entity --------------------------------------------------------------------

TEST_CASE("every command in every phase of a checkout is accepted or refused by name") {
  std::vector<std::pair<std::string, given_checkout>> phases{
      {"absent", absent()},         {"open", open_one()},           {"reserving", reserving_one()},
      {"reserved", reserved_one()}, {"paying", paying()},           {"voiding", voiding_one()},
      {"releasing", releasing_one()}, {"completing", completing_one()},
      {"completed", completed_one()}, {"expired", expired_one()},   {"cancelled", cancelled_one()}};
  for (auto& [name, g] : phases) g.asked_as(nth_request(3));
  CHECK(matrix<given_checkout, command>(
            phases, {{bob, start{bob_cart, wanted()}}, {bob, reserve{hold_ms}},
                     {bob, complete{"pm_card_visa", hold_ms}}, {bob, cancel{}},
                     {self, fall_due{1}}, {self, repeat_step{"charge/1"}},
                     {self, fine("hold/1/1")}}) ==
        "start: ok already_exists already_exists already_exists already_exists already_exists "
        "already_exists already_exists already_exists already_exists already_exists\n"
        "reserve: not_found ok invalid_transition - invalid_transition reservation_expired "
        "reservation_expired invalid_transition checkout_completed reservation_expired "
        "invalid_transition\n"
        "complete: not_found ok invalid_transition ok invalid_transition reservation_expired "
        "reservation_expired invalid_transition checkout_completed reservation_expired "
        "invalid_transition\n"
        "cancel: not_found ok ok ok ok ok ok checkout_completed checkout_completed "
        "reservation_expired -\n"
        "fall_due: not_found - ok ok ok - - - - - -\n"
        "repeat_step: not_found - - - ok - - - - - -\n"
        "answered: not_found ok ok - - - - - ok ok ok\n");
}

TEST_CASE("any accepted sequence keeps a checkout's books") {
  const auto draw = [](std::mt19937_64& chance, const state& s) -> std::pair<entity_id, command> {
    const auto answer = [&]() -> command {
      if (s.pending.empty()) return fall_due{s.round};
      auto tag = *std::next(s.pending.begin(), static_cast<long>(chance() % s.pending.size()));
      if (tag.starts_with("charge") || tag.starts_with("void")) {
        const payment::outcome outcomes[] = {payment::captured{charge}, payment::declined{"no"},
                                             payment::action_required{}, payment::cancelled{}};
        return came(tag, outcomes[chance() % 4]);
      }
      if (chance() % 5 == 0) return no(tag, code::insufficient_stock);
      if (tag == "cart") return answered{tag, packed(cart::remainder{chance() % 2 == 0}), {}};
      return fine(tag);
    };
    switch (chance() % 24) {
      case 0: return {bob, start{bob_cart, wanted()}};
      case 1: case 2: return {bob, reserve{milliseconds{20'000}}};
      case 3: case 4: return {bob, complete{"pm_card_visa", milliseconds{20'000}}};
      case 5: return {bob, chance() % 8 == 0 ? command{cancel{}} : command{reserve{hold_ms}}};
      case 6: return {self, chance() % 4 == 0 ? command{fall_due{s.round}} : answer()};
      default: return {self, answer()};
    }
  };
  std::map<phase, int> ends;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    phase last = phase::absent;
    walk(absent(), seed, draw, [&](const state& s) {
      const bool waits = s.phase == phase::reserving || s.phase == phase::awaiting_payment ||
                         s.phase == phase::voiding || s.phase == phase::releasing ||
                         s.phase == phase::completing;
      REQUIRE(waits == !s.pending.empty());
      REQUIRE((waits || !s.waiting));
      REQUIRE((waits || s.cancelling.empty()));
      REQUIRE((s.phase == phase::completing || s.phase == phase::completed) ==
              s.charge.has_value());
      if (s.phase == phase::open || s.phase == phase::expired || s.phase == phase::cancelled ||
          s.phase == phase::completed)
        REQUIRE(s.held.empty());
      if (s.phase == phase::reserved || s.phase == phase::awaiting_payment ||
          s.phase == phase::voiding || s.phase == phase::completing)
        REQUIRE(s.held.size() == s.lines.size());
      last = s.phase;
    });
    ++ends[last];
  }
  CHECK(ends[phase::completed] > 20);
  CHECK(ends[phase::expired] > 20);
  CHECK(ends[phase::cancelled] > 20);
}

TEST_CASE("golden bytes of checkout events decode") {
  check_golden<event>(
      "checkout",
      {begun(), reserving_started{first, hold_ms, "pm_card_visa"}, line_held{1},
       line_refused{2, problem{code::insufficient_stock, "no"}.with("available", std::int64_t{1})},
       reserved{noon + hold_ms}, payment_started{first, "pm_card_visa"}, payment_refused{},
       voiding_started{ending::expired}, paid(), cancel_asked{second},
       releasing_started{ending::cancelled}, line_released{1}, reopened{}, expired{}, cancelled{},
       step_finished{"cart"}, step_refused{"place/0", code::internal}, step_repeated{"place/0"},
       stray_hold_met{1, 2}, completed{}, cart_emptied{}, cart_claimed{}});
}

}  // namespace resalehub::checkout
