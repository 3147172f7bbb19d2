#include "gateway/loop_state.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/check.hpp"

namespace resalehub {
namespace {

bool is_strict(rate_class which) {
  switch (which) {
    case rate_class::none:
    case rate_class::read:
    case rate_class::write: return false;
    case rate_class::sign_up:
    case rate_class::login:
    case rate_class::chat:
    case rate_class::room_opening: return true;
  }
  return true;
}

// What runs on the home loop. Named coroutines with plain parameters: g++ 12 copies a lambda that a
// coroutine takes by value bit by bit.

task<rate_verdict> take_there(loop_state& home, rate_class which, std::string who) {
  co_return home.limits.take(which, who, home.shared.ports.clock.monotonic_us());
}

task<bool> use_there(loop_state& home, std::string ticket, instant until) {
  co_return home.tickets.use(ticket, until, home.shared.now());
}

}  // namespace

loop_state& services::of(const loop_executor& executor) const {
  for (const auto& loop : loops)
    if (loop->executor == executor) return *loop;
  fail("a session runs on one of the gateway's loops");
}

loop_state::loop_state(services& all, loop_executor loop)
    : shared(all),
      executor(loop),
      asks(resalehub::asks::on(loop, all.ports.entities)),
      sessions(all.keys.fingerprint, all.options.token_cache_max),
      limits(all.options.rates, all.options.rate_buckets_max),
      tickets(all.options.tickets_max) {}

task<rate_verdict> take_permit(loop_state& here, rate_class which, std::string_view who) {
  auto& home = here.shared.home();
  if (!is_strict(which) || &home == &here)
    co_return here.limits.take(which, who, here.shared.ports.clock.monotonic_us());
  auto work = take_there(home, which, std::string{who});
  co_return co_await boost::asio::co_spawn(home.executor, std::move(work),
                                           boost::asio::use_awaitable_t<loop_executor>{});
}

task<result<session_claims>> redeem(loop_state& here, std::string_view ticket) {
  auto& home = here.shared.home();
  const auto now = here.shared.now();
  auto claims = read_ticket(here.shared.keys.ticket, ticket, now);
  if (!claims) co_return claims;
  bool first = false;
  if (&home == &here) {
    first = here.tickets.use(ticket, claims->expires_at, now);
  } else {
    auto work = use_there(home, std::string{ticket}, claims->expires_at);
    first = co_await boost::asio::co_spawn(home.executor, std::move(work),
                                           boost::asio::use_awaitable_t<loop_executor>{});
  }
  if (!first) co_return problem{code::unauthenticated, "The ticket was used before."};
  co_return claims;
}

void drop_session(services& shared, const user_id& user, std::uint64_t session) {
  for (const auto& loop : shared.loops)
    boost::asio::post(loop->executor, [state = loop.get(), user, session] {
      state->sessions.forget_session(user, session);
      state->channels.end_session(user, session);
    });
}

}  // namespace resalehub
