#include "actors/cart.hpp"

#include "tests/support/every_entity.hpp"

namespace resalehub::cart {

using namespace given_words;

namespace {

const rules_of<state, command, event, query> rules{decide, apply, ask, show, index};
using given_cart = given<state, command, event, query>;

const auto self = nth<cart_id>(1);
const auto ann = nth<user_id>(1);
const auto bob = nth<user_id>(2);
const auto bike = nth<listing_id>(1);
const auto lamp = nth<listing_id>(2);
const auto purchase = nth<checkout_id>(1);
const money ten{1000, *currency::from_text("EUR")};
const money nine{900, *currency::from_text("EUR")};
const money dollars{1000, *currency::from_text("USD")};

listing::quote of(const listing_id& id, money price = ten, std::int64_t available = 5) {
  return {id, ann, "A thing", price, available, listing::sale::on_sale, 2};
}
listing::quote in_state(listing::sale sale) {
  auto q = of(bike);
  q.sale = sale;
  q.available = sale == listing::sale::sold_out ? 0 : q.available;
  return q;
}
sale_line line(std::uint32_t number, const listing_id& id, std::int64_t quantity) {
  return {number, id, ann, "A thing", quantity, ten};
}
given_cart with(std::vector<event> history) { return {rules, self, history}; }
given_cart absent() { return with({}); }
given_cart empty() { return with({opened{self, bob}}); }
given_cart of_two() {
  return with({opened{self, bob}, item_added{line(1, bike, 2)}, item_added{line(2, lamp, 1)}});
}
given_cart completed_one() {
  return with({opened{self, bob}, item_added{line(1, bike, 2)}, completed{purchase}});
}
given_cart full() {
  std::vector<event> history{opened{self, bob}};
  for (std::uint8_t n = 1; n <= sale_lines_max; ++n)
    history.push_back(item_added{line(n, nth<listing_id>(n), 1)});
  return with(std::move(history));
}

}  // namespace

TEST_CASE("a listing does not go into a cart") {
  SECTION("of its own seller") {
    with({opened{self, ann}}).when(ann, add_item{of(bike), 1}).refused(code::forbidden);
  }
  SECTION("that is not on sale") {
    empty().when(bob, add_item{in_state(listing::sale::off_sale), 1}).refused(code::not_found);
  }
  SECTION("that is sold out") {
    empty().when(bob, add_item{in_state(listing::sale::sold_out), 1})
        .refused(code::insufficient_stock);
  }
  SECTION("in another currency") {
    of_two().when(bob, add_item{of(nth<listing_id>(3), dollars), 1})
        .refused(code::currency_mismatch);
    of_two().when(bob, add_item{of(lamp, dollars), 1}).refused(code::currency_mismatch);
  }
  SECTION("a thousand and one times") {
    empty().when(bob, add_item{of(bike), line_quantity_max + 1}).refused(code::limit_exceeded);
    of_two().when(bob, add_item{of(bike), line_quantity_max - 1}).refused(code::limit_exceeded);
  }
  SECTION("beside a hundred others") {
    full().when(bob, add_item{of(nth<listing_id>(200)), 1}).refused(code::limit_exceeded);
  }
  SECTION("once the cart is completed") {
    completed_one().when(bob, add_item{of(lamp), 1}).refused(code::invalid_transition);
  }
}

TEST_CASE("a line that is not there cannot be changed") {
  of_two().when(bob, set_quantity{3, 1}).refused(code::not_found);
  of_two().when(bob, remove_item{3}).refused(code::not_found);
  of_two().when(bob, set_quantity{1, line_quantity_max + 1}).refused(code::limit_exceeded);
  for (const auto* wrong : {"", "0", "01", "x", "1x", "-1", "99999999999"})
    CHECK(!line_number(wrong));
  CHECK(line_number("12") == 12);
}

TEST_CASE("somebody else's cart is as if it were not there") {
  for (const auto& c : std::vector<command>{open{}, add_item{of(bike), 1}, set_quantity{1, 1},
                                            remove_item{1}, complete{}, claim{}, unclaim{}})
    if (!std::holds_alternative<open>(c)) of_two().when(ann, c).refused(code::not_found);
  CHECK(of_two().ask(ann, read{}).problem().code == code::not_found);
  CHECK(of_two().ask({}, read_sheet{}).problem().code == code::not_found);
}

TEST_CASE("a cart is opened once, and shown again") {
  CHECK(absent().when(bob, open{}).then(opened{self, bob}).made().reply.created);
  CHECK(!of_two().when(bob, open{}).then().made().reply.created);
}

TEST_CASE("a listing added twice is one line at today's price") {
  empty().when(bob, add_item{of(bike), 2}).then(item_added{line(1, bike, 2)});
  of_two().when(bob, add_item{of(bike, nine), 3}).then(item_repriced{1, 5, "A thing", nine});
}

TEST_CASE("a line's number is never used again") {
  auto g = of_two().after(bob, remove_item{2});
  g.when(bob, add_item{of(lamp), 1}).then(item_added{line(3, lamp, 1)});
}

TEST_CASE("a quantity is set, and setting it again changes nothing") {
  of_two().when(bob, set_quantity{1, 3}).then(quantity_set{1, 3});
  of_two().when(bob, set_quantity{1, 2}).then();
  of_two().when(bob, remove_item{1}).then(item_removed{1});
}

TEST_CASE("a checkout completes a cart, as often as it says so") {
  const complete all{{{bike, 2}, {lamp, 1}}};
  const auto d = of_two().when(purchase, all);
  d.then(lines_bought{purchase, all.bought}, completed{purchase});
  remainder left;
  REQUIRE(unpack(std::get<said>(d.made().reply.what).bytes, left));
  CHECK(left.emptied);
  completed_one().when(purchase, all).then();
}

TEST_CASE("of several checkouts of a cart one is paid at a time") {
  const auto other = nth<checkout_id>(99);
  const std::vector<bought_line> bikes{{bike, 2}};
  auto g = of_two();
  g.when(purchase, claim{1, bikes}).then(claimed{purchase, 1});
  const auto changed = g.when(purchase, claim{1, {{bike, 3}}});
  changed.refused(code::invalid_transition);
  CHECK((changed.why().meta ==
         std::vector<meta_entry>{{"next_step", std::string{another_checkout}}}));
  completed_one().when(purchase, claim{1, bikes}).refused(code::checkout_completed);
  g.after(purchase, claim{1, bikes});
  g.when(other, claim{1, bikes}).refused(code::invalid_transition);
  g.when(other, unclaim{1}).then();
  g.when(purchase, claim{2, bikes}).then(claimed{purchase, 2});
  g.when(purchase, unclaim{1}).then(unclaimed{});
  g.after(purchase, claim{2, bikes}).when(purchase, unclaim{1}).then();
  g.when(purchase, complete{bikes}).then(lines_bought{purchase, bikes});
}

TEST_CASE("what was added to a cart since its checkout began stays in it") {
  const complete bikes{{{bike, 1}}};
  const auto d = of_two().when(purchase, bikes);
  d.then(lines_bought{purchase, bikes.bought});
  CHECK(d.state().phase == phase::open);
  CHECK(d.state().lines == std::vector<sale_line>{line(1, bike, 1), line(2, lamp, 1)});
  remainder left{true};
  REQUIRE(unpack(std::get<said>(d.made().reply.what).bytes, left));
  CHECK_FALSE(left.emptied);
}

TEST_CASE("a cart is shown with its sum") {
  CHECK(empty().shown_to(bob) ==
        R"({"id":")" + to_text(self) +
            R"(","status":"open","lines":[],"problems":[],)"
            R"("totals":{"items":{"amount":0,"currency":"EUR"}},"version":1,)"
            R"("allowed_actions":["add_item","set_quantity","remove_item"]})");
  const auto json = of_two().shown_to(bob);
  CHECK(json.find(R"("lines":[{"id":"1","listing_id":")" + to_text(bike)) != std::string::npos);
  CHECK(json.find(R"("quantity":2,"unit_price":{"amount":1000,"currency":"EUR"},)"
                  R"("line_total":{"amount":2000,"currency":"EUR"}})") != std::string::npos);
  CHECK(json.find(R"("totals":{"items":{"amount":3000,"currency":"EUR"}})") != std::string::npos);
}

