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
    case rate_class::write:
    case rate_class::live: return false;
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
      limits(all.options.rates, all.options.rate_buckets_max) {}

task<rate_verdict> take_permit(loop_state& here, rate_class which, std::string_view who) {
  auto& home = here.shared.home();
  if (!is_strict(which) || &home == &here)
    co_return here.limits.take(which, who, here.shared.ports.clock.monotonic_us());
  auto work = take_there(home, which, std::string{who});
  co_return co_await boost::asio::co_spawn(home.executor, std::move(work),
                                           boost::asio::use_awaitable_t<loop_executor>{});
}

void drop_session(services& shared, const user_id& user, std::uint64_t session) {
  for (const auto& loop : shared.loops)
    boost::asio::post(loop->executor, [state = loop.get(), user, session] {
      state->sessions.forget_session(user, session);
      state->channels.end_session(user, session);
    });
}

}  // namespace resalehub
