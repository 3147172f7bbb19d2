#include "gateway/http_server.hpp"

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "gateway/http_session.hpp"

namespace resalehub {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using loop_timer = asio::basic_waitable_timer<
    std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, loop_executor>;

constexpr asio::as_tuple_t<asio::use_awaitable_t<loop_executor>> as_error{};
constexpr milliseconds out_of_files_pause{100};
constexpr std::chrono::seconds files_check_every{5};
constexpr std::size_t turned_away_max = 128;  ///< that linger at once; more are closed unheard

/// Who counts as one: an IPv4 address, or an IPv6 network of 64 bits, which one household gets.
std::string counted_as(const asio::ip::address& address) {
  if (address.is_v4()) return address.to_string();
  auto v6 = address.to_v6();
  if (v6.is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, v6).to_string();
  auto bytes = v6.to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
  return asio::ip::address_v6(bytes).to_string();
}

std::string shown(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) return counted_as(address);
  return address.to_string();
}

}  // namespace

/// The listening socket on its loop, the first of the group.
class connection_acceptor : public std::enable_shared_from_this<connection_acceptor> {
 public:
  connection_acceptor(loop_group& loops, std::vector<std::shared_ptr<session_loop>> session_loops,
                      tls_files tls)
      : socket_(loops.at(0)),
        pause_(loops.at(0)),
        files_timer_(loops.at(0)),
        has_tls_(!tls.empty()),
        door_(std::move(tls)),
        session_loops_(std::move(session_loops)),
        census_(std::make_shared<connection_census>(loops.executor(0),
                                                    session_loops_.front()->limits())) {}

  error_code bind(const tcp::endpoint& endpoint) {
    error_code error;
    socket_.open(endpoint.protocol(), error);
    if (!error) socket_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) socket_.bind(endpoint, error);
    if (!error) socket_.listen(tcp::acceptor::max_listen_connections, error);
    return error;
  }
  result<done> open_door() { return has_tls_ ? door_.open() : done{}; }
  void reload() {
    if (has_tls_) door_.reload();
  }
  std::uint16_t port() const { return socket_.local_endpoint().port(); }

  task<void> accept_all(std::shared_ptr<connection_acceptor>) {  // kept alive by it
    for (std::size_t turn = 0; socket_.is_open(); ++turn) {
      if (auto wait = wait_for_turn(); wait.count() > 0) {
        pause_.expires_after(wait);
        co_await pause_.async_wait(as_error);
        continue;
      }
      auto& loop = session_loops_[turn % session_loops_.size()];
      auto [error, socket] = co_await socket_.async_accept(loop->executor(), as_error);
      if (!error) {
        welcome(std::move(socket), loop);
      } else if (socket_.is_open()) {
        pause_.expires_after(out_of_files_pause);
        co_await pause_.async_wait(as_error);
      }
    }
  }

  task<void> watch_files(std::shared_ptr<connection_acceptor>) {  // kept alive by it
    while (has_tls_ && socket_.is_open()) {
      files_timer_.expires_after(files_check_every);
      co_await files_timer_.async_wait(as_error);
      if (socket_.is_open()) door_.reload_when_changed();
    }
  }

  void close() {
    error_code ignored;
    files_timer_.cancel();
    socket_.close(ignored);
    pause_.cancel();
  }

 private:
  /// How long until another connection may be accepted: handshakes in a flood wait for the next
  /// second, so that they leave time to those who are served.
  std::chrono::microseconds wait_for_turn() {
    auto now = session_loops_.front()->now_us();
    if (now >= second_ends_us_) {
      second_ends_us_ = now + 1'000'000;
      accepted_in_second_ = 0;
    }
    bool full = accepted_in_second_ >= session_loops_.front()->limits().connections_per_second;
    if (!full) ++accepted_in_second_;
    return std::chrono::microseconds{full ? second_ends_us_ - now : 0};
  }

  void welcome(tcp_socket socket, const std::shared_ptr<session_loop>& loop) {
    error_code error;
    auto peer = socket.remote_endpoint(error);
    if (!error) socket.non_blocking(true, error);
    if (!error) socket.set_option(tcp::no_delay(true), error);
    if (error) return;  // the peer is gone already
    auto& counts = loop->counts();
    auto slot = census_->admit(counted_as(peer.address()));
    counts.accepted.fetch_add(1, std::memory_order_relaxed);
    if (!slot) {
      counts.turned_away.fetch_add(1, std::memory_order_relaxed);
      if (has_tls_ || turned_away_.use_count() > static_cast<long>(turned_away_max)) return;
    }
    bool welcome = slot.has_value();
    auto channel = has_tls_ ? door_.make_channel(socket.native_handle()) : nullptr;
    client_transport transport(std::move(socket), std::move(channel));
    accepted_connection connection{std::move(transport), shown(peer.address()),
                                   welcome ? std::move(*slot) : connection_slot(turned_away_)};
    asio::post(loop->executor(), [welcome, loop, connection = std::move(connection)]() mutable {
      welcome ? http_session::start(std::move(loop), std::move(connection))
              : http_session::turn_away(std::move(loop), std::move(connection));
    });
  }

  asio::basic_socket_acceptor<tcp, loop_executor> socket_;
  loop_timer pause_;
  loop_timer files_timer_;
  const bool has_tls_;
  tls_door door_;
  std::vector<std::shared_ptr<session_loop>> session_loops_;
  std::shared_ptr<connection_census> census_;
  std::int64_t second_ends_us_ = 0;
  std::size_t accepted_in_second_ = 0;
  std::shared_ptr<void> turned_away_ = std::make_shared<int>();
};

http_server::http_server(http_server_parts parts)
    : loops_(parts.loops),
      parts_(std::make_shared<edge_parts>(parts.application, parts.clock, parts.entropy,
                                          std::move(parts.limits))) {
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    session_loops_.push_back(std::make_shared<session_loop>(parts_, loops_.executor(i)));
    session_loops_.back()->start();
  }
  acceptor_ = std::make_shared<connection_acceptor>(loops_, session_loops_,
                                                    std::move(parts.tls));
}

http_server::~http_server() = default;

result<std::uint16_t> http_server::listen(const std::string& address, std::uint16_t port) {
  if (auto opened = acceptor_->open_door(); !opened) return std::move(opened).problem();
  error_code error;
  auto parsed = asio::ip::make_address(address, error);
  if (!error) error = acceptor_->bind({parsed, port});
  if (error)
    return problem{code::internal, "Cannot listen on " + address + " port " +
                                       std::to_string(port) + ": " + error.message() + "."};
  asio::co_spawn(loops_.executor(0), acceptor_->accept_all(acceptor_), asio::detached);
  asio::co_spawn(loops_.executor(0), acceptor_->watch_files(acceptor_), asio::detached);
  return acceptor_->port();
}

void http_server::reload() {
  asio::post(loops_.executor(0), [acceptor = acceptor_] { acceptor->reload(); });
}

void http_server::stop(milliseconds within, std::function<void()> stopped) {
  asio::post(loops_.executor(0), [acceptor = acceptor_] { acceptor->close(); });
  auto left = std::make_shared<std::atomic<std::size_t>>(session_loops_.size());
  auto drained = [left, stopped = std::move(stopped)] {
    if (left->fetch_sub(1) == 1) stopped();
  };
  for (auto& loop : session_loops_)
    asio::post(loop->executor(), [loop, within, drained] { loop->stop(within, drained); });
}

}  // namespace resalehub
