#pragma once
/// A node of a simulated cluster with an interposer at its doors. Made by the interposer alone, one
/// for each run of a node. One thread.

#include <memory>

#include "cluster/node_actors.hpp"
#include "tests/simulation/kit/interposer.hpp"

namespace resalehub::simulation {

class interposed_links final : public links {
 public:
  interposed_links(interposer& by, process& of, links& inner)
      : by_(by), of_(of), inner_(inner) {}

  void start(link_listener& listener) override { inner_.start(listener); }
  void stop() override { inner_.stop(); }
  void know(std::vector<peer> peers) override { inner_.know(std::move(peers)); }
  [[nodiscard]] bool send(node_number to, lane way, std::string message) override;

  process& of() const { return of_; }
  /// Sends it unseen, unless this run of the node is over by then.
  std::function<void()> sending(interposer::parcel what);

 private:
  interposer& by_;
  process& of_;
  links& inner_;
  std::shared_ptr<interposed_links*> self_ = std::make_shared<interposed_links*>(this);
};

/// What a node is given must outlive its actors.
struct interposed_parts {
  std::unique_ptr<interposed_links> way;
};

class interposed_node final : private interposed_parts, public node_actors {
 public:
  interposed_node(interposer& by, process& of, const node_actors_options& options,
                  const node_actors_ports& ports);

  void ask(resalehub::ask request) override;
  void arrived(node_number from, std::uint64_t incarnation, std::string message) override;

  process& of() const { return of_; }
  const node_actors_ports& ports() const { return given_; }
  /// Asks unseen, unless this run of the node is over by then.
  std::function<void()> asking(resalehub::ask request);
  std::function<void()> refusing(const resalehub::ask& request, problem why);

 private:
  interposer& by_;
  process& of_;
  node_actors_ports given_;
  std::shared_ptr<interposed_node*> self_ = std::make_shared<interposed_node*>(this);
};

}  // namespace resalehub::simulation
