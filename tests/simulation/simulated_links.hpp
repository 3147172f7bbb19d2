#pragma once
/// `links` over the simulated network, for one process on one machine. A process that is killed is
/// this object's end; a restarted one has its own, with a greater incarnation. One thread.

#include "cluster/links.hpp"
#include "tests/simulation/network.hpp"

namespace resalehub::simulation {

/// What a machine's node is dialed at, and back: nothing for another shape.
std::string address_of(machine_number machine);
std::optional<machine_number> machine_at(std::string_view address);

class simulated_links final : public links, private endpoint {
 public:
  simulated_links(network& ways, machine_number machine, identity who);
  ~simulated_links() override;

  void start(link_listener& listener) override;
  void stop() override;
  void know(std::vector<peer> peers) override;
  [[nodiscard]] bool send(node_number to, lane way, std::string message) override;

  /// For a node without a number: asks the node at that address to be let in. The answer may never
  /// come.
  void introduce(std::string_view address, std::string request,
                 std::function<void(std::string)> answered);
  /// The number that it was given: links are made from now on.
  void number(node_number given);
  const identity& who() const { return who_; }

 private:
  void opened(machine_number peer, const identity& who) override;
  void closed(machine_number peer, const identity& who) override;
  void arrived(machine_number peer, const identity& who, std::string message) override;
  void asked(std::string name, std::string request,
             std::function<void(std::string)> reply) override;
  void expect_peers();

  network& ways_;
  machine_number machine_;
  identity who_;
  link_listener* listener_ = nullptr;
  std::vector<peer> peers_;
};

}  // namespace resalehub::simulation
