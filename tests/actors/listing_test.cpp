#include "actors/listing.hpp"

#include "actors/row_key.hpp"
#include "tests/support/every_entity.hpp"

namespace resalehub::listing {

using namespace given_words;

namespace {

const rules_of<state, command, event, query> rules{decide, apply, ask, show, index};
using given_listing = given<state, command, event, query>;

const auto bike = nth<listing_id>(1);
const auto ann = nth<user_id>(1);
const auto bob = nth<user_id>(2);
const auto purchase = nth<checkout_id>(1);
const auto other_purchase = nth<checkout_id>(2);
const money ten{1000, *currency::from_text("EUR")};
const money nine{900, *currency::from_text("EUR")};

create_body body_of(std::int64_t quantity) {
  return {"A bicycle", "Red", "bikes", condition::good, ten, quantity};
}
created made(std::int64_t quantity) {
  return {bike, ann, nth_request(1), "A bicycle", "Red", "bikes", condition::good, ten, quantity,
          noon};
}
given_listing with(std::vector<event> history) { return {rules, bike, history}; }
given_listing nothing() { return with({}); }
given_listing draft() { return with({made(2)}); }
given_listing on_sale() { return with({made(2), published{noon}}); }
given_listing one_held() {
  return with({made(2), published{noon}, stock_held{purchase, 1, 1}});
}
given_listing sold_out() {
  return with({made(1), published{noon}, stock_held{purchase, 1, 1}, hold_converted{purchase},
               ran_out{}});
}
given_listing paused_one() { return with({made(2), published{noon}, paused{noon}}); }
given_listing closed_one() { return with({made(2), published{noon}, closed{noon}}); }
given_listing removed_one() { return with({made(2), published{noon}, removed{noon}}); }
hold one_of_it(std::uint32_t round = 1) { return {round, bob, 1, ten}; }

}  // namespace

TEST_CASE("a listing is not made") {
  SECTION("without an open seller account") {
    nothing().when(ann, create{body_of(2), {ann, false}}).refused(code::seller_not_ready);
  }
  SECTION("for somebody else") {
    nothing().when(ann, create{body_of(2), {bob, true}}).refused(code::not_found);
  }
  SECTION("twice by different requests") {
    draft().asked_as(nth_request(2)).when(ann, create{body_of(2), {ann, true}})
        .refused(code::already_exists);
  }
}

TEST_CASE("a listing's stock is not held") {
  SECTION("by a user") { on_sale().when(bob, one_of_it()).refused(code::not_found); }
  SECTION("for its own seller") {
    on_sale().when(purchase, hold{1, ann, 1, ten}).refused(code::forbidden);
  }
  SECTION("at another price") {
    const auto refusal = on_sale().when(purchase, hold{1, bob, 1, nine});
    refusal.refused(code::price_changed);
    CHECK((refusal.why().meta == std::vector<meta_entry>{{"old", nine}, {"new", ten}}));
  }
  SECTION("beyond what is available") {
    const auto refusal = one_held().when(other_purchase, hold{1, bob, 2, ten});
    refusal.refused(code::insufficient_stock);
    CHECK((refusal.why().meta == std::vector<meta_entry>{{"available", std::int64_t{1}}}));
  }
  SECTION("when it is sold out") {
    sold_out().when(other_purchase, one_of_it()).refused(code::insufficient_stock);
  }
  SECTION("while it is paused") {
    paused_one().when(purchase, one_of_it()).refused(code::invalid_transition);
  }
}

TEST_CASE("a listing's stock is not adjusted") {
  SECTION("by nothing") {
    on_sale().when(ann, adjust_stock{{0, {}, {}}}).refused(code::validation_failed);
  }
  SECTION("below what is held") {
    one_held().when(ann, adjust_stock{{-2, {}, {}}}).refused(code::insufficient_stock);
  }
  SECTION("when somebody else adjusted it meanwhile") {
    on_sale().when(ann, adjust_stock{{1, {}, 3}}).refused(code::version_conflict);
  }
  SECTION("beyond every bound") {
    with({made(quantity_max)}).when(ann, adjust_stock{{1, {}, {}}}).refused(code::limit_exceeded);
  }
  SECTION("once it is closed") {
    closed_one().when(ann, adjust_stock{{1, {}, {}}}).refused(code::invalid_transition);
  }
}

TEST_CASE("a refused transition says where it is and what is allowed") {
  const auto refusal = closed_one().when(ann, publish{});
  refusal.refused(code::invalid_transition);
  CHECK((refusal.why().meta ==
         std::vector<meta_entry>{{"from", "closed"},
                                 {"allowed", std::vector<std::string>{"remove"}}}));
}

TEST_CASE("a listing that is not one's own is as if it were not there") {
  for (const auto& c : std::vector<command>{edit{}, publish{}, pause{}, resume{}, close{},
                                            remove{}, adjust_stock{{1, {}, {}}}}) {
    on_sale().when(bob, c).refused(code::not_found);
    on_sale().when({}, c).refused(code::not_found);
    nothing().when({}, c).refused(code::not_found);
  }
}

TEST_CASE("a seller makes a draft") {
  const auto d = nothing().when(ann, create{body_of(2), {ann, true}}).then(made(2));
  CHECK(d.made().reply.created);
}

TEST_CASE("the same request makes no second listing") {
  draft().when(ann, create{body_of(2), {ann, true}}).then();
}

TEST_CASE("an edit keeps only what differs") {
  edited cheaper;
  cheaper.price = nine;
  cheaper.at = noon;
  edit_body body;
  body.title = text<1, 140>{"A bicycle"};
  body.price = resalehub::price{nine};
  on_sale().when(ann, edit{body}).then(cheaper);
  body.price = resalehub::price{ten};
  on_sale().when(ann, edit{body}).then();
}

TEST_CASE("a listing without stock is sold out as soon as it would be on sale") {
  with({made(1), stock_adjusted{-1, "", noon}}).when(ann, publish{})
      .then(published{noon}, ran_out{});
}

TEST_CASE("what is held is not available, and is again when released") {
  on_sale().when(purchase, one_of_it()).then(stock_held{purchase, 1, 1});
  CHECK(one_held().state().available() == 1);
  const auto d = one_held().when(purchase, release{1}).then(hold_released{purchase});
  CHECK(d.state().available() == 2);
  CHECK(d.said_as<availability>().available == 2);
}

TEST_CASE("a hold, a release and a conversion may be repeated") {
  one_held().when(purchase, one_of_it()).then();
  on_sale().when(purchase, release{1}).then();
  sold_out().when(purchase, release{1}).then();
}

TEST_CASE("a late release of an earlier round leaves the present hold alone") {
  const auto second = with({made(2), published{noon}, stock_held{purchase, 2, 1}});
  second.when(purchase, release{1}).then();
  second.when(purchase, one_of_it(1)).then();
  second.when(purchase, convert{1}).refused(code::invalid_transition);
}

TEST_CASE("what a repeated hold of an earlier round took makes room for the next") {
  with({made(1), published{noon}, stock_held{purchase, 1, 1}}).when(purchase, one_of_it(2))
      .then(hold_released{purchase}, stock_held{purchase, 2, 1});
}

TEST_CASE("the last one converted sells a listing out, a restock brings it back") {
  with({made(1), published{noon}, stock_held{purchase, 1, 1}}).when(purchase, convert{1})
      .then(hold_converted{purchase}, ran_out{});
  sold_out().when(ann, adjust_stock{{2, {}, {}}}).then(stock_adjusted{2, "", noon}, restocked{});
}

TEST_CASE("a running checkout finishes whatever its seller does") {
  for (const auto& gone : {event{paused{noon}}, event{closed{noon}}, event{removed{noon}}}) {
    const auto g = with({made(2), published{noon}, stock_held{purchase, 1, 1}, gone});
    g.when(purchase, convert{1}).then(hold_converted{purchase});
    g.when(purchase, release{1}).then(hold_released{purchase});
  }
}

TEST_CASE("a draft and a removed listing are seen by their seller alone") {
  for (const auto& g : {draft(), removed_one()}) {
    CHECK(g.ask(ann, read{}).ok());
    CHECK(g.ask(bob, read{}).problem().code == code::not_found);
    CHECK(g.ask({}, read_quote{}).problem().code == code::not_found);
  }
  CHECK(closed_one().ask(bob, read{}).ok());
  CHECK(nothing().ask({}, read{}).problem().code == code::not_found);
}

TEST_CASE("a listing is shown with what its viewer may do") {
  CHECK(draft().shown_to(ann) ==
        R"({"id":")" + to_text(bike) + R"(","seller_id":")" + to_text(ann) +
            R"(","title":"A bicycle","description":"Red","category":"bikes","condition":"good",)"
            R"("price":{"amount":1000,"currency":"EUR"},"quantity":2,"available":2,)"
            R"("status":"draft","version":1,"created_at":"2026-01-01T12:00:00.000Z",)"
            R"("updated_at":"2026-01-01T12:00:00.000Z","published_at":null,)"
            R"("allowed_actions":["edit","publish","adjust_stock","remove"]})");
  CHECK(on_sale().shown_to(bob).ends_with(R"("allowed_actions":[]})"));
}

