#pragma once
/// What operators see of a node: readiness, and the metrics of every floor on one page. Any thread.

#include <functional>
#include <memory>

#include "cluster/node.hpp"
#include "gateway/node_view.hpp"

namespace resalehub {

/// `node` must outlive it, and may come after it: until then the node is not ready.
struct edge_counts;

class node_page : public node_view {
 public:
  static std::unique_ptr<node_page> make();
  virtual void show(const node& running) = 0;   ///< before the listeners open
  virtual void show(const edge_counts& of_public_listener) = 0;  ///< it outlives the page's use
  virtual void stop_being_ready() = 0;          ///< a load balancer shall look elsewhere
};

}  // namespace resalehub
