#include "actors/ports/sandbox_payment.hpp"

#include "tests/support/every_entity.hpp"

namespace resalehub::sandbox_charge {

using namespace given_words;

namespace {

const rules_of<state, command, event, query> rules{decide, apply, ask, show, index};
using given_charge = given<state, command, event, query>;

const auto self = id_for("chk/1");
const auto purchase = nth<checkout_id>(1);
const money ten{1000, *currency::from_text("EUR")};

payment::charge by(const std::string& method) { return {ten, method, purchase}; }
charge_asked asked(const std::string& method, phase outcome) {
  return {self, ten, method, purchase, nth_request(1), outcome};
}
given_charge with(std::vector<event> history) { return {rules, self, history}; }
given_charge absent() { return with({}); }
given_charge taken() { return with({asked("pm_card_visa", phase::captured)}); }
given_charge silent_one() { return with({asked("pm_sandbox_timeout", phase::silent)}); }
given_charge declined_one() {
  return with({asked("pm_card_visa_chargeDeclined", phase::declined)});
}
given_charge cancelled_one() { return with({cancelled{self}}); }

payment::outcome came(const told<state, event>& d) { return d.said_as<payment::outcome>(); }

}  // namespace

TEST_CASE("what does not read like a token is no payment method") {
  for (const auto* wrong : {"", "pm_", "4242424242424242", "pm_4242 4242", "card", "pm_card-visa",
                            "PM_card_visa", "pm_\xC3\xA4", "pm_4242424242424242",
                            "pm_x424242424242y"}) {
    INFO(wrong);
    const auto refusal = payment::refusal_of_method(wrong);
    REQUIRE(refusal.has_value());
    CHECK(refusal->errors.at(0).pointer == "/payment_method");
  }
  CHECK(!payment::refusal_of_method("pm_card_visa"));
}

TEST_CASE("no user reaches the sandbox") {
  absent().when(nth<user_id>(1), by("pm_card_visa")).refused(code::not_found);
}

TEST_CASE("each method of the sandbox does what it is for") {
  const auto visa = absent().when({}, by("pm_card_visa"))
      .then(asked("pm_card_visa", phase::captured));
  CHECK(came(visa) == payment::outcome{payment::captured{self}});
  CHECK(came(absent().when({}, by("pm_card_visa_chargeDeclined"))) ==
        payment::outcome{payment::declined{"generic_decline"}});
  CHECK(came(absent().when({}, by("pm_card_authenticationRequired"))) ==
        payment::outcome{payment::action_required{}});
  CHECK(came(absent().when({}, by("pm_of_nobody"))) ==
        payment::outcome{payment::declined{"unknown_payment_method"}});
  absent().when({}, by("pm_sandbox_timeout")).says_later();
}

TEST_CASE("a charge asked again has the same outcome and takes nothing more") {
  CHECK(came(taken().when({}, by("pm_card_visa")).then()) ==
        payment::outcome{payment::captured{self}});
  CHECK(came(declined_one().when({}, by("pm_card_visa_chargeDeclined")).then()) ==
        payment::outcome{payment::declined{"generic_decline"}});
  silent_one().when({}, by("pm_sandbox_timeout")).then().says_later();
}

TEST_CASE("a cancelled charge is never captured, a captured one never cancelled") {
  CHECK(came(absent().when({}, payment::cancel{}).then(cancelled{self})) ==
        payment::outcome{payment::cancelled{}});
  CHECK(came(cancelled_one().when({}, by("pm_card_visa")).then()) ==
        payment::outcome{payment::cancelled{}});
  CHECK(came(taken().when({}, payment::cancel{}).then()) ==
        payment::outcome{payment::captured{self}});
  CHECK(came(declined_one().when({}, payment::cancel{}).then()) ==
        payment::outcome{payment::cancelled{}});
}

TEST_CASE("a silent charge is answered by its cancellation") {
  const auto d = silent_one().when({}, payment::cancel{}).then(cancelled{self});
  REQUIRE(d.made().settlements.size() == 1);
  CHECK(d.made().settlements[0].request == nth_request(1));
}

TEST_CASE("each capture is one row") {
  CHECK(taken().rows().size() == 1);
  CHECK(taken().rows()[0].index == captures_index);
  CHECK(declined_one().rows().empty());
  CHECK(silent_one().rows().empty());
}

TEST_CASE("every command in every phase of a sandbox charge is accepted") {
  CHECK(matrix<given_charge, command>(
            {{"absent", absent()}, {"silent", silent_one()}, {"captured", taken()},
             {"declined", declined_one()}, {"cancelled", cancelled_one()}},
            {{{}, by("pm_card_visa")}, {{}, payment::cancel{}}}) ==
        "charge: ok - - - -\n"
        "cancel: ok ok - - -\n");
}

TEST_CASE("any accepted sequence captures a charge once or never") {
  const auto draw = [](std::mt19937_64& chance, const state&) -> std::pair<entity_id, command> {
    if (chance() % 4 == 0) return {{}, payment::cancel{}};
    return {{}, by(chance() % 2 == 0 ? "pm_card_visa" : "pm_sandbox_timeout")};
  };
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    CHECK(walk(absent(), seed, draw, [](const state& s) { REQUIRE(s.version <= 2); }) == 200);
}

TEST_CASE("golden bytes of sandbox_charge events decode") {
  check_golden<event>("sandbox_charge", {asked("pm_card_visa", phase::captured), cancelled{self}});
}

}  // namespace resalehub::sandbox_charge
