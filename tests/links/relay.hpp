#pragma once
/// A wire between two nodes that a test can freeze, thaw and cut: forwards what comes in at its own
/// port to another, on one thread.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace resalehub {

inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return to;
}

inline int connect_to(std::uint16_t port) {
  const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto to = loopback(port);
  if (::connect(made, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) return made;
  ::close(made);
  return -1;
}

class relay {
 public:
  explicit relay(std::uint16_t target) : target_(target) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto here = loopback(0);
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&here), sizeof here) == 0);
    REQUIRE(::listen(listener_, 16) == 0);
    socklen_t size = sizeof here;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&here), &size);
    port_ = ntohs(here.sin_port);
    thread_ = std::thread([this] { forward(); });
  }
  ~relay() {
    over_ = true;
    thread_.join();
    drop_all();
    ::close(listener_);
  }
  relay(const relay&) = delete;

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  void freeze() { frozen_ = true; }
  void thaw() { frozen_ = false; }
  void cut() { cut_ = true; }

 private:
  void forward() {
    while (!over_) {
      if (cut_.exchange(false)) drop_all();
      std::vector<pollfd> waits;
      if (!frozen_) {
        waits.push_back({listener_, POLLIN, 0});
        for (auto [a, b] : pairs_) waits.insert(waits.end(), {{a, POLLIN, 0}, {b, POLLIN, 0}});
      }
      ::poll(waits.data(), waits.size(), 2);
      if (waits.empty()) continue;
      if (waits[0].revents != 0) {
        const int from = ::accept(listener_, nullptr, nullptr);
        if (const int to = connect_to(target_); to >= 0) pairs_.emplace_back(from, to);
        else ::close(from);
        continue;
      }
      for (std::size_t i = 1; i < waits.size(); ++i)
        if (waits[i].revents != 0 && !pass(waits[i].fd, waits[i % 2 == 1 ? i + 1 : i - 1].fd)) {
          drop((i - 1) / 2);
          break;
        }
    }
  }

  static bool pass(int from, int to) {
    char bytes[65536];
    const auto count = ::recv(from, bytes, sizeof bytes, 0);
    return count > 0 && ::send(to, bytes, static_cast<std::size_t>(count), MSG_NOSIGNAL) == count;
  }
  void drop(std::size_t index) {
    ::close(pairs_[index].first);
    ::close(pairs_[index].second);
    pairs_.erase(pairs_.begin() + static_cast<std::ptrdiff_t>(index));
  }
  void drop_all() {
    while (!pairs_.empty()) drop(0);
  }

  std::uint16_t target_, port_ = 0;
  int listener_ = -1;
  std::vector<std::pair<int, int>> pairs_;
  std::atomic<bool> frozen_{false}, cut_{false}, over_{false};
  std::thread thread_;
};

}  // namespace resalehub
