#include "gateway/http_session.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <utility>

#include "gateway/request_target.hpp"
#include "gateway/websocket_handshake.hpp"
#include "gateway/websocket_session.hpp"

namespace resalehub {
namespace {

namespace asio = boost::asio;

constexpr asio::as_tuple_t<asio::use_awaitable_t<loop_executor>> as_error{};
constexpr std::size_t gathered_bytes_max = 64 * 1024;  ///< of answers, before they are written
constexpr std::size_t body_read_bytes = 32 * 1024;
constexpr std::string_view continue_bytes = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::string_view methods_served = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

void copy_lower(std::string& to, std::string_view from) {
  to.assign(from);
  for (char& byte : to)
    if (byte >= 'A' && byte <= 'Z') byte = static_cast<char>(byte + 32);
}

}  // namespace

// -- life ---

http_session::http_session(std::shared_ptr<session_loop> loop, accepted_connection connection)
    : loop_(std::move(loop)),
      socket_(std::move(connection.socket)),
      slot_(std::move(connection.slot)),
      remote_address_(std::move(connection.remote_address)) {}

void http_session::start(std::shared_ptr<session_loop> loop, accepted_connection connection) {
  auto executor = loop->executor();
  auto self = std::make_shared<http_session>(std::move(loop), std::move(connection));
  asio::co_spawn(executor, self->run(self), asio::detached);
}

void http_session::turn_away(std::shared_ptr<session_loop> loop, accepted_connection connection) {
  auto executor = loop->executor();
  auto self = std::make_shared<http_session>(std::move(loop), std::move(connection));
  asio::co_spawn(executor, self->refuse_and_close(self), asio::detached);
}

task<void> http_session::run(std::shared_ptr<http_session>) {
  loop_->enroll(*this);
  if (loop_->stopping()) open_ = false;
  if (open_ && socket_.is_tls()) co_await shake_hands();
  while (open_) {
    enter(phase::idle, loop_->limits().idle_ms);
    auto [error] = co_await socket_.async_wait(tcp_socket::wait_read, as_error);
    if (error || expired_ || !open_) break;
    co_await serve();
  }
  if (lingers_) co_await linger();
  boost::system::error_code ignored;
  socket_.close(ignored);
}

/// Until TLS begins; what is not TLS is closed, with an alert where that is due.
task<void> http_session::shake_hands() {
  enter(phase::greeting, loop_->limits().header_ms);
  auto direction = tcp_socket::wait_read;
  boost::system::error_code error;
  for (socket_.shake_hands(direction, error); error == asio::error::would_block;
       socket_.shake_hands(direction, error)) {
    auto [failed] = co_await socket_.async_wait(direction, as_error);
    if (failed || expired_) break;
  }
  if (!error) co_return;
  loop_->counts().handshakes_failed.fetch_add(1, std::memory_order_relaxed);
  open_ = false;
}

task<void> http_session::refuse_and_close(std::shared_ptr<http_session>) {
  loop_->enroll(*this);
  work_ = loop_->borrow_work();
  loop_->name_request(work_->request.request_id);
  open_ = false;
  answer(to_response(problem{code::overloaded, "There are too many connections."}, work_->request));
  flush_at_once();
  loop_->return_work(std::move(work_));
  co_await linger();
}

/// Until the connection has nothing more to serve for now: then it is idle, or at its end.
task<void> http_session::serve() {
  work_ = loop_->borrow_work();
  for (bool more = true; more && receive();) {
    while (open_) {
      auto what = take_request();
      if (what == taken::need_more) break;
      if (what == taken::handshake) co_await upgrade();
      if (what == taken::request && !respond_at_once()) co_await respond();
      if (work_->out.size() > gathered_bytes_max) co_await flush();
    }
    if (!flush_at_once()) co_await flush();
    more = open_ && work_->request_begun();
    if (more) more = co_await await_more();
  }
  loop_->return_work(std::move(work_));
}

/// Behind the last words: waits for the peer to read them, since closing over bytes that were not
/// read would reset the connection and take the words along.
task<void> http_session::linger() {
  boost::system::error_code error;
  socket_.shutdown_send(error);
  enter(phase::lingering, loop_->limits().linger_ms);
  std::array<char, 4096> unread;
  while (!error || error == asio::error::would_block) {
    auto [failed] = co_await socket_.async_wait(tcp_socket::wait_read, as_error);
    if (failed || expired_) co_return;
    do socket_.read_some(asio::buffer(unread), error);
    while (!error && loop_->now_us() < deadline_us_);
  }
}

// -- reading ---

bool http_session::receive() {
  auto room = work_->in.room(work_->in_body ? body_read_bytes : 1);
  boost::system::error_code error;
  auto count = socket_.read_some(asio::buffer(room.data(), room.size()), error);
  if (error == asio::error::would_block) return true;
  if (error) {
    bool inside = work_->in_body || work_->head.begun();
    if (inside) loop_->counts().cut_short.fetch_add(1, std::memory_order_relaxed);
    lingers_ = false;
    open_ = false;
    return false;
  }
  work_->in.add(count);
  work_->received_bytes += count;
  return true;
}

task<bool> http_session::await_more() {
  const auto& limits = loop_->limits();
  phase_ = work_->in_body ? phase::body : phase::head;
  deadline_us_ = work_->started_us +
                 1000 * (work_->in_body ? limits.body_grace_ms : limits.header_ms);
  expired_ = false;
  auto [error] = co_await socket_.async_wait(tcp_socket::wait_read, as_error);
  if (expired_) {
    answer_timeout();
    flush_at_once();
    co_return false;
  }
  if (error) open_ = false;
  co_return !error;
}

http_session::taken http_session::take_request() {
  auto& work = *work_;
  if (work.in_body) return take_body();
  if (work.in.empty()) return taken::need_more;
  if (!work.head.begun()) {
    work.started_us = 0;
    work.received_bytes = work.in.bytes().size();
  }
  switch (work.head.read(work.in.bytes())) {
    case head_outcome::need_more:
      if (work.started_us == 0) work.started_us = loop_->now_us();
      return taken::need_more;
    case head_outcome::refused: return refuse(work.head.refusal());
    case head_outcome::complete: break;
  }
  describe_request();
  const auto& head = work.head.head();
  work.body.start(head);
  work.in.take(head.size);  // the head's views stay good until the next receive()
  if (!head.has_body()) return ready();
  work.in_body = true;
  work.started_us = loop_->now_us();
  if (head.expects_continue) work.out += continue_bytes;
  return take_body();
}

http_session::taken http_session::take_body() {
  auto& work = *work_;
  auto [outcome, count] = work.body.read(work.in.bytes(), work.request.body);
  work.in.take(count);
  switch (outcome) {
    case body_outcome::need_more: return taken::need_more;
    case body_outcome::refused: return refuse(work.body.refusal());
    case body_outcome::complete: break;
  }
  work.in_body = false;
  return ready();
}

http_session::taken http_session::ready() {
  ready_us_ = loop_->now_us();
  const auto& request = work_->request;
  bool handshake = request.method == http_method::get &&
                   loop_->application().is_websocket(request.path);
  return handshake ? taken::handshake : taken::request;
}

/// The head's parts into the request, over what the last one left: its strings keep their memory.
void http_session::describe_request() {
  const auto& head = work_->head.head();
  auto& request = work_->request;
  request.method = head.method;
  request.path.assign(head.target.path);
  request.query.assign(head.target.query);
  request.fields.resize(head.fields.size());
  for (std::size_t i = 0; i < head.fields.size(); ++i) {
    copy_lower(request.fields[i].first, head.fields[i].name);
    // What an absolute target names overrides the field (RFC 9112, 3.2.2).
    const bool overridden = !head.target.authority.empty() && request.fields[i].first == "host";
    request.fields[i].second.assign(overridden ? head.target.authority : head.fields[i].value);
  }
  request.body.clear();
  request.trace.clear();
  request.remote_address.assign(remote_address_);
  loop_->name_request(request.request_id);
}

http_session::taken http_session::refuse(const head_refusal& refusal) {
  auto& work = *work_;
  auto& request = work.request;
  ready_us_ = loop_->now_us();
  if (!work.in_body) {  // the head was refused: what is known of it may be nothing
    request = {};
    request.method = work.head.head().method;
    request.remote_address = remote_address_;
    for (const auto& [name, value] : work.head.head().fields)
      if (equal_ignoring_case(name, "origin")) request.fields.emplace_back("origin", value);
    loop_->name_request(request.request_id);
  }
  auto response = to_response(problem{refusal.why, std::string(refusal.detail)}, request);
  response.close = refusal.close;
  if (refusal.why == code::method_not_allowed)
    response.fields.emplace_back("Allow", methods_served);
  if (!refusal.close) work.in.take(work.head.head().size);
  answer(std::move(response));
  return taken::refused;
}

// -- answering ---

bool http_session::respond_at_once() {
  if (work_->head.head().target.form == target_form::asterisk) {
    answer({.status = 204, .fields = {{"Allow", std::string(methods_served)}}});
    return true;
  }
  auto response = loop_->application().respond_at_once(work_->request);
  if (response) answer(std::move(*response));
  return response.has_value();
}

task<void> http_session::respond() {
  if (!flush_at_once()) co_await flush();
  if (!open_) co_return;
  phase_ = phase::responding;
  std::optional<http_response> response;
  try {
    response = co_await loop_->application().respond(work_->request);
  } catch (const std::exception&) {
    response = to_response(problem{code::internal, "The request could not be finished."},
                           work_->request);
  }
  answer(std::move(*response));
}

connection_after http_session::after_answer() const {
  if (!open_) return connection_after::closed;
  return work_->head.head().version_minor == 0 ? connection_after::kept_and_said
                                               : connection_after::kept;
}

/// Appends the answer to what goes out, and makes the work ready for the next request.
void http_session::answer(http_response&& response) {
  auto& work = *work_;
  loop_->application().adorn(work.request, response);
  const auto& head = work.head.head();
  ++requests_;
  if (response.close || !head.keeps_alive || loop_->stopping() ||
      requests_ >= loop_->limits().requests_per_connection)
    open_ = false;
  lingers_ = !open_;
  auto before = work.out.size();
  const auto& request = work.request;
  append_answer(work.out, response,
                {loop_->date(), request.request_id, request.method, after_answer()});
  loop_->application().answered({
      .method = request.method,
      .path = request.path,
      .route = response.route,
      .request_id = request.request_id,
      .trace = request.trace,
      .remote_address = remote_address_,
      .status = response.status,
      .received_bytes = work.received_bytes - work.in.bytes().size(),
      .sent_bytes = work.out.size() - before,
      .took_us = loop_->now_us() - ready_us_,
  });
  work.head.restart();
  work.in_body = false;
}

void http_session::answer_timeout() {
  loop_->counts().timed_out.fetch_add(1, std::memory_order_relaxed);
  refuse({code::request_timeout, "The request did not arrive in time."});
}

bool http_session::flush_at_once() {
  auto& out = work_->out;
  std::size_t written = 0;
  boost::system::error_code error;
  while (written < out.size() && !error)
    written += socket_.write_some(asio::buffer(out.data() + written, out.size() - written), error);
  if (error && error != asio::error::would_block) {
    open_ = lingers_ = false;
    out.clear();
    return true;
  }
  written == out.size() ? out.clear() : void(out.erase(0, written));
  return out.empty();
}

task<void> http_session::flush() {
  enter(phase::writing, loop_->limits().write_ms);
  while (!flush_at_once()) {
    auto [error] = co_await socket_.async_wait(tcp_socket::wait_write, as_error);
    if (!error && !expired_) continue;
    if (expired_) loop_->counts().stalled.fetch_add(1, std::memory_order_relaxed);
    open_ = lingers_ = false;
    work_->out.clear();
  }
}

task<void> http_session::upgrade() {
  auto& work = *work_;
  if (auto refused = refusal_of_handshake(work.head.head(), work.request)) {
    answer(std::move(*refused));
    co_return;
  }
  if (!flush_at_once()) co_await flush();
  if (!open_) co_return;
  phase_ = phase::responding;
  std::optional<upgrade_verdict> verdict;
  try {
    verdict = co_await loop_->application().upgrade(work.request);
  } catch (const std::exception&) {
    verdict = to_response(problem{code::internal, "The request could not be finished."},
                          work.request);
  }
  if (auto* refused = std::get_if<http_response>(&*verdict)) {
    answer(std::move(*refused));
    co_return;
  }
  open_ = lingers_ = false;
  start_websocket(loop_, {std::move(socket_), remote_address_, std::move(slot_)},
                  {std::get<websocket_accepted>(std::move(*verdict)), std::move(work.request),
                   std::string(work.in.bytes())});
}

}  // namespace resalehub
