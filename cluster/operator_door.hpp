#pragma once
/// What operators ask of a node beside its entities. Any thread; nothing here waits.

#include <functional>
#include <vector>

#include "cluster/wire.hpp"

namespace resalehub {

/// The cluster as this node sees it now.
struct cluster_survey {
  node_number self = 0;
  std::vector<node_number> leaders;    ///< by partition; 0: unknown
  std::vector<node_number> connected;  ///< other nodes with a link to this one
};

class operator_door {
 public:
  virtual ~operator_door() = default;
  /// `told` is called once, on an actor's thread; never when the node ends before.
  using surveyed = std::function<void(cluster_survey)>;
  virtual void survey(surveyed told) = 0;
  /// To the leader of a partition, which obeys when it can.
  virtual void order(node_number leader, group_order what) = 0;
};

}  // namespace resalehub
