#include "gateway/live_session.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "actors/user.hpp"
#include "base/message_pack.hpp"
#include "base/trace_context.hpp"
#include "gateway/handlers.hpp"
#include "gateway/live_connection.hpp"

namespace resalehub {
namespace {

constexpr std::uint16_t bad_message = 4400;
constexpr std::uint16_t unauthenticated = 4401;
constexpr std::uint16_t rate_exceeded = 4429;
constexpr std::uint16_t slow_consumer = 4430;
constexpr std::size_t waiting_max = 1'000;
const std::string name_begin = "live_";
constexpr std::size_t rechecked_at_once = 256;
constexpr std::int64_t rate_errors_forgotten_us = 60'000'000;

/// The edge's owner of a connection; the channels hold it too.
class live_session final : public websocket_application {
 public:
  explicit live_session(std::shared_ptr<live_connection> connection)
      : connection_(std::move(connection)) {}
  void opened(std::shared_ptr<websocket_outlet> outlet) override {
    connection_->opened(std::move(outlet));
  }
  task<void> receive(std::string_view text) override { return connection_->receive(text); }
  void draining() override { connection_->draining(); }
  void closed() override { connection_->closed(); }

 private:
  std::shared_ptr<live_connection> connection_;
};

/// Its digits are the id of the trace of all that is asked on this connection.
std::string fresh_name(entropy_port& entropy) {
  std::array<char, 33> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx%016llx",
                static_cast<unsigned long long>(entropy.next()),
                static_cast<unsigned long long>(entropy.next()));
  return name_begin + std::string{digits.data()};
}

}  // namespace

live_connection::live_connection(loop_state& here, session_claims claims)
    : here_(here), claims_(std::move(claims)), name_(fresh_name(here.shared.ports.entropy)),
      trace_(traceparent_of({}, std::string_view{name_}.substr(name_begin.size()))) {}

// -- from the edge --------------------------------------------------------------------------------

void live_connection::opened(std::shared_ptr<websocket_outlet> outlet) {
  outlet_ = std::move(outlet);
  here_.channels.join(shared_from_this());
}

void live_connection::closed() {
  const auto self = shared_from_this();
  for (const auto& [channel, unused] : subscriptions_) here_.channels.unwatch(channel, self);
  subscriptions_.clear();
  here_.channels.leave(self);
  outlet_.reset();
}

void live_connection::draining() {
  say({.type = "server.draining", .body = R"({"reconnect_in_ms":1000})"});
}

const live_connection::verb_row* live_connection::verb_of(std::string_view type) {
  static const verb_row rows[] = {
      {"hello", &live_connection::say_hello},
      {"subscribe", &live_connection::subscribe},
      {"unsubscribe", &live_connection::unsubscribe},
      {"resume", &live_connection::resume},
      {"chat.send", &live_connection::send_chat},
      {"chat.read", &live_connection::mark_read},
      {"ping", &live_connection::pong},
  };
  for (const auto& row : rows)
    if (row.type == type) return &row;
  return nullptr;
}

task<void> live_connection::receive(std::string_view text) {
  const auto self = shared_from_this();
  if (!within_rate(text)) co_return;
  const auto from = read_envelope(text);
  if (!from) {
    refuse({.ref = id_in(text)}, from.problem());
    count_error();
    co_return;
  }
  const auto* row = verb_of(from->type.value);
  refusal why;
  if (row == nullptr)
    why = field_refused("/type", code::validation_failed, "This type of message is unknown.");
  else if (!greeted_ && row->act != &live_connection::say_hello)
    why = problem{code::malformed_request, "Say hello first."};
  else
    why = co_await (this->*row->act)(*from);
  if (!why) co_return;
  refuse({.ref = id_of(*from), .channel = channel_of(*from)}, *why);
  const int status = why->status();
  if (status == 400 || (status == 422 && why->code != code::limit_exceeded &&
                        why->code != code::invalid_sequence))
    count_error();
}

// -- from the channels ----------------------------------------------------------------------------

void live_connection::take(const live_frame& frame) {
  const auto found = subscriptions_.find(frame.channel);
  if (found == subscriptions_.end() || !outlet_) return;
  auto& there = found->second;
  if (there.replaying) {
    if (there.waiting.size() < waiting_max)
      there.waiting.push_back(frame);
    else
      close(slow_consumer, "slow_consumer");
    return;
  }
  if (frame.sequence > 0 && frame.sequence <= there.delivered) return;
  if (frame.sequence > there.delivered + 1) {
    there.waiting.push_back(frame);
    return begin_catching_up(frame.channel, there);
  }
  if (frame.sequence > 0) there.delivered = frame.sequence;
  outlet_->send(frame.text);
}

