#include "actors/user.hpp"

#include "actors/email_claim.hpp"
#include "tests/support/every_entity.hpp"

namespace resalehub::user {

using namespace given_words;

namespace {

const rules_of<state, command, event, query> rules{decide, apply, ask, show, index};
using given_user = given<state, command, event, query>;

const std::string mail = "ann@example.org";
const auto ann = nth<user_id>(1);
const auto bob = nth<user_id>(2);
const auto ann_cart = nth<cart_id>(1);
const auto purchase = nth<checkout_id>(1);
const auto sale = nth<order_id>(1);
const waiter asked{nth_request(1), {}, "claim/0"};
const registration_started begun{ann, mail, "hash", "Ann", asked};

given_user with(std::vector<event> history) { return {rules, ann, history}; }
given_user absent() { return with({}); }
given_user registering() { return with({begun}); }
given_user active() { return with({begun, registered{noon}, session_opened{1, noon}}); }
given_user selling() {
  return with({begun, registered{noon}, session_opened{1, noon}, seller_opened{}});
}
given_user with_cart() {
  return with({begun, registered{noon}, session_opened{1, noon}, cart_opened{ann_cart}});
}
sign_up of_ann() { return {mail, "hash", "Ann"}; }

}  // namespace

TEST_CASE("an account is not made") {
  SECTION("by somebody who has one") { absent().when(bob, of_ann()).refused(code::not_found); }
  SECTION("twice") { active().when({}, of_ann()).refused(code::already_exists); }
  SECTION("by another request while the first runs") {
    registering().asked_as(nth_request(2)).when({}, of_ann())
        .refused(code::idempotency_in_progress);
  }
}

TEST_CASE("an account whose e-mail is taken is refused, and may be tried again") {
  const auto d =
      registering().when(ann, answered{"claim/0", "", problem{code::already_exists, "no"}});
  d.then(registration_refused{}).settles(nth_request(1), code::already_exists);
  with({begun, registration_refused{}}).when({}, of_ann())
      .then(registration_started{ann, mail, "hash", "Ann", {nth_request(1), {}, "claim/2"}});
}

TEST_CASE("the answer of an earlier claim is not taken for the present one's") {
  with({begun, registration_refused{},
        registration_started{ann, mail, "hash", "Ann", {nth_request(1), {}, "claim/2"}}})
      .when(ann, answered{"claim/0", "", problem{code::already_exists, "no"}}).then();
}

TEST_CASE("a session is over") {
  SECTION("when it never was") {
    active().when({}, refresh{2, 1}).refused(code::session_revoked);
  }
  SECTION("for a token from nowhere") {
    active().when({}, refresh{1, 2}).refused(code::session_revoked);
  }
  SECTION("for both hands once an exchanged token comes back") {
    auto g = active().after({}, refresh{1, 1});
    g.when({}, refresh{1, 1}).then(session_revoked{1}).says_later()
        .settles(nth_request(1), code::session_revoked);
    g.after({}, refresh{1, 1}).when({}, refresh{1, 2}).refused(code::session_revoked);
  }
  SECTION("when it was ended") {
    active().after({}, end_session{1}).when({}, refresh{1, 1}).refused(code::session_revoked);
  }
  SECTION("for its tickets, too") {
    active().after({}, end_session{1}).when({}, use_ticket{1}).refused(code::session_revoked);
  }
}

TEST_CASE("somebody else's account is as if it were not there") {
  for (const auto& c : std::vector<command>{open_session{}, refresh{1, 1}, end_session{1},
                                            use_ticket{1}, open_seller{}, open_cart{},
                                            close_cart{ann_cart}, note_sale{noon}})
    active().when(bob, c).refused(code::not_found);
  for (const auto& q :
       std::vector<query>{read{}, read_credentials{}, read_session{1}, read_standing{}})
    CHECK(active().ask(bob, q).problem().code == code::not_found);
}

TEST_CASE("an account is made when its e-mail is claimed") {
  const auto start = absent().when({}, of_ann()).then(begun).says_later();
  const auto sends = start.effects<send>();
  REQUIRE(sends.size() == 1);
  CHECK(sends[0].to == email_claim::id_for(mail));
  CHECK(sends[0].tag == "claim/0");
  registering().when({}, of_ann()).then().says_later();

  const auto d = registering().when(ann, answered{"claim/0", "", {}});
  d.then(registered{noon}, session_opened{1, noon}).settles(nth_request(1));
  const auto& settled = d.made().settlements.at(0);
  CHECK(settled.created);
  session_grant grant;
  REQUIRE(unpack(std::get<said>(settled.what).bytes, grant));
  CHECK(grant.user_id == ann);
  CHECK(grant.session == 1);
  CHECK(grant.generation == 1);
  CHECK(grant.user_json == active().shown_to(ann));
  active().when(ann, answered{"claim/0", "", {}}).then();
}

TEST_CASE("a session rotates with every refresh") {
  const auto d = active().when({}, refresh{1, 1}).then(session_refreshed{1, noon});
  CHECK(d.said_as<session_grant>().generation == 2);
  active().after({}, refresh{1, 1}).when({}, refresh{1, 2}).then(session_refreshed{1, noon});
}

TEST_CASE("a ticket of a session leaves nothing in the account") {
  active().when({}, use_ticket{1}).then();
}

TEST_CASE("the oldest of too many sessions goes") {
  auto g = active();
  for (std::size_t i = 0; i < sessions_max; ++i) g.after({}, open_session{});
  CHECK(g.state().sessions.size() == sessions_max);
  g.when({}, refresh{1, 1}).refused(code::session_revoked);
  g.when({}, refresh{2, 1}).then(session_refreshed{2, noon});
}

TEST_CASE("opening what is open changes nothing") {
  active().when(ann, open_seller{}).then(seller_opened{});
  selling().when(ann, open_seller{}).then();
  const auto first = active().when(ann, open_cart{}).then_a<cart_opened>();
  CHECK(first.said_as<cart_pointer>().created);
  CHECK(first.said_as<cart_pointer>().cart_id.slot == ann.slot);
  const auto second = with_cart().when(ann, open_cart{}).then();
  CHECK((second.said_as<cart_pointer>() == cart_pointer{ann_cart, false}));
}

TEST_CASE("a checkout closes the cart that it took, and no other") {
  with_cart().when(purchase, close_cart{ann_cart}).then(cart_closed{});
  with_cart().when(purchase, close_cart{nth<cart_id>(2)}).then();
  active().when(purchase, close_cart{ann_cart}).then();
}

TEST_CASE("an order leaves a row with its seller") {
  const auto d = selling().when(sale, note_sale{noon}).then(sale_noted{sale});
  REQUIRE(d.effects<keep_row>().size() == 1);
  CHECK(d.effects<keep_row>()[0].index == sales_index(ann));
}

TEST_CASE("an account is shown without its secrets") {
  CHECK(selling().shown_to(ann) ==
        R"({"id":")" + to_text(ann) +
            R"(","email":"ann@example.org","display_name":"Ann","capabilities":["buyer","seller"],)"
            R"("status":"active","created_at":"2026-01-01T12:00:00.000Z","version":4,)"
            R"("allowed_actions":[]})");
  CHECK(active().shown_to(ann).find("hash") == std::string::npos);
  credentials found;
  REQUIRE(unpack(active().ask({}, read_credentials{})->bytes, found));
  CHECK(found.password_hash == "hash");
}

