#include "gateway/refresh_token.hpp"

namespace resalehub {
namespace {

constexpr std::size_t numbers_size = 24;
constexpr std::size_t token_size_max = 512;

}  // namespace

std::string issue_refresh_token(const secret_key& key, const session_claims& claims) {
  std::string message;
  append_u64(message, claims.generation);
  append_u64(message, static_cast<std::uint64_t>(claims.issued_at.unix_ms));
  append_u64(message, claims.session);
  message += to_text(claims.user);
  return "rt_" + sealed(key, message);
}

std::optional<session_claims> read_refresh_token(const secret_key& key, std::string_view token) {
  std::string message;
  if (token.size() > token_size_max || !token.starts_with("rt_") ||
      !unsealed(key, token.substr(3), message) || message.size() < numbers_size)
    return std::nullopt;
  const std::string_view all = message;
  const auto user = id_from_text<user_id>(all.substr(numbers_size));
  if (!user) return std::nullopt;
  return session_claims{.user = *user,
                        .session = u64_at(all, 16),
                        .generation = u64_at(all, 0),
                        .issued_at = {static_cast<std::int64_t>(u64_at(all, 8))},
                        .expires_at = {}};
}

}  // namespace resalehub
