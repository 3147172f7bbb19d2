#include "gateway/gateway.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/check.hpp"
#include "gateway/dispatch.hpp"
#include "gateway/live_session.hpp"

namespace resalehub {
namespace {

using loop_timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                     boost::asio::wait_traits<
                                                         std::chrono::steady_clock>,
                                                     loop_executor>;

/// Encodes what entities push once, and hands the whole batch to each loop that has watchers.
class push_door final : public push_sink {
 public:
  explicit push_door(services& shared) : shared_(shared) {}

  void publish(std::vector<push> batch) override {
    std::vector<loop_state*> watched;
    for (const auto& loop : shared_.loops)
      if (loop->channels.watchers() > 0) watched.push_back(loop.get());
    if (watched.empty()) return;
    auto frames = std::make_shared<live_frames>();
    for (const auto& one : batch) frames->push_back(frame_of(one, shared_.now()));
    for (auto* loop : watched)
      boost::asio::post(loop->executor, [loop, frames] { loop->channels.publish(*frames); });
  }

  void missed() override {
    for (const auto& loop : shared_.loops)
      if (loop->channels.watchers() > 0)
        boost::asio::post(loop->executor, [here = loop.get()] { compare_channels(*here); });
  }

 private:
  services& shared_;
};

/// Confined to its loop.
struct recheck_round {
  explicit recheck_round(loop_executor loop) : timer(loop) {}
  loop_timer timer;
  bool stopped = false;
};

task<void> recheck_until_stopped(loop_state& here, std::shared_ptr<recheck_round> round) {
  boost::system::error_code woken;
  while (!round->stopped) {
    round->timer.expires_after(
        std::chrono::milliseconds{here.shared.options.session_recheck_ms});
    co_await round->timer.async_wait(boost::asio::redirect_error(
        boost::asio::use_awaitable_t<loop_executor>{}, woken));
    if (!round->stopped) co_await recheck_live_sessions(here);
  }
}

}  // namespace

struct gateway::parts {
  parts(gateway_options options, gateway_ports ports, const secret_key& secret)
      : shared{.options = options,
               .ports = ports,
               .keys = secrets_from(secret),
               .tokens = access_tokens{secrets_from(secret).signing_seed, options.tokens},
               .passwords = make_argon2_passwords(options.passwords)},
        open(shared, door::open),
        admin(shared, door::admin),
        pushes(shared) {}

  services shared;
  dispatch open;
  dispatch admin;
  push_door pushes;
  std::vector<std::shared_ptr<recheck_round>> rounds;
};

gateway::gateway(gateway_options options, gateway_ports ports, const secret_key& secret,
                 const std::vector<loop_executor>& loops)
    : parts_(std::make_unique<parts>(std::move(options), ports, secret)) {
  check(!loops.empty(), "the gateway has a loop");
  for (const auto& loop : loops)
    parts_->shared.loops.push_back(std::make_unique<loop_state>(parts_->shared, loop));
}

gateway::~gateway() = default;

http_application& gateway::public_door() { return parts_->open; }
http_application& gateway::admin_door() { return parts_->admin; }
push_sink& gateway::pushes() { return parts_->pushes; }

void gateway::start() {
  for (const auto& loop : parts_->shared.loops) {
    auto round = std::make_shared<recheck_round>(loop->executor);
    parts_->rounds.push_back(round);
    boost::asio::co_spawn(loop->executor, recheck_until_stopped(*loop, round),
                          boost::asio::detached);
  }
}

void gateway::stop() {
  for (std::size_t i = 0; i < parts_->rounds.size(); ++i)
    boost::asio::post(parts_->shared.loops[i]->executor, [round = parts_->rounds[i]] {
      round->stopped = true;
      round->timer.cancel();
    });
}

std::size_t gateway::live_connections() const {
  std::size_t count = 0;
  for (const auto& loop : parts_->shared.loops) count += loop->channels.watchers();
  return count;
}

}  // namespace resalehub
