#pragma once
/// Nodes' links over real loopback sockets, with certificates of their own in a folder that goes
/// with the test; listeners that write down what they hear; bounded waits.

#include <algorithm>
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
    if (text.size() < 100) newest_short_ = text;
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
  /// Those of node 3, which the test wanted.
  void forget_disconnections(int count) {
    REQUIRE(comes([&] { return disconnections == count; }));
    const auto all = events();
    CHECK(std::count(all.begin(), all.end(), "-3") == count);
    disconnections = 0;
  }
  std::string newest_short() {
    std::lock_guard lock(mutex_);
    return newest_short_;
  }

  std::atomic<int> connections{0}, disconnections{0}, arrivals{0};

 private:
  std::mutex mutex_;
  std::vector<std::string> events_;
  std::vector<message> messages_;
  std::string newest_short_;
};

inline link_options quick() {
  link_options out;
  out.heartbeat_ms = 40;
  out.dead_ms = 600;
  out.handshake_ms = 2000;
  out.retry_ms_min = 5;
  out.retry_ms_max = 50;
  out.files_check_ms = 20;
  out.accepts_per_s_max = 100'000;
  return out;
}

/// A cluster's authority, and certificates of its nodes when they are asked for.
struct authority_world : scratch {
  authority_world() { REQUIRE(make_authority(path, valid(), chance)); }

  link_options certified(const std::string& name) { return certified(name, quick()); }
  link_options certified(const std::string& name, link_options out) {
    if (!std::filesystem::exists(path + "/" + name + ".pem"))
      REQUIRE(make_node_certificate(path, name, valid(), chance));
    out.certificate = path + "/" + name + ".pem";
    out.key = path + "/" + name + ".key";
    out.authority = path + "/ca.pem";
    return out;
  }
};

/// A node's links, running.
struct linked_node {
  linked_node(link_options options, link_identity who)
      : identity(who), links(tls_links::make(std::move(options), who, {clock, chance}).value()) {
    port = links->listen("127.0.0.1", 0).value();
    links->start(listener);
  }
  ~linked_node() { links->stop(); }

  peer as_peer() const {
    return {identity.node, identity.name, "127.0.0.1:" + std::to_string(port)};
  }
  std::uint64_t refused(link_fault why) const { return links->figures().of(why); }

  real_clock clock;
  real_entropy chance;
  heard listener;
  link_identity identity;
  std::uint16_t port = 0;
  std::unique_ptr<tls_links> links;
};

inline link_identity node_called(node_number node, std::uint64_t incarnation = 7) {
  return {.cluster = "c1", .name = "n" + std::to_string(node), .node = node,
          .incarnation = incarnation};
}

}  // namespace resalehub
