#pragma once
/// The stream under Beast's WebSocket: reads pass the frame watch, writes are gathered in memory
/// for the session to send, so every frame enters whole and many go out in one write. Confined to
/// its loop; included by websocket_session.cpp only.

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/buffer_traits.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <functional>
#include <string>
#include <utility>

#include "gateway/frame_watch.hpp"
#include "gateway/http_session.hpp"

namespace resalehub {

class websocket_transport {
 public:
  using executor_type = loop_executor;
  using error_code = boost::system::error_code;

  websocket_transport(client_transport socket, std::shared_ptr<session_loop> loop)
      : socket_(std::move(socket)), loop_(std::move(loop)), watch_(loop_->limits()) {}

  executor_type get_executor() { return socket_.get_executor(); }
  client_transport& socket() { return socket_; }
  std::string& outbound() { return outbound_; }
  const std::optional<close_verdict>& verdict() const { return watch_.verdict(); }
  std::int64_t heard_us() const { return heard_us_; }

  void start(std::string early_bytes) {
    early_bytes_ = std::move(early_bytes);
    heard_us_ = loop_->now_us();
  }
  /// Called after every write from now on.
  void on_written(std::function<void()> written) { written_ = std::move(written); }

  // -- for Beast ---

  template <class Buffers, class Handler>
  auto async_read_some(const Buffers& buffers, Handler&& handler) {
    return boost::asio::async_compose<Handler, void(error_code, std::size_t)>(
        read_step<Buffers>{*this, buffers}, handler, socket_);
  }

  template <class Buffers, class Handler>
  auto async_write_some(const Buffers& buffers, Handler&& handler) {
    auto count = append(buffers);
    return boost::asio::async_compose<Handler, void(error_code, std::size_t)>(
        [count, posted = false](auto& self) mutable {
          if (std::exchange(posted, true)) return self.complete({}, count);
          auto executor = self.get_executor();
          boost::asio::post(executor, std::move(self));
        },
        handler, socket_);
  }

  template <class Buffers>
  std::size_t write_some(const Buffers& buffers, error_code& error) {
    error = {};
    return append(buffers);
  }
  template <class Buffers>
  std::size_t write_some(const Buffers& buffers) {
    return append(buffers);
  }

  /// Reading is asynchronous only; Beast's synchronous reads are never called.
  template <class Buffers>
  std::size_t read_some(const Buffers&, error_code& error) {
    error = boost::asio::error::operation_not_supported;
    return 0;
  }
  template <class Buffers>
  std::size_t read_some(const Buffers&) {
    throw boost::system::system_error(boost::asio::error::operation_not_supported);
  }

 private:
  template <class Buffers>
  struct read_step {
    websocket_transport& transport;
    Buffers buffers;
    bool started = false;

    template <class Self>
    void operator()(Self& self, error_code error = {}, std::size_t count = 0) {
      if (!std::exchange(started, true)) {
        if (transport.early_bytes_.empty() && !transport.verdict())
          return transport.socket_.async_read_some(buffers, std::move(self));
        auto executor = self.get_executor();
        return boost::asio::post(executor, std::move(self));
      }
      if (!error && count == 0) count = transport.take_early(buffers);
      if (!error) count = transport.judge(buffers, count);
      if (!error && count == 0) error = boost::asio::error::connection_aborted;
      self.complete(error, count);
    }
  };

  template <class Buffers>
  std::size_t append(const Buffers& buffers) {
    auto before = outbound_.size();
    for (auto at = boost::asio::buffer_sequence_begin(buffers);
         at != boost::asio::buffer_sequence_end(buffers); ++at) {
      boost::asio::const_buffer one = *at;
      outbound_.append(static_cast<const char*>(one.data()), one.size());
    }
    if (written_) written_();
    return outbound_.size() - before;
  }

  template <class Buffers>
  std::size_t take_early(const Buffers& buffers) {
    auto count = boost::asio::buffer_copy(buffers, boost::asio::buffer(early_bytes_));
    early_bytes_.erase(0, count);
    if (early_bytes_.empty()) std::string().swap(early_bytes_);
    return count;
  }

  /// How many of the bytes that just arrived may go on to Beast.
  template <class Buffers>
  std::size_t judge(const Buffers& buffers, std::size_t count) {
    heard_us_ = loop_->now_us();
    std::size_t passed = 0;
    for (auto at = boost::asio::buffer_sequence_begin(buffers);
         at != boost::asio::buffer_sequence_end(buffers) && passed < count; ++at) {
      boost::asio::mutable_buffer one = *at;
      auto size = std::min(one.size(), count - passed);
      auto good = watch_.pass({static_cast<const char*>(one.data()), size}, heard_us_);
      passed += good;
      if (good < size) break;
    }
    return passed;
  }

  client_transport socket_;
  std::shared_ptr<session_loop> loop_;
  frame_watch watch_;
  std::string early_bytes_;
  std::string outbound_;
  std::function<void()> written_;
  std::int64_t heard_us_ = 0;
};

// Beast asks for these by name. The session sends what is gathered and ends the connection itself.
inline void teardown(boost::beast::role_type, websocket_transport&,
                     boost::system::error_code& error) {
  error = {};
}
template <class Handler>
void async_teardown(boost::beast::role_type, websocket_transport& transport, Handler&& handler) {
  boost::asio::post(transport.get_executor(),
                    [handler = std::forward<Handler>(handler)]() mutable {
                      handler(boost::system::error_code{});
                    });
}
inline void beast_close_socket(websocket_transport& transport) {
  boost::system::error_code ignored;
  transport.socket().close(ignored);
}

}  // namespace resalehub
