#include "gateway/access_token.hpp"

#include <sodium.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "gateway/base64url.hpp"
#include "gateway/refresh_token.hpp"
#include "gateway/session_cache.hpp"
#include "gateway/ticket.hpp"

using namespace resalehub;

namespace {

constexpr instant now{1'800'000'000'000};

const access_token_rules rules{.issuer = "https://resalehub.local",
                               .audience = "resalehub-api",
                               .life_s = 900,
                               .skew_s = 30};

secret_key key_of(std::uint8_t filling) {
  secret_key out;
  out.fill(filling);
  return out;
}

session_claims somebody() {
  return {.user = user_id{7, ulid{1, 2, 3}},
          .session = 4,
          .generation = 2,
          .issued_at = now,
          .expires_at = {}};
}

/// A token signed with the very key of `seed`, whatever it says: what only a thief could make.
std::string signed_by(const secret_key& seed, const std::string& header,
                      const std::string& payload) {
  unsigned char public_key[32];
  unsigned char private_key[64];
  crypto_sign_seed_keypair(public_key, private_key, seed.data());
  std::string out = to_base64url(header) + "." + to_base64url(payload);
  unsigned char signature[64];
  crypto_sign_detached(signature, nullptr, reinterpret_cast<const unsigned char*>(out.data()),
                       out.size(), private_key);
  return out + "." + to_base64url({reinterpret_cast<const char*>(signature), 64});
}

struct parts {
  std::string header, payload, signature;
};
parts parts_of(const std::string& token) {
  const auto first = token.find('.');
  const auto second = token.find('.', first + 1);
  return {token.substr(0, first), token.substr(first + 1, second - first - 1),
          token.substr(second + 1)};
}

std::string changed(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("forty forged tokens are refused") {
  const auto seed = key_of(1);
  const access_tokens tokens{seed, rules};
  const auto good = tokens.issue(somebody());
  const auto [header, payload, signature] = parts_of(good);
  const auto plain_header = *from_base64url(header);
  const auto plain = *from_base64url(payload);
  const auto with_header = [&](const std::string& text) { return signed_by(seed, text, plain); };
  const auto with_payload = [&](const std::string& text) {
    return signed_by(seed, plain_header, text);
  };
  const auto kid = plain_header.substr(plain_header.find("kid"), 25);
  const std::string iat = "\"iat\":1800000000";
  const std::string exp = "\"exp\":1800000900";

  // What differs is refused for that alone: the unchanged one, signed here, is accepted.
  REQUIRE(with_payload(plain) == good);
  REQUIRE(tokens.verify(good, now).ok());

  const std::vector<std::string> forged = {
      "", ".", "..", "a.b.c",
      header + "." + payload,                                    // two segments
      good + ".x", good + ".",                                   // four
      "." + payload + "." + signature,                           // empty segments
      header + ".." + signature,
      header + "." + payload + ".",
      good + std::string(9 * 1024, 'A'),
      with_header(changed(plain_header, "EdDSA", "none")),
      with_header(changed(plain_header, "EdDSA", "None")),
      with_header(changed(plain_header, "EdDSA", "nOnE")),
      with_header(changed(plain_header, "EdDSA", "HS256")),
      with_header(changed(plain_header, "EdDSA", "ES256")),
      to_base64url(changed(plain_header, "EdDSA", "none")) + "." + payload + ".",
      header + "." + payload + "." + to_base64url(std::string(64, '\0')),  // zero signature
      with_header(changed(plain_header, kid, "kid\":\"../../etc/passwd\"")),
      with_header(changed(plain_header, kid, "kid\":\"' OR 1=1 --\"")),
      with_header(changed(plain_header, kid, "kid\":\"" + std::string(1024, 'k') + "\"")),
      with_header(changed(plain_header, "{", R"({"jku":"https://evil.example/keys",)")),
      with_header(changed(plain_header, "{", R"({"x5u":"https://evil.example/cert",)")),
      with_header(changed(plain_header, "{", R"({"jwk":{"kty":"OKP"},)")),
      with_header(changed(plain_header, "{", R"({"crit":["exp"],)")),
      with_header(changed(plain_header, "at+jwt", "rt+jwt")),
      signed_by(key_of(2), plain_header, plain),                 // another key under our id
      good + "=",                                                // padding
      header + "=." + payload + "." + signature,
      header + ". " + payload + "." + signature,                 // white space
      header + "." + payload + "." + signature + "\n",
      with_payload("[]"), with_payload("null"), with_payload("\"text\""), with_payload("{}"),
      with_payload(changed(plain, "{", R"({"iss":"https://resalehub.local",)")),  // claim twice
      with_payload(changed(plain, "\"sub\":\"", "\"sub\":1,\"was\":\"")),
      with_payload(changed(plain, "https://resalehub.local", "https://evil.example")),
      with_payload(changed(plain, "resalehub-api", "another-api")),
      with_payload(changed(plain, exp + ",", "")),               // no exp
      with_payload(changed(plain, exp, "\"exp\":2115360000")),   // ten years
      with_payload(changed(plain, iat, "\"iat\":1800000100")),   // issued in the future
      with_payload(changed(plain, "\"nbf\":1800000000", "\"nbf\":1800000100")),
      with_payload(changed(plain, "usr_", "lst_")),
      with_payload(changed(plain, "{", R"({"role":"admin",)")),
      with_payload(changed(plain, "\"gen\":2", "\"gen\":3")),    // jti is of another generation
      with_payload(plain + " "),
      issue_refresh_token(key_of(1), somebody()),                // the other kind of token
  };
  REQUIRE(forged.size() >= 40);
  for (const auto& token : forged) {
    CAPTURE(token);
    const auto read = tokens.verify(token, now);
    REQUIRE_FALSE(read.ok());
    CHECK(read.problem().code == code::unauthenticated);
  }
}

TEST_CASE("every bit of a token counts") {
  const access_tokens tokens{key_of(1), rules};
  const auto good = tokens.issue(somebody());
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto bad = good;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    if (bad == good) continue;
    CAPTURE(i);
    CHECK_FALSE(tokens.verify(bad, now).ok());
  }
}

TEST_CASE("a token is over after its life and the skew, and says so") {
  const access_tokens tokens{key_of(1), rules};
  const auto token = tokens.issue(somebody());
  const auto late = tokens.verify(token, now + milliseconds{930'000});
  REQUIRE_FALSE(late.ok());
  CHECK(late.problem().code == code::token_expired);
  CHECK(tokens.verify(token, now + milliseconds{929'000}).ok());
  CHECK(tokens.verify(token, now - milliseconds{30'000}).ok());
  CHECK_FALSE(tokens.verify(token, now - milliseconds{31'000}).ok());
}

TEST_CASE("the same claims give the same token, and it gives them back") {
  const access_tokens tokens{key_of(1), rules};
  const auto token = tokens.issue(somebody());
  CHECK(token == access_tokens{key_of(1), rules}.issue(somebody()));
  const auto read = tokens.verify(token, now);
  REQUIRE(read.ok());
  CHECK(read->user == somebody().user);
  CHECK(read->session == 4);
  CHECK(read->generation == 2);
  CHECK(tokens.key_set_json().find("Ed25519") != std::string::npos);
}

TEST_CASE("base64url has one text for one value") {
  for (const auto* bad : {"A", "AB==", "AB=", "A B", "AB", "AAB", "A+/A", "AAAAA"})
    CHECK_FALSE(from_base64url(bad).has_value());
  for (const std::string bytes : {"", "a", "ab", "abc", "\xff\x00\xfe"})
    CHECK(from_base64url(to_base64url(bytes)) == bytes);
}

TEST_CASE("a refresh token of another key, altered or cut is refused") {
  const auto token = issue_refresh_token(key_of(3), somebody());
  CHECK_FALSE(read_refresh_token(key_of(4), token));
  CHECK_FALSE(read_refresh_token(key_of(3), token.substr(0, token.size() - 4)));
  CHECK_FALSE(read_refresh_token(key_of(3), "rt_"));
  CHECK_FALSE(read_refresh_token(key_of(3), ""));
  const auto read = read_refresh_token(key_of(3), token);
  REQUIRE(read);
  CHECK(*read == somebody());
}

TEST_CASE("a ticket says who, for its time, and names its use alike at every reading") {
  const auto until = now + milliseconds{30'000};
  const auto ticket = issue_ticket(key_of(5), somebody(), 1, until);
  CHECK_FALSE(read_ticket(key_of(6), ticket, now).ok());
  CHECK_FALSE(read_ticket(key_of(5), ticket, until).ok());
  const auto read = read_ticket(key_of(5), ticket, now);
  REQUIRE(read.ok());
  CHECK(read->claims.user == somebody().user);
  CHECK(read->claims.expires_at == somebody().expires_at);
  CHECK(read->use == read_ticket(key_of(5), ticket, now)->use);
  const auto another = issue_ticket(key_of(5), somebody(), 2, until);
  CHECK(read->use != read_ticket(key_of(5), another, now)->use);
}

TEST_CASE("the cache of sessions is bounded, and forgets the expired and the ended") {
  session_cache cache{key_of(7), 100};
  auto claims = somebody();
  claims.expires_at = now + milliseconds{1000};
  cache.keep("a", {claims, 0});
  CHECK(cache.find("b", now) == nullptr);
  REQUIRE(cache.find("a", now) != nullptr);
  CHECK(cache.find("a", now)->claims == claims);
  CHECK(cache.find("a", claims.expires_at) == nullptr);
  cache.keep("a", {claims, 0});
  cache.forget_session(claims.user, claims.session + 1);
  CHECK(cache.find("a", now) != nullptr);
  cache.forget_session(claims.user, claims.session);
  CHECK(cache.find("a", now) == nullptr);
  for (int i = 0; i < 1000; ++i) cache.keep(std::to_string(i), {claims, 0});
  CHECK(cache.size() <= 100);
  CHECK(cache.find("999", now) != nullptr);
}