TEST_CASE("a quote says what a cart needs") {
  quote q;
  REQUIRE(unpack(one_held().ask({}, read_quote{})->bytes, q));
  CHECK((q == quote{bike, ann, "A bicycle", ten, 1, sale::on_sale, 3}));
}

TEST_CASE("only published listings are in the public lists, all but removed in one's own") {
  const auto count = [](const given_listing& g) { return g.rows().size(); };
  CHECK(count(nothing()) == 0);
  CHECK(count(draft()) == 1);
  CHECK(count(on_sale()) == 6);
  CHECK(count(sold_out()) == 1);
  CHECK(count(removed_one()) == 0);
  for (const auto& r : on_sale().rows()) CHECK(row_key::id_at_end<listing_id>(r.key) == bike);
}

TEST_CASE("an event that says it moves no rows moves none") {
  const auto sample = on_sale();
  for (const auto& e :
       std::vector<event>{stock_adjusted{5, "", noon}, stock_held{purchase, 1, 1}}) {
    auto after = sample.state();
    apply(after, e);
    std::vector<index_row> rows;
    index(after, rows);
    CHECK(rows == sample.rows());
  }
}

TEST_CASE("every command in every phase of a listing is accepted or refused by name") {
  edit_body title;
  title.title = text<1, 140>{"Another"};
  CHECK(matrix<given_listing, command>(
            {{"absent", nothing()}, {"draft", draft()}, {"published", on_sale()},
             {"paused", paused_one()}, {"sold_out", sold_out()}, {"closed", closed_one()},
             {"removed", removed_one()}},
            {{ann, create{body_of(1), {ann, true}}}, {ann, edit{title}}, {ann, publish{}},
             {ann, pause{}}, {ann, resume{}}, {ann, close{}}, {ann, remove{}},
             {ann, adjust_stock{{1, {}, {}}}}, {other_purchase, one_of_it()},
             {other_purchase, release{1}}, {other_purchase, convert{1}}}) ==
        "create: ok - - - - - -\n"
        "edit: not_found ok ok ok ok invalid_transition invalid_transition\n"
        "publish: not_found ok - invalid_transition - invalid_transition invalid_transition\n"
        "pause: not_found invalid_transition ok - ok invalid_transition invalid_transition\n"
        "resume: not_found invalid_transition - ok - invalid_transition invalid_transition\n"
        "close: not_found invalid_transition ok ok ok - invalid_transition\n"
        "remove: not_found ok ok ok ok ok -\n"
        "adjust_stock: not_found ok ok ok ok invalid_transition invalid_transition\n"
        "hold: not_found not_found ok invalid_transition insufficient_stock invalid_transition "
        "not_found\n"
        "release: not_found - - - - - -\n"
        "convert: not_found invalid_transition invalid_transition invalid_transition "
        "invalid_transition invalid_transition invalid_transition\n");
}

