#include "gateway/websocket_session.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <utility>
#include <vector>

#include "gateway/websocket_transport.hpp"

namespace resalehub {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using websocket = beast::websocket::stream<websocket_transport, false>;
using boost::system::error_code;

constexpr asio::as_tuple_t<asio::use_awaitable_t<loop_executor>> as_error{};
constexpr std::size_t gathered_bytes_max = 64 * 1024;
constexpr std::size_t idle_buffer_bytes_max = 4 * 1024;
constexpr std::uint16_t going_restart = 1012, failed = 1011, dead_peer = 4408, slow = 4430;

class websocket_session final : public websocket_outlet,
                                public swept_session,
                                public std::enable_shared_from_this<websocket_session> {
 public:
  websocket_session(std::shared_ptr<session_loop> loop, accepted_connection connection,
                    std::unique_ptr<websocket_application> application)
      : loop_(std::move(loop)),
        slot_(std::move(connection.slot)),
        application_(std::move(application)),
        stream_(std::move(connection.socket), loop_) {}

  task<void> run(std::shared_ptr<websocket_session> self, websocket_start start);

  void send(std::shared_ptr<const std::string> text) override;
  void close(std::uint16_t code, std::string_view reason) override;
  loop_executor executor() const override { return loop_->executor(); }

  void sweep(std::int64_t now_us) override;
  void drain() override;
  void cut() override;

 private:
  /// In order; none is ever left backwards.
  enum class phase : std::uint8_t { handshake, open, asked_to_close, closing, over };

  task<bool> accept(websocket_start start);
  task<void> read_messages();
  task<void> receive(std::string_view text);
  task<void> finish();
  void schedule_flush();
  void flush();
  void await_writable();
  void gather();
  void start_close();
  void give_back_memory();
  void append_close(const close_verdict& verdict);

  std::shared_ptr<session_loop> loop_;
  connection_slot slot_;
  std::unique_ptr<websocket_application> application_;
  websocket stream_;
  std::vector<std::shared_ptr<const std::string>> waiting_;
  std::size_t waiting_bytes_ = 0;
  phase phase_ = phase::handshake;
  bool flush_scheduled_ = false;
  bool blocked_ = false;  ///< the socket takes no more for now
  std::uint16_t close_code_ = 0;
  std::string close_reason_;
  std::int64_t pinged_us_ = 0;
  std::int64_t end_at_us_ = 0;  ///< once closing: when patience ends
};

// -- life ---

task<void> websocket_session::run(std::shared_ptr<websocket_session> self, websocket_start start) {
  loop_->enroll(*this);
  bool accepted = co_await accept(std::move(start));
  if (!accepted) co_return;
  loop_->counts().websockets.fetch_add(1, std::memory_order_relaxed);
  phase_ = phase::open;
  application_->opened(self);
  if (loop_->stopping()) drain();
  co_await read_messages();
  phase_ = phase::over;
  waiting_.clear();
  application_->closed();
  co_await finish();
}

task<bool> websocket_session::accept(websocket_start start) {
  beast::http::request<beast::http::empty_body> handshake{beast::http::verb::get, "/", 11};
  handshake.set(beast::http::field::host, "here");
  handshake.set(beast::http::field::connection, "Upgrade");
  handshake.set(beast::http::field::upgrade, "websocket");
  handshake.set(beast::http::field::sec_websocket_version, "13");
  handshake.set(beast::http::field::sec_websocket_key,
                std::string(start.request.field("sec-websocket-key").value_or("")));
  stream_.set_option(beast::websocket::stream_base::decorator(
      [&](beast::websocket::response_type& response) {
        response.set(beast::http::field::date, std::string(loop_->date()));
        response.set("Request-Id", start.request.request_id);
        if (!start.accepted.subprotocol.empty())
          response.set(beast::http::field::sec_websocket_protocol, start.accepted.subprotocol);
      }));
  stream_.read_message_max(loop_->limits().websocket_message_bytes);
  stream_.auto_fragment(false);
  stream_.text(true);
  auto& transport = stream_.next_layer();
  transport.start(std::move(start.early_bytes));
  auto [error] = co_await stream_.async_accept(handshake, as_error);
  if (error) co_return false;
  stream_.set_option(beast::websocket::stream_base::decorator(
      [](beast::websocket::response_type&) {}));
  // Beast names itself; we do not say what we are made of.
  auto& out = transport.outbound();
  if (auto at = out.find("Server: "); at != std::string::npos)
    out.erase(at, out.find("\r\n", at) + 2 - at);
  transport.on_written([this] { schedule_flush(); });
  pinged_us_ = loop_->now_us();
  schedule_flush();
  co_return true;
}

task<void> websocket_session::read_messages() {
  beast::flat_buffer buffer;
  for (;;) {
    auto [error, count] = co_await stream_.async_read(buffer, as_error);
    if (error) break;
    if (phase_ == phase::open)
      co_await receive({static_cast<const char*>(buffer.data().data()), buffer.size()});
    buffer.clear();
    if (buffer.capacity() > idle_buffer_bytes_max) buffer.shrink_to_fit();
  }
  if (const auto& verdict = stream_.next_layer().verdict(); verdict && phase_ < phase::closing)
    append_close(*verdict);
}

task<void> websocket_session::receive(std::string_view text) {
  bool threw = false;
  try {
    co_await application_->receive(text);
  } catch (const std::exception&) {
    threw = true;
  }
  if (threw) close(failed, "internal");
}

/// What is gathered still goes out; then the peer gets time to read it before the socket ends.
task<void> websocket_session::finish() {
  auto& socket = stream_.next_layer().socket();
  auto& out = stream_.next_layer().outbound();
  end_at_us_ = loop_->now_us() + loop_->limits().websocket_close_ms * 1000;
  error_code error;
  flush();
  while (!out.empty() && socket.is_open()) {
    auto [late] = co_await socket.async_wait(tcp_socket::wait_write, as_error);
    if (late) break;
    blocked_ = false;
    flush();
  }
  socket.shutdown_send(error);
  std::array<char, 2048> unread;
  while (!error || error == asio::error::would_block) {
    auto [late] = co_await socket.async_wait(tcp_socket::wait_read, as_error);
    if (late) break;
    do socket.read_some(asio::buffer(unread), error);
    while (!error && loop_->now_us() < end_at_us_);
  }
  socket.close(error);
}

// -- towards the client ---

void websocket_session::send(std::shared_ptr<const std::string> text) {
  if (phase_ != phase::open) return;
  waiting_bytes_ += text->size();
  waiting_.push_back(std::move(text));
  if (waiting_bytes_ + stream_.next_layer().outbound().size() <=
      loop_->limits().websocket_queue_bytes)
    return schedule_flush();
  loop_->counts().slow_consumers.fetch_add(1, std::memory_order_relaxed);
  std::vector<std::shared_ptr<const std::string>>().swap(waiting_);
  waiting_bytes_ = 0;
  close(slow, "slow consumer");
}

void websocket_session::close(std::uint16_t code, std::string_view reason) {
  if (phase_ != phase::open) return;
  phase_ = phase::asked_to_close;
  close_code_ = code;
  close_reason_ = reason.substr(0, 123);
  end_at_us_ = loop_->now_us() + 1000 * (blocked_ ? loop_->limits().write_ms
                                                  : loop_->limits().websocket_close_ms);
  schedule_flush();
}

/// At the end of what runs now, so that all it sends goes out together.
void websocket_session::schedule_flush() {
  if (std::exchange(flush_scheduled_, true)) return;
  asio::post(loop_->executor(), [self = shared_from_this()] {
    self->flush_scheduled_ = false;
    self->flush();
  });
}

void websocket_session::flush() {
  auto& out = stream_.next_layer().outbound();
  while (!blocked_) {
    if (out.empty()) gather();
    if (out.empty()) return;
    error_code error;
    auto count = stream_.next_layer().socket().write_some(asio::buffer(out), error);
    out.erase(0, count);
    if (error == asio::error::would_block) return await_writable();
    if (error) return cut();
  }
}

void websocket_session::await_writable() {
  blocked_ = true;
  if (phase_ == phase::over) return;  // finish() waits itself
  stream_.next_layer().socket().async_wait(
      tcp_socket::wait_write, [self = shared_from_this()](error_code error) {
        self->blocked_ = false;
        if (!error) self->flush();
      });
}

/// Moves what waits into frames, up to one write's worth; behind the last one comes the close.
void websocket_session::gather() {
  auto& out = stream_.next_layer().outbound();
  if (out.capacity() > gathered_bytes_max) std::string().swap(out);
  if (phase_ != phase::open && phase_ != phase::asked_to_close) return;
  auto scheduled = std::exchange(flush_scheduled_, true);  // the caller flushes these frames
  std::size_t taken = 0;
  while (taken < waiting_.size() && out.size() < gathered_bytes_max) {
    const auto& text = *waiting_[taken++];
    error_code error;
    stream_.write(asio::buffer(text), error);
    waiting_bytes_ -= text.size();
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(taken));
  flush_scheduled_ = scheduled;
  if (waiting_.empty() && phase_ == phase::asked_to_close) start_close();
}

void websocket_session::start_close() {
  phase_ = phase::closing;
  beast::websocket::close_reason why(static_cast<beast::websocket::close_code>(close_code_),
                                     close_reason_);
  stream_.async_close(why, [self = shared_from_this()](error_code) {});
}

/// The close frame for what the watch refused: Beast has not seen the bytes, so it cannot say it.
void websocket_session::append_close(const close_verdict& verdict) {
  auto& out = stream_.next_layer().outbound();
  out += '\x88';
  out += static_cast<char>(2 + verdict.reason.size());
  out += static_cast<char>(verdict.code >> 8);
  out += static_cast<char>(verdict.code & 0xFF);
  out += verdict.reason;
}

// -- time ---

void websocket_session::sweep(std::int64_t now_us) {
  const auto& limits = loop_->limits();
  if (phase_ >= phase::asked_to_close) {
    if (now_us >= end_at_us_) cut();
    return;
  }
  if (phase_ != phase::open) return;
  if (now_us - stream_.next_layer().heard_us() >= limits.websocket_dead_ms * 1000)
    return close(dead_peer, "no answer");
  if (now_us - pinged_us_ < limits.websocket_ping_ms * 1000) return;
  pinged_us_ = now_us;
  give_back_memory();
  error_code error;
  stream_.ping({}, error);
}

/// Who has been sent nothing for a while keeps no room for it.
void websocket_session::give_back_memory() {
  auto& out = stream_.next_layer().outbound();
  if (out.empty()) std::string().swap(out);
  if (waiting_.empty()) waiting_.shrink_to_fit();
}

void websocket_session::drain() {
  if (phase_ != phase::open) return;
  application_->draining();
  close(going_restart, "restart");
}

void websocket_session::cut() {
  error_code ignored;
  stream_.next_layer().socket().close(ignored);
}

}  // namespace

void start_websocket(std::shared_ptr<session_loop> loop, accepted_connection connection,
                     websocket_start start) {
  auto executor = loop->executor();
  auto session = std::make_shared<websocket_session>(std::move(loop), std::move(connection),
                                                     std::move(start.accepted.session));
  asio::co_spawn(executor, session->run(session, std::move(start)), asio::detached);
}

}  // namespace resalehub
