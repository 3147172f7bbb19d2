#pragma once
/// Access tokens: compact JWTs of ours alone. One key, one algorithm (EdDSA by Ed25519), one fixed
/// header, one fixed set of claims in one fixed order: any other byte is refused. Signing is
/// deterministic, so a replayed sign-up gets the same token. Immutable after start: any thread.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "actors/ids.hpp"
#include "base/result.hpp"
#include "gateway/secrets.hpp"

namespace resalehub {

struct access_token_rules {
  std::string issuer;
  std::string audience;
  std::int64_t life_s = 0;
  std::int64_t skew_s = 30;
};

/// Who holds a token, and by which login.
struct session_claims {
  user_id user;
  std::uint64_t session = 0;  ///< as the user entity counts it
  std::uint64_t generation = 0;
  instant issued_at;
  instant expires_at;

  friend bool operator==(const session_claims&, const session_claims&) = default;
};

class access_tokens {
 public:
  access_tokens(const secret_key& seed, access_token_rules rules);

  /// `expires_at` of the claims is not read: it is issued_at and the life of the rules.
  std::string issue(const session_claims& claims) const;
  /// unauthenticated, or token_expired for a token that was good once.
  result<session_claims> verify(std::string_view token, instant now) const;

  /// RFC 7517: the public key, for whoever wants to check our tokens.
  std::string key_set_json() const;
  std::int64_t life_s() const { return rules_.life_s; }

 private:
  result<session_claims> read_claims(std::string_view payload, instant now) const;
  bool signature_holds(std::string_view signed_part, std::string_view signature) const;

  access_token_rules rules_;
  std::array<std::uint8_t, 32> public_key_{};
  std::array<std::uint8_t, 64> private_key_{};
  std::string key_id_;
  std::string header_;  ///< encoded, with its dot
};

}  // namespace resalehub
