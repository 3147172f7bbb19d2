#pragma once
/// What the operators' routes answer and take, as JSON; `resalehub ctl` reads the same. Values.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bounded.hpp"
#include "base/described.hpp"

namespace resalehub {

/// One of GET /admin/nodes.
struct node_line {
  std::string node;   ///< its name
  std::string state;  ///< active, draining or removed
  bool reachable = false;  ///< from the node that was asked
  std::string region;
  std::string http;
  std::string admin;
  std::uint64_t leaders = 0;   ///< partitions that it leads
  std::uint64_t replicas = 0;  ///< partitions that it holds, as a learner too
};
RESALEHUB_DESCRIBE(node_line, node, state, reachable, region, http, admin, leaders, replicas)

/// One of GET /admin/partitions.
struct partition_line {
  std::uint32_t partition = 0;
  std::optional<std::string> leader;  ///< nothing: unknown to the node that was asked
  std::vector<std::string> replicas;  ///< that vote
  std::vector<std::string> learners;  ///< that do not vote yet
};
RESALEHUB_DESCRIBE(partition_line, partition, leader, replicas, learners)

/// GET /admin/where/{id}
struct where_line {
  std::string id;
  std::uint32_t partition = 0;
  std::optional<std::string> leader;
  std::vector<std::string> replicas;
};
RESALEHUB_DESCRIBE(where_line, id, partition, leader, replicas)

/// The body of POST /admin/partitions/{number}/transfer
struct transfer_body {
  text<1, 253> to;  ///< a node's name
};
RESALEHUB_DESCRIBE(transfer_body, to)

}  // namespace resalehub
