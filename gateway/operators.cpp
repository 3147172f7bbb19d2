// What operators ask of the cluster: the controller's record, and who leads what as this node knows
// it, put together; commands go to the record, or to a partition's leader.

#include <algorithm>
#include <boost/asio/post.hpp>
#include <charconv>
#include <memory>

#include "cluster/controller.hpp"
#include "cluster/directory.hpp"
#include "cluster/inspection.hpp"
#include "gateway/bodies.hpp"
#include "gateway/exchange.hpp"
#include "gateway/handlers.hpp"
#include "gateway/operator_views.hpp"

namespace resalehub {

namespace bodies {
const body_kind transfer = body_kind_of<transfer_body>();
}  // namespace bodies

namespace shapes {
const answer_kind node = answer_kind_of<node_line>();
const answer_kind nodes = answer_kind_of<std::vector<node_line>>();
const answer_kind partition = answer_kind_of<partition_line>();
const answer_kind partitions = answer_kind_of<std::vector<partition_line>>();
const answer_kind where = answer_kind_of<where_line>();
const answer_kind inspected = answer_kind_of<resalehub::inspected>();
}  // namespace shapes

namespace {

/// The cluster as one node can tell it.
struct cluster_picture {
  controller::view record;
  cluster_survey seen;
};

using awaitable_token = boost::asio::use_awaitable_t<loop_executor>;
using resumption = boost::asio::async_result<awaitable_token, void()>::handler_type;

/// Asks the node, and resumes on the request's loop.
task<cluster_survey> survey(exchange& x) {
  cluster_survey seen;
  auto* operators = x.shared().ports.operators;
  check(operators != nullptr, "a gateway with an operators' listener has a door to its node");
  awaitable_token awaited;
  co_await boost::asio::async_initiate<awaitable_token, void()>(
      [&](resumption next) {
        auto resume = std::make_shared<resumption>(std::move(next));
        operators->survey([&seen, resume, loop = x.here.executor](cluster_survey told) {
          boost::asio::post(loop, [&seen, resume, told = std::move(told)]() mutable {
            seen = std::move(told);
            std::move (*resume)();
          });
        });
      },
      awaited);
  co_return seen;
}

task<result<cluster_picture>> picture(exchange& x) {
  auto request =
      x.own_query<controller::query>(controller_id(), controller::query{controller::read{}});
  auto answered = co_await x.ask_one(std::move(request));
  auto record = unpacked<controller::view>(std::move(answered));
  if (!record) co_return std::move(record).problem();
  cluster_picture out;
  out.record = *std::move(record);
  out.seen = co_await survey(x);
  co_return out;
}

// -- looking up -----------------------------------------------------------------------------------

/// A node that was removed has no name any more: its successor may have it.
std::string name_in(const cluster_picture& all, node_number number) {
  for (const auto& one : all.record.nodes)
    if (one.number == number && one.standing != node_standing::removed) return one.name;
  return {};
}

std::vector<std::string> names_in(const cluster_picture& all,
                                  const std::vector<member_number>& members) {
  std::vector<std::string> out;
  for (const auto member : members)
    if (auto name = name_in(all, node_of(member)); !name.empty()) out.push_back(std::move(name));
  return out;
}

std::optional<std::string> leader_in(const cluster_picture& all, std::uint32_t partition) {
  const auto leader = partition < all.seen.leaders.size() ? all.seen.leaders[partition] : 0;
  auto name = name_in(all, leader);
  return name.empty() ? std::nullopt : std::optional{std::move(name)};
}

const membership& members_in(const cluster_picture& all, std::uint32_t partition) {
  static const membership nobody;
  for (const auto& one : all.record.partitions)
    if (one.partition == partition) return one.members;
  return nobody;
}

/// Names are unique among those that were not removed: they come first.
const controller::node_shown* node_named(const cluster_picture& all, std::string_view name) {
  const controller::node_shown* found = nullptr;
  for (const auto& one : all.record.nodes)
    if (one.name == name && (found == nullptr || found->standing == node_standing::removed))
      found = &one;
  return found;
}

bool holds(const membership& members, node_number number) {
  const auto there = [&](const std::vector<member_number>& list) {
    return std::any_of(list.begin(), list.end(),
                       [&](member_number one) { return node_of(one) == number; });
  };
  return there(members.voters) || there(members.learners) || there(members.outgoing);
}

node_line line_of(const cluster_picture& all, const controller::node_shown& node) {
  node_line out{node.name, std::string{resalehub::name_of(node.standing)}, false, node.region,
                node.http, node.admin, 0, 0};
  const auto& connected = all.seen.connected;
  out.reachable = node.number == all.seen.self ||
                  std::find(connected.begin(), connected.end(), node.number) != connected.end();
  out.leaders = static_cast<std::uint64_t>(
      std::count(all.seen.leaders.begin(), all.seen.leaders.end(), node.number));
  for (const auto& one : all.record.partitions) out.replicas += holds(one.members, node.number);
  return out;
}

partition_line line_of(const cluster_picture& all, std::uint32_t partition) {
  const auto& members = members_in(all, partition);
  return {partition, leader_in(all, partition), names_in(all, members.voters),
          names_in(all, members.learners)};
}

problem no_such_node() { return {code::not_found, "There is no node of this name."}; }

/// A command to the record about one node, and how that node stands behind it.
task<result<http_response>> command_node(exchange& x, controller::command (*about)(node_number)) {
  auto before = co_await picture(x);
  if (!before) co_return std::move(before).problem();
  const auto* node = node_named(*before, x.places.at(0));
  if (node == nullptr) co_return no_such_node();
  const auto number = node->number;
  auto order = x.asking(controller_id(), ask_mode::command, packed(about(number)));
  order.by = {};
  auto done = co_await x.ask_one(std::move(order));
  if (!done) co_return std::move(done).problem();
  auto after = co_await picture(x);
  if (!after) co_return std::move(after).problem();
  for (const auto& one : after->record.nodes)
    if (one.number == number) co_return json_response(200, to_json(line_of(*after, one)));
  co_return no_such_node();
}

std::optional<std::uint32_t> partition_named(const cluster_picture& all, std::string_view text) {
  std::uint32_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stopped != end || number >= all.record.partitions_count)
    return std::nullopt;
  return number;
}

}  // namespace