void live_connection::end(std::string_view why) {
  close(unauthenticated, why);
}

// -- words ----------------------------------------------------------------------------------------

void live_connection::say(const live_outgoing& what) {
  if (outlet_) outlet_->send(std::make_shared<const std::string>(live_text(what)));
}

void live_connection::refuse(const live_place& where, const problem& why) {
  http_request as_request;
  as_request.method = http_method::post;
  as_request.request_id = name_;
  say({.type = "error",
       .ref = where.ref,
       .channel = where.channel,
       .body = to_response(why, as_request).body});
}

void live_connection::count_error() {
  if (++errors_ >= here_.shared.options.live_errors_max) close(bad_message, "bad_message");
}

void live_connection::close(std::uint16_t why, std::string_view reason) {
  closing_ = true;
  if (outlet_) outlet_->close(why, reason);
}

bool live_connection::within_rate(std::string_view text) {
  const auto now_us = here_.shared.ports.clock.monotonic_us();
  const auto verdict = here_.limits.take(rate_class::live, name_, now_us);
  if (verdict.allowed) return true;
  refuse({.ref = id_in(text)}, rate_refusal(verdict));
  if (now_us - rate_error_us_ > rate_errors_forgotten_us) rate_errors_ = 0;
  rate_error_us_ = now_us;
  if (++rate_errors_ >= here_.shared.options.live_errors_max)
    close(rate_exceeded, "rate_limited");
  return false;
}

ask live_connection::asking(entity_id to, ask_mode mode, std::string body) const {
  ask out;
  out.to = to;
  out.by = claims_.user;
  out.mode = mode;
  out.body = std::move(body);
  out.deadline = here_.shared.deadline();
  out.trace = trace_;
  return out;
}

// -- the session ----------------------------------------------------------------------------------

task<live_connection::refusal> live_connection::say_hello(const live_envelope& from) {
  auto read = read_hello(from);
  if (!read) co_return std::move(read).problem();
  greeted_ = true;
  const auto& options = here_.shared.options;
  const std::string body = R"({"session":")" + name_ + R"(","heartbeat_ms":)" +
                           std::to_string(options.heartbeat_ms) +
                           R"(,"limits":{"subscriptions":)" +
                           std::to_string(options.subscriptions_max) + R"(,"messages_per_min":)" +
                           std::to_string(options.rates[rate_place(rate_class::live)].permits) +
                           "}}";
  say({.type = "welcome", .ref = id_of(from), .body = body});
  if (read->last) co_return co_await resume_all(*read->last, id_of(from));
  co_return std::nullopt;
}

task<live_connection::refusal> live_connection::pong(const live_envelope& from) {
  const auto read = read_nothing(from);
  if (!read) co_return read.problem();
  say({.type = "pong", .ref = id_of(from)});
  co_return std::nullopt;
}

std::unique_ptr<websocket_application> make_live_session(loop_state& here,
                                                         session_claims claims) {
  return std::make_unique<live_session>(
      std::make_shared<live_connection>(here, std::move(claims)));
}

task<void> recheck_live_sessions(loop_state& here) {
  const auto everybody = here.channels.everybody();
  // Requests are taken a little longer, for the clocks of others; a connection need not be.
  const auto valid_until =
      here.shared.now() + milliseconds{here.shared.options.tokens.skew_s * 1000};
  for (std::size_t first = 0; first < everybody.size(); first += rechecked_at_once) {
    const auto count = std::min(rechecked_at_once, everybody.size() - first);
    std::vector<ask> questions;
    for (std::size_t i = 0; i < count; ++i) {
      const auto& claims = everybody[first + i]->claims();
      ask question;
      question.to = claims.user;
      question.mode = ask_mode::query;
      question.body = packed(user::query{user::read_session{claims.session}});
      question.deadline = here.shared.deadline();
      questions.push_back(std::move(question));
    }
    const auto answers = co_await here.asks->all(std::move(questions));
    for (std::size_t i = 0; i < count; ++i) {
      user::session_state state;
      const bool ended = answers[i] ? unpack(answers[i]->bytes, state) && !state.alive
                                    : answers[i].problem().code == code::not_found;
      const bool expired = everybody[first + i]->claims().expires_at <= valid_until;
      if (ended) everybody[first + i]->end("session_revoked");
      else if (expired) everybody[first + i]->end("token_expired");
    }
  }
}

}  // namespace resalehub