TEST_CASE("every command in every phase of an account is accepted or refused by name") {
  CHECK(matrix<given_user, command>(
            {{"absent", absent()}, {"registering", registering()}, {"active", active()}},
            {{{}, of_ann()}, {ann, answered{"claim/0", "", {}}}, {{}, open_session{}},
             {{}, refresh{1, 1}}, {{}, end_session{1}}, {{}, use_ticket{1}}, {ann, open_seller{}},
             {ann, open_cart{}}, {purchase, close_cart{ann_cart}}, {sale, note_sale{noon}}}) ==
        "sign_up: ok - already_exists\n"
        "answered: - ok -\n"
        "open_session: not_found not_found ok\n"
        "refresh: not_found not_found ok\n"
        "end_session: not_found not_found ok\n"
        "use_ticket: not_found not_found -\n"
        "open_seller: not_found not_found ok\n"
        "open_cart: not_found not_found ok\n"
        "close_cart: not_found not_found -\n"
        "note_sale: not_found not_found ok\n");
}

TEST_CASE("any accepted sequence keeps an account's sessions bounded and its seller open") {
  const auto draw = [](std::mt19937_64& chance, const state& s) -> std::pair<entity_id, command> {
    const auto session = s.sessions_started - chance() % 4;
    switch (chance() % 8) {
      case 0: return {{}, sign_up{mail, "hash", "Ann"}};
      case 1: return {ann, answered{s.waiting.tag, "", {}}};
      case 2: case 3: return {{}, open_session{}};
      case 4: return {{}, refresh{session, 1 + chance() % 3}};
      case 5: return {{}, end_session{session}};
      case 6: return {ann, open_cart{}};
      default: return {purchase, close_cart{s.cart.value_or(ann_cart)}};
    }
  };
  std::size_t accepted = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed)
    accepted += walk(absent(), seed, draw, [](const state& s) {
      REQUIRE(s.sessions.size() <= sessions_max);
      for (const auto& [number, one] : s.sessions) REQUIRE(number <= s.sessions_started);
      REQUIRE((s.phase == phase::registering) == !s.waiting.tag.empty());
    });
  CHECK(accepted > 2000);
}

TEST_CASE("golden bytes of user events decode") {
  check_golden<event>("user", {begun, registered{noon}, registration_refused{},
                               session_opened{1, noon}, session_refreshed{1, noon},
                               session_ended{1}, session_revoked{1}, seller_opened{},
                               cart_opened{ann_cart}, cart_closed{}, sale_noted{sale}});
}

}  // namespace resalehub::user
