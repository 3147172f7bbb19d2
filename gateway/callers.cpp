#include "gateway/callers.hpp"

#include "actors/user.hpp"
#include "base/message_pack.hpp"
#include "gateway/content.hpp"
#include "gateway/ticket.hpp"

namespace resalehub {
namespace {

problem revoked() { return {code::session_revoked, "The session has ended: sign in again."}; }

/// The cached session is looked for again after each wait: the cache may have moved meanwhile.
task<result<std::optional<session_claims>>> recheck(loop_state& here, std::string_view token,
                                                    std::int64_t checked_before_us) {
  const auto& shared = here.shared;
  auto* cached = here.sessions.find(token, shared.now());
  if (cached == nullptr) co_return revoked();
  const auto claims = cached->claims;
  // Others with this token go on meanwhile, instead of asking the same.
  cached->checked_us = shared.ports.clock.monotonic_us();
  auto lives = co_await session_lives(here, claims);
  if (lives && *lives) co_return std::optional{claims};
  const bool stale = shared.ports.clock.monotonic_us() - checked_before_us >
                     2'000 * shared.options.session_recheck_ms;
  if (!lives && !stale) {
    if (auto* again = here.sessions.find(token, shared.now()))
      again->checked_us = checked_before_us;
    co_return std::optional{claims};
  }
  here.sessions.forget(token);
  if (!lives) co_return std::move(lives).problem();
  co_return revoked();
}

}  // namespace

task<result<bool>> session_lives(loop_state& here, session_claims claims) {
  ask question;
  question.to = claims.user;
  question.mode = ask_mode::query;
  question.body = packed(user::query{user::read_session{claims.session}});
  question.deadline = here.shared.deadline();
  auto answered = co_await here.asks->one(std::move(question));
  if (!answered) {
    if (answered.problem().code == code::not_found) co_return false;
    co_return std::move(answered).problem();
  }
  user::session_state state;
  if (!unpack(answered->bytes, state))
    co_return problem{code::internal, "An answer inside the node could not be read."};
  co_return state.alive;
}

task<result<std::optional<session_claims>>> caller_of(loop_state& here,
                                                      const http_request& request) {
  const auto& shared = here.shared;
  auto token = bearer_token_of(request);
  if (!token) co_return std::move(token).problem();
  if (!*token) co_return std::optional<session_claims>{};
  const std::int64_t now_us = shared.ports.clock.monotonic_us();
  const auto* cached = here.sessions.find(**token, shared.now());
  if (cached != nullptr) {
    if (now_us - cached->checked_us < 1'000 * shared.options.session_recheck_ms)
      co_return std::optional{cached->claims};
    co_return co_await recheck(here, **token, cached->checked_us);
  }
  auto claims = shared.tokens.verify(**token, shared.now());
  if (!claims) co_return std::move(claims).problem();
  auto lives = co_await session_lives(here, *claims);
  if (!lives) co_return std::move(lives).problem();
  if (!*lives) co_return revoked();
  here.sessions.keep(**token, {*claims, now_us});
  co_return std::optional{*std::move(claims)};
}

task<result<session_claims>> redeem(loop_state& here, std::string_view ticket) {
  auto read = read_ticket(here.shared.keys.ticket, ticket, here.shared.now());
  if (!read) co_return std::move(read).problem();
  ask use;
  use.to = read->claims.user;
  use.mode = ask_mode::keyed;
  use.request = read->use;
  // Of this one attempt: for any other the key is reused, also while this one is under way.
  use.fingerprint = here.shared.ports.entropy.next() | 1;
  use.body = packed(user::command{user::use_ticket{read->claims.session}});
  use.deadline = here.shared.deadline();
  auto answered = co_await here.asks->one(std::move(use));
  if (answered) co_return std::move(read->claims);
  if (answered.problem().code == code::idempotency_key_reused)
    co_return problem{code::unauthenticated, "The ticket was used before."};
  if (answered.problem().code == code::not_found) co_return revoked();
  co_return std::move(answered).problem();
}

}  // namespace resalehub
