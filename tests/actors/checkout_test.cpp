#include "actors/checkout.hpp"

#include "actors/cart.hpp"
#include "actors/listing.hpp"
#include "actors/order.hpp"
#include "actors/user.hpp"
#include "tests/support/every_entity.hpp"

namespace resalehub::checkout {

using namespace given_words;

namespace {

const rules_of<state, command, event, query> rules{decide, apply, ask, show, index};
using given_checkout = given<state, command, event, query>;

const auto self = nth<checkout_id>(1);
const auto ann = nth<user_id>(1);  // sells
const auto eve = nth<user_id>(3);  // sells, too
const auto bob = nth<user_id>(2);
const auto bike = nth<listing_id>(1);
const auto lamp = nth<listing_id>(2);
const auto bob_cart = nth<cart_id>(1);
const auto charge = nth<charge_id>(1);
const auto group = nth<order_group_id>(1);
const money ten{1000, *currency::from_text("EUR")};
const money dollars{1000, *currency::from_text("USD")};
const money thirty{3000, *currency::from_text("EUR")};
constexpr milliseconds hold_ms{900'000};
const waiter first{nth_request(1), bob};
const waiter second{nth_request(2), bob};

listing::quote of(const listing_id& id, const user_id& seller) {
  return {id, seller, "A thing", ten, 5, listing::sale::on_sale, 2};
}
std::vector<wanted_line> wanted() { return {{of(bike, ann), 2}, {of(lamp, eve), 1}}; }
started begun() {
  return {self,
          bob,
          nth_request(1),
          bob_cart,
          {{1, bike, ann, "A thing", 2, ten}, {2, lamp, eve, "A thing", 1, ten}},
          thirty};
}
payment_captured paid() {
  return {charge, group, {{nth<order_id>(1), ann}, {nth<order_id>(2), eve}}, noon};
}
answered fine(std::string tag) { return {std::move(tag), "", {}}; }
answered no(std::string tag, code why) { return {std::move(tag), "", problem{why, "no"}}; }
answered came(std::string tag, payment::outcome outcome) {
  return {std::move(tag), packed(outcome), {}};
}

given_checkout with(std::vector<event> history) { return {rules, self, history}; }
template <class... More>
given_checkout after_start(More... more) {
  return with({begun(), more...});
}
given_checkout absent() { return with({}); }
given_checkout open_one() { return after_start(); }
given_checkout reserving_one() { return after_start(reserving_started{first, hold_ms, ""}); }
template <class... More>
given_checkout after_reserved(More... more) {
  return after_start(reserving_started{first, hold_ms, ""}, line_held{1}, line_held{2},
                     reserved{noon + hold_ms}, more...);
}
given_checkout reserved_one() { return after_reserved(); }
given_checkout paying() { return after_reserved(payment_started{first, "pm_card_visa"}); }
given_checkout voiding_one() {
  return after_reserved(payment_started{first, "pm_card_visa"}, voiding_started{ending::expired});
}
given_checkout releasing_one() { return after_reserved(releasing_started{ending::expired}); }
given_checkout completing_one() {
  return after_reserved(payment_started{first, "pm_card_visa"}, paid());
}
given_checkout completed_one() {
  return after_reserved(payment_started{first, "pm_card_visa"}, paid(), completed{});
}
given_checkout expired_one() {
  return after_reserved(releasing_started{ending::expired}, line_released{1}, line_released{2},
                        expired{});
}
given_checkout cancelled_one() { return after_start(cancelled{}); }

std::vector<std::string> tags_of(const told<state, event>& d) {
  std::vector<std::string> tags;
  for (const auto& one : d.effects<send>()) tags.push_back(one.tag);
  for (const auto& one : d.effects<call>()) tags.push_back(one.tag);
  return tags;
}
using tags = std::vector<std::string>;

}  // namespace

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
    CHECK((refusal.why().meta == std::vector<meta_entry>{{"available", std::int64_t{5}}}));
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

// -- reserving ------------------------------------------------------------------------------------

TEST_CASE("a reservation asks every listing, and is there when all have answered") {
  const auto d = open_one().when(bob, reserve{hold_ms});
  d.then(reserving_started{first, hold_ms, ""}).says_later();
  CHECK(tags_of(d) == tags{"hold/1/2", "hold/1/1"});

  auto g = reserving_one();
  g.when(self, fine("hold/1/1")).then(line_held{1});
  const auto last = g.after(self, fine("hold/1/1")).when(self, fine("hold/1/2"));
  last.then(line_held{2}, reserved{noon + hold_ms}).settles(nth_request(1));
  CHECK(last.effects<arm>().at(0).at == noon + hold_ms);
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
      .then(line_refused{2, problem{code::insufficient_stock, "no"}},
            releasing_started{ending::open}, reopened{})
      .settles(nth_request(1), code::price_changed);
}

TEST_CASE("an answer that nobody waits for changes nothing") {
  reserving_one().after(self, fine("hold/1/1")).when(self, fine("hold/1/1")).then();
  reserved_one().when(self, fine("hold/1/1")).then();
  reserved_one().when(self, came("charge/1", payment::captured{charge})).then();
  completed_one().when(self, fine("cart")).then();
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
  CHECK(d.effects<call>().at(0).key == to_text(self) + "/1");
}

TEST_CASE("a declined payment leaves the hold, so that another method can be tried") {
  const auto d = paying().when(self, came("charge/1", payment::declined{"generic_decline"}));
  d.then(payment_refused{}).settles(nth_request(1), code::payment_declined);
  CHECK(d.state().phase == phase::reserved);
  const auto again = paying().after(self, came("charge/1", payment::declined{"generic_decline"}))
                         .asked_as(nth_request(2)).when(bob, complete{"pm_card_visa", hold_ms});
  again.then(payment_started{second, "pm_card_visa"});
  CHECK(again.effects<call>().at(0).key == to_text(self) + "/2");
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
  CHECK(tags_of(d) == tags{"pointer", "place/1", "place/0", "convert/2", "convert/1", "cart"});
  CHECK(d.effects<disarm>().at(0).timer == "hold");
  REQUIRE(d.state().orders.size() == 2);
  CHECK(d.state().orders[0].seller == ann);
  CHECK(d.state().orders[0].order_id != d.state().orders[1].order_id);
  CHECK(d.state().orders[0].order_id.slot == bob.slot);
  order::command sent;
  REQUIRE(unpack(d.effects<send>().at(2).command, sent));
  CHECK((std::get<order::place>(sent).total == money{2000, ten.currency}));

  auto g = completing_one();
  for (const auto* tag : {"cart", "pointer", "place/0", "place/1", "convert/1"})
    g.after(self, fine(tag));
  g.when(self, fine("convert/2")).then(step_finished{"convert/2"}, completed{})
      .settles(nth_request(1));
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
                 .after(self, came("void/1", payment::captured{charge}));
    for (const auto* tag : {"cart", "pointer", "place/0", "place/1", "convert/1"})
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
        "fall_due: not_found - - ok ok - - - - - -\n"
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
       stray_hold_met{1, 2}, completed{}});
}

}  // namespace resalehub::checkout
