#include "bench/websocket.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace resalehub::bench {

open_socket::open_socket(open_socket&& from) noexcept : socket_(std::exchange(from.socket_, -1)) {}

open_socket::~open_socket() {
  if (socket_ >= 0) ::close(socket_);
}

void open_socket::send(std::string_view bytes) const {
  if (::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(bytes.size()))
    throw std::runtime_error("the server closed a connection");
}

std::string open_socket::receive_until(std::string_view text) const {
  std::string received;
  std::array<char, 4096> part;
  while (received.find(text) == received.npos) {
    const auto count = ::recv(socket_, part.data(), part.size(), 0);
    if (count <= 0)
      throw std::runtime_error("a connection ended before " + std::string(text) + ", after: " +
                               received);
    received.append(part.data(), static_cast<std::size_t>(count));
  }
  return received;
}

open_socket idle_http(const endpoint& to) {
  open_socket one(connect_to(to));
  std::string asked;
  append(asked, {.method = "GET", .path = "/healthz"});
  one.send(asked);
  one.receive_until("\r\n\r\n");
  return one;
}

open_socket idle_websocket(const endpoint& to, std::string_view ticket) {
  open_socket one(connect_to(to));
  one.send("GET /v1/ws?ticket=" + std::string(ticket) +
           " HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
           "Sec-WebSocket-Protocol: resalehub.v1.json\r\n\r\n");
  one.receive_until("\r\n\r\n");
  const std::string_view hello = R"({"v":1,"id":"1","type":"hello","data":{}})";
  // A final text frame, masked with zeros.
  std::string frame{'\x81', static_cast<char>(0x80 | hello.size()), 0, 0, 0, 0};
  one.send(frame.append(hello));
  one.receive_until("welcome");
  return one;
}

}  // namespace resalehub::bench