// -- reading --------------------------------------------------------------------------------------

task<result<http_response>> list_nodes(exchange& x) {
  auto all = co_await picture(x);
  if (!all) co_return std::move(all).problem();
  std::vector<node_line> lines;
  for (const auto& one : all->record.nodes)
    if (one.standing != node_standing::removed) lines.push_back(line_of(*all, one));
  co_return json_response(200, to_json(lines));
}

task<result<http_response>> list_partitions(exchange& x) {
  auto all = co_await picture(x);
  if (!all) co_return std::move(all).problem();
  std::vector<partition_line> lines;
  for (std::uint32_t p = 0; p < all->record.partitions_count; ++p)
    lines.push_back(line_of(*all, p));
  co_return json_response(200, to_json(lines));
}

task<result<http_response>> find_entity(exchange& x) {
  const auto id = entity_id_from_text(x.places.at(0));
  if (!id) co_return problem{code::not_found, "This is no entity's id."};
  auto all = co_await picture(x);
  if (!all) co_return std::move(all).problem();
  const auto partition = partition_of(id->slot, all->record.partitions_count);
  co_return json_response(
      200, to_json(where_line{to_text(*id), partition, leader_in(*all, partition),
                              names_in(*all, members_in(*all, partition).voters)}));
}

task<result<http_response>> inspect_entity(exchange& x) {
  const auto id = entity_id_from_text(x.places.at(0));
  if (!id) co_return problem{code::not_found, "This is no entity's id."};
  inspection wanted;
  if (x.given.whole("history") == 1) wanted.events_max = inspected_events_max;
  wanted.after = static_cast<std::uint64_t>(x.given.whole("after").value_or(0));
  auto request = x.asking(*id, ask_mode::inspect, packed(wanted));
  request.by = {};
  auto told = co_await x.ask_one(std::move(request));
  if (!told) co_return std::move(told).problem();
  co_return json_response(200, std::move(told->bytes));
}

// -- ordering -------------------------------------------------------------------------------------

task<result<http_response>> drain_node(exchange& x) {
  return command_node(x, [](node_number node) -> controller::command {
    return controller::drain{node};
  });
}

task<result<http_response>> keep_node(exchange& x) {
  return command_node(x, [](node_number node) -> controller::command {
    return controller::keep{node};
  });
}

task<result<http_response>> remove_node(exchange& x) {
  if (x.given.whole("dead") == 1)
    return command_node(x, [](node_number node) -> controller::command {
      return controller::forsake{node};
    });
  return command_node(x, [](node_number node) -> controller::command {
    return controller::remove{node};
  });
}

task<result<http_response>> transfer_partition(exchange& x) {
  auto all = co_await picture(x);
  if (!all) co_return std::move(all).problem();
  const auto partition = partition_named(*all, x.places.at(0));
  if (!partition) co_return problem{code::not_found, "There is no partition of this number."};
  const auto* node = node_named(*all, x.body<transfer_body>().to.value);
  if (node == nullptr) co_return no_such_node();
  const auto leader = all->seen.leaders.at(*partition);
  if (leader == 0)
    co_return problem{code::shard_unavailable, "This partition has no leader now."};
  const auto line = to_json(line_of(*all, *partition));
  if (leader == node->number) co_return json_response(200, line);
  for (const auto member : members_in(*all, *partition).voters) {
    if (node_of(member) != node->number) continue;
    group_order order{.partition = static_cast<keys::partition_number>(*partition),
                      .what = order_kind::lead,
                      .to = member};
    x.shared().ports.operators->order(leader, std::move(order));
    co_return json_response(202, line);
  }
  co_return problem{code::invalid_transition,
                    "This node holds no replica of the partition that votes."};
}

}  // namespace resalehub
