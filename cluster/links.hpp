#pragma once
/// The port to other nodes: a bounded, ordered way to each peer. Over TLS in production, over a
/// simulated network in tests. What is sent may be lost with its connection, and is then told as
/// `disconnected`; it is never reordered or doubled within one connection.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cluster/membership.hpp"

namespace resalehub {

struct peer {
  node_number node = 0;
  std::string name;     ///< what its certificate must say
  std::string address;  ///< host:port of its link listener
  friend bool operator==(const peer&, const peer&) = default;
};

/// Which queue of a link: what is urgent passes by what is bulky.
enum class lane : std::uint8_t { urgent, bulk };

/// Hears of the links. Called on their thread; must not block.
class link_listener {
 public:
  virtual ~link_listener() = default;
  /// `incarnation`: drawn at each start of the peer, greater than all before.
  virtual void connected(node_number from, std::uint64_t incarnation) = 0;
  virtual void disconnected(node_number from) = 0;
  virtual void arrived(node_number from, std::uint64_t incarnation, std::string message) = 0;
  /// A node without a number asks to be let in; `reply` once, from any thread.
  virtual void introduced(std::string name, std::string request,
                          std::function<void(std::string)> reply) = 0;
};

class links {
 public:
  virtual ~links() = default;
  /// The listener hears from now on, and until `stop`.
  virtual void start(link_listener& listener) = 0;
  virtual void stop() = 0;
  /// All peers there are: links to others are closed, missing ones made and kept. Any thread.
  virtual void know(std::vector<peer> peers) = 0;
  /// False when there is no connection or its queue is full: nothing was sent. Any thread.
  [[nodiscard]] virtual bool send(node_number to, lane way, std::string message) = 0;
};

/// Of a node that is alone: nobody is ever connected.
class no_links final : public links {
 public:
  void start(link_listener&) override {}
  void stop() override {}
  void know(std::vector<peer>) override {}
  bool send(node_number, lane, std::string) override { return false; }
};

}  // namespace resalehub
