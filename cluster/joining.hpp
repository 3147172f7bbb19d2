#pragma once
/// How a node without a number is let into a cluster: it says who it is, a member asks the
/// controller's record, and the answer holds all that it needs to begin. Values; any thread.

#include <optional>
#include <string>

#include "cluster/controller.hpp"
#include "cluster/wire.hpp"

namespace resalehub {

struct join_answer {
  std::optional<problem> refused;
  node_number replaces = 0;  ///< this one has the joiner's name: to be asked again, naming it
  std::string cluster;   ///< its id
  std::string secret;    ///< what its nodes sign with; goes over links alone
  node_number node = 0;
  std::uint32_t partitions = 0;
  roster known;          ///< whom to link to
};

std::string encoded(const controller::join& request);
std::optional<controller::join> join_from(std::string_view bytes);
std::string encoded(const join_answer& said);
std::optional<join_answer> join_answer_from(std::string_view bytes);

}  // namespace resalehub
