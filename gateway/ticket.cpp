#include "gateway/ticket.hpp"

namespace resalehub {
namespace {

constexpr std::size_t numbers_size = 40;
constexpr std::size_t ticket_size_max = 512;

}  // namespace

std::string issue_ticket(const secret_key& key, const session_claims& claims, std::uint64_t nonce,
                         instant expires_at) {
  std::string message;
  append_u64(message, static_cast<std::uint64_t>(expires_at.unix_ms));
  append_u64(message, nonce);
  append_u64(message, claims.session);
  append_u64(message, claims.generation);
  append_u64(message, static_cast<std::uint64_t>(claims.expires_at.unix_ms));
  message += to_text(claims.user);
  return sealed(key, message);
}

result<ticket_words> read_ticket(const secret_key& key, std::string_view ticket, instant now) {
  const problem refused{code::unauthenticated, "The ticket is not valid."};
  std::string message;
  if (ticket.size() > ticket_size_max || !unsealed(key, ticket, message) ||
      message.size() < numbers_size)
    return refused;
  const std::string_view all = message;
  const auto user = id_from_text<user_id>(all.substr(numbers_size));
  const instant expires_at{static_cast<std::int64_t>(u64_at(all, 0))};
  if (!user || now >= expires_at) return refused;
  return ticket_words{.claims = {.user = *user,
                                 .session = u64_at(all, 16),
                                 .generation = u64_at(all, 24),
                                 .issued_at = {},
                                 .expires_at = {static_cast<std::int64_t>(u64_at(all, 32))}},
                      .use = derived_request("ticket", all)};
}

}  // namespace resalehub
