#pragma once
/// Nodes' links over real loopback sockets, with certificates of their own in a folder that goes
/// with the test; listeners that write down what they hear; bounded waits.

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "cluster/certificates.hpp"
#include "cluster/tls_link.hpp"
#include "cluster/tls_link_keys.hpp"
#include "real_ports.hpp"

namespace resalehub {

/// A folder of its own under /tmp.
struct scratch {
  scratch() {
    char name[] = "/tmp/links_test_XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    path = name;
  }
  ~scratch() { std::filesystem::remove_all(path); }
  scratch(const scratch&) = delete;

  validity valid() const { return {clock.now(), 30}; }

  std::string path;
  real_clock clock;
  real_entropy chance;
};

/// True as soon as `condition` is, looked at now and then; false after ten seconds.
template <class Condition>
bool comes(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  std::mutex mutex;
  std::condition_variable pause;
  std::unique_lock lock(mutex);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    pause.wait_for(lock, std::chrono::milliseconds(2));
  }
  return true;
}

class heard final : public link_listener {
 public:
  struct message {
    node_number from;
    std::uint64_t incarnation;
    std::string text;
  };

  void connected(node_number from, std::uint64_t incarnation) override {
    std::lock_guard lock(mutex_);
    events_.push_back("+" + std::to_string(from) + " " + std::to_string(incarnation));
    ++connections;
  }
  void disconnected(node_number from) override {
    std::lock_guard lock(mutex_);
    events_.push_back("-" + std::to_string(from));
    ++disconnections;
  }
  void arrived(node_number from, std::uint64_t incarnation, std::string text) override {
    std::lock_guard lock(mutex_);
    messages_.push_back({from, incarnation, std::move(text)});
    ++arrivals;
  }
  void introduced(std::string name, std::string request,
                  std::function<void(std::string)> reply) override {
    reply("welcome " + name + ", who asked: " + request);
  }

  std::vector<std::string> events() {
    std::lock_guard lock(mutex_);
    return events_;
  }
  std::vector<message> messages() {
    std::lock_guard lock(mutex_);
    return messages_;
  }

  std::atomic<int> connections{0}, disconnections{0}, arrivals{0};

 private:
  std::mutex mutex_;
  std::vector<std::string> events_;
  std::vector<message> messages_;
};

}  // namespace resalehub
