#include "plain_http.hpp"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <utility>

namespace resalehub {
namespace {

class connected_socket {
 public:
  connected_socket(const addrinfo& to, milliseconds within)
      : number_(::socket(to.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval most{within.count() / 1000, within.count() % 1000 * 1000};
    ::setsockopt(number_, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    ::setsockopt(number_, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
    open_ = number_ >= 0 && ::connect(number_, to.ai_addr, to.ai_addrlen) == 0;
  }
  connected_socket(const connected_socket&) = delete;
  connected_socket& operator=(const connected_socket&) = delete;
  ~connected_socket() {
    if (number_ >= 0) ::close(number_);
  }
  bool open() const { return open_; }
  bool send(std::string_view bytes) const {
    return ::send(number_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }
  /// Until the other side closes; false when it does not in time.
  bool read_all(std::string& into) const {
    char part[8192];
    for (;;) {
      const auto size = ::recv(number_, part, sizeof part, 0);
      if (size <= 0) return size == 0;
      into.append(part, static_cast<std::size_t>(size));
    }
  }

 private:
  int number_;
  bool open_ = false;
};

problem no_answer(const std::string& address) {
  return {code::shard_unavailable, "Nobody answers at " + address + "."};
}

}  // namespace

result<plain_answer> get_plain(const std::string& address, const std::string& path,
                               milliseconds within) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return no_answer(address);
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (::getaddrinfo(address.substr(0, colon).c_str(), address.substr(colon + 1).c_str(), &wanted,
                    &found) != 0)
    return no_answer(address);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, ::freeaddrinfo);
  const connected_socket socket(*found, within);
  std::string bytes;
  if (!socket.open() || !socket.send("GET " + path + " HTTP/1.1\r\nHost: " + address +
                                     "\r\nConnection: close\r\n\r\n") ||
      !socket.read_all(bytes))
    return no_answer(address);
  const auto body = bytes.find("\r\n\r\n");
  if (!bytes.starts_with("HTTP/1.1 ") || body == std::string::npos) return no_answer(address);
  return plain_answer{std::atoi(bytes.c_str() + 9), bytes.substr(body + 4)};
}

}  // namespace resalehub