TEST_CASE("a cart is re-priced when it is read, and says what stands in the way") {
  sheet s;
  REQUIRE(unpack(of_two().ask(bob, read_sheet{})->bytes, s));
  const auto now = [&](std::optional<listing::quote> first) {
    return compose(s, {std::move(first), of(lamp)});
  };
  CHECK(now(of(bike)).find(R"("problems":[])") != std::string::npos);
  CHECK(now({}).find(R"("code":"gone")") != std::string::npos);
  CHECK(now(in_state(listing::sale::off_sale)).find(R"("code":"invalid_transition")") !=
        std::string::npos);
  const auto scarce = now(of(bike, ten, 1));
  CHECK(scarce.find(R"({"line_id":"1","code":"insufficient_stock")") != std::string::npos);
  CHECK(scarce.find(R"("available":1)") != std::string::npos);
  const auto cheaper = now(of(bike, nine));
  CHECK(cheaper.find(R"("code":"price_changed")") != std::string::npos);
  CHECK(cheaper.find(R"("old":{"amount":1000,"currency":"EUR"},"new":{"amount":900)") !=
        std::string::npos);
  CHECK(cheaper.find(R"("totals":{"items":{"amount":2800)") != std::string::npos);
  CHECK(now(of(bike, dollars)).find(R"("code":"currency_mismatch")") != std::string::npos);
}

