#include "actors/email_claim.hpp"

#include "tests/support/every_entity.hpp"

namespace resalehub::email_claim {

using namespace given_words;

namespace {

const rules_of<state, command, event, query> rules{decide, apply, ask, show, index};
using given_claim = given<state, command, event, query>;

const std::string mail = "ann@example.org";
const auto self = id_for(mail);
const auto ann = nth<user_id>(1);
const auto bob = nth<user_id>(2);

given_claim with(std::vector<event> history) { return {rules, self, history}; }
given_claim free_one() { return with({}); }
given_claim of_ann() { return with({claimed{mail, ann}}); }
given_claim confirmed_one() { return with({claimed{mail, ann}, confirmed{}}); }

}  // namespace

TEST_CASE("what is no e-mail address is refused at /email") {
  for (const std::string wrong :
       {"", "ann", "@example.org", "ann@", "ann@example", "ann@@example.org", "a@b@example.org",
        "ann@.org", "ann@example.", "ann@exa mple.org", "ann@-example.org", "ann@example-.org",
        ".ann@example.org", "ann.@example.org", "a..b@example.org", "ann@example..org",
        "\xC3\xA4nn@example.org", "ann@ex\xC3\xA4mple.org", "ann@example.o", "an\nn@example.org",
        "<ann@example.org>"}) {
    INFO(wrong);
    const auto refused = normalized(wrong);
    REQUIRE(!refused.ok());
    CHECK(refused.problem().code == code::validation_failed);
    CHECK(refused.problem().errors.at(0).pointer == "/email");
  }
  CHECK(!normalized(std::string(65, 'a') + "@example.org").ok());
  CHECK(!normalized("a@" + std::string(64, 'b') + ".org").ok());
  std::string long_domain = "a@";
  for (int i = 0; i < 60; ++i) long_domain += "abcd.";
  CHECK(!normalized(long_domain + "org").ok());
}

TEST_CASE("an e-mail address is lower-cased whole") {
  CHECK(normalized("Ann.Lee+shop@Example.ORG").value() == "ann.lee+shop@example.org");
  CHECK(id_for("a@example.org") == id_for("a@example.org"));
  CHECK(id_for("a@example.org") != id_for("b@example.org"));
}

TEST_CASE("a claimed address is refused to others") {
  of_ann().when(bob, claim{mail}).refused(code::already_exists);
  of_ann().when(bob, confirm{}).refused(code::not_found);
  of_ann().when(bob, release{}).refused(code::not_found);
}

TEST_CASE("only accounts claim") {
  free_one().when({}, claim{mail}).refused(code::not_found);
  free_one().when(nth<listing_id>(1), claim{mail}).refused(code::not_found);
}

TEST_CASE(
    "an address is claimed, confirmed and released by its account, each as often as it likes") {
  free_one().when(ann, claim{mail}).then(claimed{mail, ann});
  of_ann().when(ann, claim{mail}).then();
  of_ann().when(ann, confirm{}).then(confirmed{});
  confirmed_one().when(ann, claim{mail}).then();
  confirmed_one().when(ann, confirm{}).then();
  confirmed_one().when(ann, release{}).then(released{});
  free_one().when(ann, release{}).then();
  with({claimed{mail, ann}, released{}}).when(bob, claim{mail}).then(claimed{mail, bob});
}

TEST_CASE("only the gateway asks who has an address") {
  CHECK(of_ann().ask(bob, read_owner{}).problem().code == code::not_found);
  CHECK(free_one().ask({}, read_owner{}).problem().code == code::not_found);
  owner found;
  REQUIRE(unpack(of_ann().ask({}, read_owner{})->bytes, found));
  CHECK(found.user_id == ann);
}

TEST_CASE("every command in every phase of a claim is accepted or refused by name") {
  CHECK(matrix<given_claim, command>(
            {{"free", free_one()}, {"claimed", of_ann()}, {"confirmed", confirmed_one()}},
            {{ann, claim{mail}}, {bob, claim{mail}}, {ann, confirm{}}, {ann, release{}}}) ==
        "claim: ok - -\n"
        "claim: ok already_exists already_exists\n"
        "confirm: not_found ok -\n"
        "release: - ok ok\n");
}

TEST_CASE("any accepted sequence leaves an address with one owner or none") {
  const auto draw = [](std::mt19937_64& chance, const state&) -> std::pair<entity_id, command> {
    const auto who = chance() % 2 == 0 ? ann : bob;
    switch (chance() % 3) {
      case 0: return {who, claim{mail}};
      case 1: return {who, confirm{}};
      default: return {who, release{}};
    }
  };
  std::size_t accepted = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    accepted += walk(free_one(), seed, draw, [](const state& s) {
      REQUIRE((s.phase == phase::free) == s.owner.is_nobody());
    });
  CHECK(accepted > 1000);
}

TEST_CASE("golden bytes of email_claim events decode") {
  check_golden<event>("email_claim", {claimed{mail, ann}, confirmed{}, released{}});
}

}  // namespace resalehub::email_claim
