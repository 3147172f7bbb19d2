// What operators see of the cluster, by the controller's record and this node's directory of
// leaders.

#include <map>

#include "base/json.hpp"
#include "base/message_pack.hpp"
#include "cluster/controller.hpp"
#include "gateway/bodies.hpp"
#include "gateway/exchange.hpp"
#include "gateway/handlers.hpp"
#include "gateway/openapi.hpp"

namespace resalehub {

struct node_row {
  std::string node;
  std::string state;
  std::string region;
  std::string http;
  std::string admin;
  std::int64_t leaders = 0;
  std::int64_t replicas = 0;
};
BOOST_DESCRIBE_STRUCT(node_row, (), (node, state, region, http, admin, leaders, replicas))

struct partition_row {
  std::int64_t partition = 0;
  std::string leader;
  std::vector<std::string> replicas;
};
BOOST_DESCRIBE_STRUCT(partition_row, (), (partition, leader, replicas))

namespace shapes {
const answer_kind node_rows = answer_kind_of<std::vector<node_row>>();
const answer_kind partition_rows = answer_kind_of<std::vector<partition_row>>();
}  // namespace shapes

namespace {

task<result<controller::view>> record_of(exchange& x) {
  ask question;
  question.to = controller_id();
  question.mode = ask_mode::query;
  question.body = packed(controller::query{controller::read{}});
  question.deadline = x.shared().deadline();
  auto answered = co_await x.here.asks->one(std::move(question));
  if (!answered) co_return std::move(answered).problem();
  controller::view view;
  if (!unpack(answered->bytes, view))
    co_return problem{code::internal, "The record of the cluster could not be read."};
  co_return view;
}

std::map<node_number, std::string> names_in(const controller::view& view) {
  std::map<node_number, std::string> names;
  for (const auto& node : view.nodes) names[node.number] = node.name;
  return names;
}

std::string name_of_leader(const exchange& x, const std::map<node_number, std::string>& names,
                           std::uint32_t partition) {
  const auto found = names.find(
      x.shared().ports.node.leader_of(static_cast<std::uint16_t>(partition)));
  return found == names.end() ? std::string{} : found->second;
}

}  // namespace

task<result<http_response>> read_nodes(exchange& x) {
  auto view = co_await record_of(x);
  if (!view) co_return std::move(view).problem();
  std::map<node_number, node_row> rows;
  for (const auto& node : view->nodes)
    if (node.standing != node_standing::removed)
      rows[node.number] = {node.name, std::string(name_of(node.standing)), node.region, node.http,
                           node.admin};
  for (const auto& one : view->partitions)
    for (const auto member : one.members.voters)
      if (const auto row = rows.find(node_of(member)); row != rows.end()) ++row->second.replicas;
  for (std::uint32_t p = 0; p < view->partitions_count; ++p) {
    const auto leader = x.shared().ports.node.leader_of(static_cast<std::uint16_t>(p));
    if (const auto row = rows.find(leader); row != rows.end()) ++row->second.leaders;
  }
  std::vector<node_row> all;
  for (auto& [number, row] : rows) all.push_back(std::move(row));
  co_return json_response(200, to_json(all));
}

/// A replica is one that votes: it has caught up.
task<result<http_response>> read_partitions(exchange& x) {
  auto view = co_await record_of(x);
  if (!view) co_return std::move(view).problem();
  const auto names = names_in(*view);
  std::vector<partition_row> all(view->partitions_count);
  for (std::uint32_t p = 0; p < view->partitions_count; ++p)
    all[p] = {p, name_of_leader(x, names, p), {}};
  for (const auto& one : view->partitions)
    for (const auto member : one.members.voters)
      if (const auto name = names.find(node_of(member)); name != names.end())
        all[one.partition].replicas.push_back(name->second);
  co_return json_response(200, to_json(all));
}

}  // namespace resalehub
