#pragma once
/// One connection as frames: Beast's WebSocket over TCP, inside TLS 1.3 or bare. Confined to the
/// links' loop. One read and one write may be under way at once.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "cluster/tls_link_hello.hpp"
#include "cluster/tls_link_keys.hpp"

namespace resalehub {

using link_executor = boost::asio::io_context::executor_type;
template <class T>
using link_task = boost::asio::awaitable<T, link_executor>;
using link_socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, link_executor>;

enum class link_role : std::uint8_t { dials, accepts };

class link_stream {
 public:
  virtual ~link_stream() = default;
  virtual link_socket& socket() = 0;
  /// On a connected socket: TLS, then WebSocket.
  virtual link_task<link_fault> shake_hands(link_role role) = 0;
  /// The name in the peer's certificate; only after the hands were shaken.
  virtual std::string certified() const = 0;
  /// Waits for the next frame, which `frame()` then shows until the next call.
  virtual link_task<link_fault> read() = 0;
  virtual link_task<link_fault> write(const std::string& frame) = 0;

  std::string_view frame() const { return {buffer_.data(), frame_bytes_}; }
  void allow(std::size_t bytes_max) { bytes_max_ = bytes_max; }
  std::int64_t heard_us() const { return heard_us_; }
  void forgive(std::int64_t silence_us) { heard_us_ += silence_us; }

 protected:
  explicit link_stream(clock_port& clock) : clock_(clock), heard_us_(clock.monotonic_us()) {}

  void heard() { heard_us_ = clock_.monotonic_us(); }
  /// Room for more of a frame; false when it is over the limit.
  bool make_room();

  clock_port& clock_;
  std::int64_t heard_us_;
  std::string buffer_;  ///< its size is its room
  std::size_t frame_bytes_ = 0;
  std::size_t bytes_max_ = hello_bytes_max;
};

/// `keys` null: without TLS.
std::unique_ptr<link_stream> make_link_stream(link_socket socket, tls_keys keys,
                                              clock_port& clock);

}  // namespace resalehub