TEST_CASE("any accepted sequence keeps a listing's stock whole") {
  const auto draw = [](std::mt19937_64& chance, const state&) -> std::pair<entity_id, command> {
    const auto checkout = nth<checkout_id>(1 + chance() % 5);
    const auto round = static_cast<std::uint32_t>(1 + chance() % 3);
    const auto delta = static_cast<std::int64_t>(chance() % 7) - 3;
    switch (chance() % 16) {
      case 0: return {ann, publish{}};
      case 1: return {ann, pause{}};
      case 2: return {ann, resume{}};
      case 3: return {ann, adjust_stock{{delta, {}, {}}}};
      case 4: return {ann, chance() % 20 == 0 ? command{close{}} : command{publish{}}};
      case 5: return {ann, chance() % 20 == 0 ? command{remove{}} : command{resume{}}};
      case 6: case 7: return {checkout, release{round}};
      case 8: return {checkout, convert{round}};
      default: return {checkout, hold{round, bob, 1 + std::int64_t(chance() % 2), ten}};
    }
  };
  std::size_t accepted = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed)
    accepted += walk(on_sale(), seed, draw, [](const state& s) {
      std::int64_t held = 0;
      for (const auto& [checkout, kept] : s.holds) held += kept.quantity;
      REQUIRE(s.held == held);
      REQUIRE(s.available() >= 0);
      REQUIRE((s.phase == phase::sold_out) <= (s.stock() == 0));
      REQUIRE((s.phase == phase::published) <= (s.stock() > 0));
    });
  CHECK(accepted > 5000);
}

TEST_CASE("golden bytes of listing events decode") {
  edited e;
  e.title = "Another";
  e.condition = condition::new_;
  e.price = nine;
  e.at = noon;
  check_golden<event>("listing", {made(2), e, published{noon}, paused{noon}, resumed{noon},
                                  closed{noon}, removed{noon}, stock_adjusted{-1, "broken", noon},
                                  ran_out{}, restocked{}, stock_held{purchase, 3, 2},
                                  hold_released{purchase}, hold_converted{purchase}});
}

}  // namespace resalehub::listing
