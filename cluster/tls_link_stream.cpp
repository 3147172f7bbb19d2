#include "cluster/tls_link_stream.hpp"

#include <openssl/ssl.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "cluster/certificates.hpp"

namespace resalehub {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
using tls_stream = beast::ssl_stream<link_socket>;

constexpr asio::as_tuple_t<asio::use_awaitable_t<link_executor>> as_error{};
constexpr std::size_t first_room_bytes = 4 * 1024;
constexpr std::size_t kept_room_bytes = 256 * 1024;
/// Who dials masks what it sends, through a buffer of this size.
constexpr std::size_t mask_bytes = 64 * 1024;

link_fault fault_of(const error_code& error) {
  // Beast's own errors: the peer does not speak the protocol.
  const bool protocol = error.category() == make_error_code(beast::websocket::error::bad_opcode)
                                                .category() ||
                        error.category() == make_error_code(beast::http::error::bad_method)
                                                .category();
  return protocol && error != beast::websocket::error::closed ? link_fault::foreign_bytes
                                                              : link_fault::lost;
}

template <class Transport>
class websocket_stream final : public link_stream {
  static constexpr bool is_tls = std::is_same_v<Transport, tls_stream>;

 public:
  websocket_stream(link_socket socket, tls_keys keys, clock_port& clock)
    requires is_tls
      : link_stream(clock), keys_(std::move(keys)), stream_(std::move(socket), *keys_) {
    choose_framing();
  }
  websocket_stream(link_socket socket, clock_port& clock)
    requires(!is_tls)
      : link_stream(clock), stream_(std::move(socket)) {
    choose_framing();
  }

  link_socket& socket() override { return beast::get_lowest_layer(stream_); }

  link_task<link_fault> shake_hands(link_role role) override {
    if constexpr (is_tls) {
      const auto side = role == link_role::dials ? asio::ssl::stream_base::client
                                                 : asio::ssl::stream_base::server;
      auto [failed] = co_await stream_.next_layer().async_handshake(side, as_error);
      if (failed) co_return resalehub::fault_of(failed, stream_.next_layer().native_handle());
    }
    error_code error;
    if (role == link_role::dials) {
      auto [failed] = co_await stream_.async_handshake("resalehub", "/links", as_error);
      error = failed;
    } else {
      auto [failed] = co_await stream_.async_accept(as_error);
      error = failed;
    }
    heard();
    co_return error ? fault_of_stream(error) : link_fault::none;
  }

  std::string certified() const override {
    if constexpr (is_tls) {
      auto* session = const_cast<websocket_stream*>(this)->stream_.next_layer().native_handle();
      const auto* certificate = SSL_get0_peer_certificate(session);
      return certificate == nullptr ? std::string{} : certified_name(certificate);
    }
    return {};
  }

  link_task<link_fault> read() override {
    frame_bytes_ = 0;
    if (buffer_.size() > kept_room_bytes) std::string().swap(buffer_);
    for (;;) {
      if (!make_room()) co_return link_fault::large_frame;
      auto room = asio::buffer(buffer_) + frame_bytes_;
      auto [error, count] = co_await stream_.async_read_some(room, as_error);
      if (error) co_return fault_of_stream(error);
      heard();
      frame_bytes_ += count;
      if (frame_bytes_ > bytes_max_) co_return link_fault::large_frame;
      if (stream_.is_message_done()) co_return link_fault::none;
    }
  }

  link_task<link_fault> write(const std::string& frame) override {
    auto bytes = asio::buffer(frame);
    auto [error, count] = co_await stream_.async_write(bytes, as_error);
    co_return error ? link_fault::lost : link_fault::none;
  }

 private:
  void choose_framing() {
    stream_.binary(true);
    stream_.auto_fragment(false);
    stream_.write_buffer_bytes(mask_bytes);
    stream_.read_message_max(0);  // ours is counted while it is read
  }

  link_fault fault_of_stream(const error_code& error) {
    if constexpr (is_tls)
      if (error.category() == asio::error::get_ssl_category())
        return resalehub::fault_of(error, stream_.next_layer().native_handle());
    return fault_of(error);
  }

  tls_keys keys_;  // outlive the stream, whatever is loaded meanwhile
  beast::websocket::stream<Transport, false> stream_;
};

}  // namespace

bool link_stream::make_room() {
  if (frame_bytes_ < buffer_.size()) return true;
  // One more than allowed, so that a frame over the limit shows.
  const auto size = std::min(bytes_max_ + 1, std::max(first_room_bytes, 2 * buffer_.size()));
  if (size <= frame_bytes_) return false;
  buffer_.resize(size);
  return true;
}

std::unique_ptr<link_stream> make_link_stream(link_socket socket, tls_keys keys,
                                              clock_port& clock) {
  if (keys)
    return std::make_unique<websocket_stream<tls_stream>>(std::move(socket), std::move(keys),
                                                          clock);
  return std::make_unique<websocket_stream<link_socket>>(std::move(socket), clock);
}

}  // namespace resalehub
