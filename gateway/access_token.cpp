#include "gateway/access_token.hpp"

#include <sodium.h>

#include <charconv>

#include "base/described.hpp"
#include "base/json.hpp"
#include "gateway/base64url.hpp"

namespace resalehub {
namespace {

constexpr std::size_t token_size_max = 2048;
constexpr std::size_t signature_size = crypto_sign_BYTES;

}  // namespace

/// The payload, in the order in which it is written.
struct token_payload {
  std::string iss;
  std::string aud;
  std::string sub;
  std::string sid;
  std::int64_t gen = 0;
  std::int64_t iat = 0;
  std::int64_t nbf = 0;
  std::int64_t exp = 0;
  std::string jti;
};
BOOST_DESCRIBE_STRUCT(token_payload, (), (iss, aud, sub, sid, gen, iat, nbf, exp, jti))

namespace {

std::string jti_of(const session_claims& claims) {
  const auto id = derived_request("access", to_text(claims.user), std::to_string(claims.session),
                                  std::to_string(claims.generation));
  return to_base64url({reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()});
}

std::optional<std::uint64_t> session_of(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

problem refused() { return {code::unauthenticated, "The access token is not valid."}; }

}  // namespace

access_tokens::access_tokens(const secret_key& seed, access_token_rules rules)
    : rules_(std::move(rules)) {
  static_assert(crypto_sign_SEEDBYTES == sizeof(secret_key));
  crypto_sign_seed_keypair(public_key_.data(), private_key_.data(), seed.data());
  const std::string_view key{reinterpret_cast<const char*>(public_key_.data()), 32};
  const auto hash = derived_request("access-key", key);
  key_id_ = to_base64url({reinterpret_cast<const char*>(hash.bytes.data()), 12});
  header_ = to_base64url(R"({"alg":"EdDSA","kid":")" + key_id_ + R"(","typ":"at+jwt"})") + ".";
}

std::string access_tokens::issue(const session_claims& claims) const {
  const std::int64_t issued_s = claims.issued_at.unix_ms / 1000;
  const token_payload payload{.iss = rules_.issuer,
                              .aud = rules_.audience,
                              .sub = to_text(claims.user),
                              .sid = std::to_string(claims.session),
                              .gen = static_cast<std::int64_t>(claims.generation),
                              .iat = issued_s,
                              .nbf = issued_s,
                              .exp = issued_s + rules_.life_s,
                              .jti = jti_of(claims)};
  std::string token = header_ + to_base64url(to_json(payload));
  std::array<unsigned char, signature_size> signature;
  crypto_sign_detached(signature.data(), nullptr,
                       reinterpret_cast<const unsigned char*>(token.data()), token.size(),
                       private_key_.data());
  token += '.';
  token += to_base64url({reinterpret_cast<const char*>(signature.data()), signature.size()});
  return token;
}

bool access_tokens::signature_holds(std::string_view signed_part,
                                    std::string_view signature) const {
  return signature.size() == signature_size &&
         crypto_sign_verify_detached(
             reinterpret_cast<const unsigned char*>(signature.data()),
             reinterpret_cast<const unsigned char*>(signed_part.data()), signed_part.size(),
             public_key_.data()) == 0;
}

result<session_claims> access_tokens::verify(std::string_view token, instant now) const {
  if (token.size() > token_size_max || !token.starts_with(header_)) return refused();
  const auto dot = token.find('.', header_.size());
  if (dot == std::string_view::npos || token.find('.', dot + 1) != std::string_view::npos)
    return refused();
  const auto payload = from_base64url(token.substr(header_.size(), dot - header_.size()));
  const auto signature = from_base64url(token.substr(dot + 1));
  if (!payload || !signature || !signature_holds(token.substr(0, dot), *signature))
    return refused();
  return read_claims(*payload, now);
}

result<session_claims> access_tokens::read_claims(std::string_view payload, instant now) const {
  auto read = from_json<token_payload>(payload);
  // Signed by us but not as we write it: another version's, or a bug. Either way not this token.
  if (!read || to_json(*read) != payload) return refused();
  const auto user = id_from_text<user_id>(read->sub);
  const auto session = session_of(read->sid);
  if (read->iss != rules_.issuer || read->aud != rules_.audience || !user || !session)
    return refused();
  const std::int64_t now_s = now.unix_ms / 1000;
  if (read->gen < 0 || read->iat < 0 || read->iat > now_s + rules_.skew_s ||
      read->nbf > now_s + rules_.skew_s || read->exp <= read->iat ||
      read->exp - read->iat > rules_.life_s)
    return refused();
  if (now_s >= read->exp + rules_.skew_s)
    return problem{code::token_expired, "The access token has expired."};
  session_claims claims{.user = *user,
                        .session = *session,
                        .generation = static_cast<std::uint64_t>(read->gen),
                        .issued_at = {read->iat * 1000},
                        .expires_at = {(read->exp + rules_.skew_s) * 1000}};
  if (read->jti != jti_of(claims)) return refused();
  return claims;
}

std::string access_tokens::key_set_json() const {
  const std::string_view key{reinterpret_cast<const char*>(public_key_.data()), 32};
  return R"({"keys":[{"kty":"OKP","crv":"Ed25519","use":"sig","alg":"EdDSA","kid":")" + key_id_ +
         R"(","x":")" + to_base64url(key) + R"("}]})";
}

}  // namespace resalehub
