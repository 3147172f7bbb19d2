#pragma once
/// A client's connection as bytes: a TCP socket, bare or with TLS inside. Never blocks. Confined to
/// its loop; a bare one costs a branch a call more than the socket itself.

#include <boost/asio/async_result.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/buffer_traits.hpp>
#include <memory>
#include <utility>

#include "gateway/loop.hpp"
#include "gateway/tls_channel.hpp"

namespace resalehub {

using tcp_socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, loop_executor>;

class client_transport {
 public:
  using executor_type = loop_executor;
  using error_code = boost::system::error_code;
  using wait_type = tcp_socket::wait_type;

  /// `channel` null: without TLS. The socket is in non-blocking mode.
  client_transport(tcp_socket socket, std::unique_ptr<tls_channel> channel)
      : socket_(std::move(socket)), channel_(std::move(channel)) {}

  executor_type get_executor() { return socket_.get_executor(); }
  bool is_open() const { return socket_.is_open(); }
  bool is_tls() const { return channel_ != nullptr; }
  void cancel(error_code& error) { socket_.cancel(error); }
  void close(error_code& error) { socket_.close(error); }
  void shutdown_send(error_code& error) {
    if (channel_) channel_->say_goodbye();
    socket_.shutdown(tcp_socket::shutdown_send, error);
  }

  /// would_block: wait in the direction that it asks for, then call again.
  void shake_hands(wait_type& direction, error_code& error) {
    const auto step = channel_->shake_hands();
    direction = step == tls_step::wants_write ? tcp_socket::wait_write : tcp_socket::wait_read;
    error = error_of(step);
  }

  std::size_t read_some(boost::asio::mutable_buffer room, error_code& error) {
    if (!channel_) [[likely]]
      return socket_.read_some(room, error);
    std::size_t count = 0;
    const auto step = channel_->read(room.data(), room.size(), count);
    read_wants_write_ = step == tls_step::wants_write;
    error = error_of(step);
    return count;
  }
  std::size_t write_some(boost::asio::const_buffer bytes, error_code& error) {
    if (!channel_) [[likely]]
      return socket_.write_some(bytes, error);
    std::size_t count = 0;
    const auto step = channel_->write(bytes.data(), bytes.size(), count);
    write_wants_read_ = step == tls_step::wants_read;
    error = error_of(step);
    return count;
  }

  /// Until a read or write may get on.
  template <class Token>
  auto async_wait(wait_type what, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code)>(
        [this, what](auto handler) {
          if (what == tcp_socket::wait_read && channel_ && channel_->holds_bytes())
            return complete_at_once(std::move(handler));
          socket_.async_wait(direction_of(what), std::move(handler));
        },
        token);
  }

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    if (!channel_) [[likely]]
      return void(socket_.async_read_some(buffers, std::forward<Handler>(handler)));
    boost::asio::async_compose<Handler, void(error_code, std::size_t)>(
        secret_read<Buffers>{*this, buffers}, handler, socket_);
  }

 private:
  template <class Buffers>
  struct secret_read {
    client_transport& transport;
    Buffers buffers;
    bool waited = false;

    template <class Self>
    void operator()(Self& self, error_code error = {}) {
      std::size_t count = 0;
      if (waited && !error) {
        count = transport.read_some(first_of(buffers), error);
        if (error != boost::asio::error::would_block) return self.complete(error, count);
        error = {};
      }
      if (error) return self.complete(error, 0);
      waited = true;
      transport.async_wait(tcp_socket::wait_read, std::move(self));
    }
  };

  template <class Buffers>
  static boost::asio::mutable_buffer first_of(const Buffers& buffers) {
    for (auto at = boost::asio::buffer_sequence_begin(buffers);
         at != boost::asio::buffer_sequence_end(buffers); ++at)
      if (boost::asio::mutable_buffer one = *at; one.size() > 0) return one;
    return {};
  }

  template <class Handler>
  void complete_at_once(Handler handler) {
    auto executor = boost::asio::get_associated_executor(handler, get_executor());
    boost::asio::post(executor, [handler = std::move(handler)]() mutable {
      std::move(handler)(error_code{});
    });
  }

  wait_type direction_of(wait_type what) const {
    if (what == tcp_socket::wait_read && read_wants_write_) return tcp_socket::wait_write;
    if (what == tcp_socket::wait_write && write_wants_read_) return tcp_socket::wait_read;
    return what;
  }

  static error_code error_of(tls_step step) {
    switch (step) {
      case tls_step::done: return {};
      case tls_step::wants_read:
      case tls_step::wants_write: return boost::asio::error::would_block;
      case tls_step::ended: return boost::asio::error::eof;
      case tls_step::failed: break;
    }
    return boost::asio::error::connection_reset;
  }

  tcp_socket socket_;
  std::unique_ptr<tls_channel> channel_;
  bool read_wants_write_ = false;
  bool write_wants_read_ = false;
};

}  // namespace resalehub