TEST_CASE("every command in every phase of a cart is accepted or refused by name") {
  CHECK(matrix<given_cart, command>(
            {{"absent", absent()}, {"open", of_two()}, {"completed", completed_one()}},
            {{bob, open{}}, {bob, add_item{of(bike), 1}}, {bob, set_quantity{1, 7}},
             {bob, remove_item{1}}, {purchase, complete{}}, {purchase, claim{}},
             {purchase, unclaim{}}}) ==
        "open: ok - -\n"
        "add_item: not_found ok invalid_transition\n"
        "set_quantity: not_found ok invalid_transition\n"
        "remove_item: not_found ok invalid_transition\n"
        "complete: not_found ok -\n"
        "claim: not_found ok checkout_completed\n"
        "unclaim: not_found - -\n");
}

TEST_CASE("any accepted sequence keeps a cart's lines in order, one a listing, in one currency") {
  const auto draw = [](std::mt19937_64& chance, const state&) -> std::pair<entity_id, command> {
    const auto id = nth<listing_id>(static_cast<std::uint8_t>(1 + chance() % 8));
    const auto number = static_cast<std::uint32_t>(1 + chance() % 12);
    const auto quantity = static_cast<std::int64_t>(1 + chance() % 300);
    switch (chance() % 4) {
      case 0: return {bob, set_quantity{number, quantity}};
      case 1: return {bob, remove_item{number}};
      default: return {bob, add_item{of(id, chance() % 3 == 0 ? dollars : ten), quantity}};
    }
  };
  std::size_t accepted = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed)
    accepted += walk(empty(), seed, draw, [](const state& s) {
      std::set<listing_id> seen;
      std::uint32_t last = 0;
      for (const auto& one : s.lines) {
        REQUIRE(seen.insert(one.listing_id).second);
        REQUIRE(one.number > std::exchange(last, one.number));
        REQUIRE(one.quantity >= 1);
        REQUIRE(one.quantity <= line_quantity_max);
      }
      REQUIRE(total_of(s.lines).has_value());
    });
  CHECK(accepted > 2000);
}

TEST_CASE("golden bytes of cart events decode") {
  check_golden<event>("cart", {opened{self, bob}, item_added{line(1, bike, 2)}, quantity_set{1, 3},
                               item_repriced{1, 5, "Another", nine}, item_removed{1},
                               completed{purchase}, lines_bought{purchase, {{bike, 2}}},
                               claimed{purchase, 1}, unclaimed{}});
}

}  // namespace resalehub::cart
