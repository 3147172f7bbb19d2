#include "cluster/wire.hpp"

#include "base/message_pack.hpp"
#include "cluster/joining.hpp"

namespace resalehub {

BOOST_DESCRIBE_ENUM(ask_mode, command, keyed, query, inspect)
BOOST_DESCRIBE_ENUM(order_kind, change, lead)
BOOST_DESCRIBE_ENUM(family, records, events, rows, requests, queue)
BOOST_DESCRIBE_STRUCT(listed_row, (), (partition, key, value))
BOOST_DESCRIBE_STRUCT(push, (), (channel, sequence, type, body))
BOOST_DESCRIBE_STRUCT(applied_position, (), (index, term, mixed_until))
BOOST_DESCRIBE_STRUCT(transfer_chunk, (), (partition, as_of, where, from, to, rows, members, last))

BOOST_DESCRIBE_STRUCT(raft_steps, (), (partition, from, to, steps))
BOOST_DESCRIBE_STRUCT(still_member, (), (partition, member))
BOOST_DESCRIBE_STRUCT(retired_member, (), (partition, member))
BOOST_DESCRIBE_STRUCT(remote_ask, (), (ticket, to, by, mode, request, fingerprint, body, left_ms,
                                       expected_version, trace, refusal_kept))
BOOST_DESCRIBE_STRUCT(leader_hint, (), (partition, node, term))
BOOST_DESCRIBE_STRUCT(remote_answer, (), (ticket, given, refused, elsewhere, replayed))
BOOST_DESCRIBE_STRUCT(remote_answers, (), (answers))
BOOST_DESCRIBE_STRUCT(remote_scan, (), (ticket, index, from, to, descending, limit, settled,
                                        partitions, left_ms))
BOOST_DESCRIBE_STRUCT(remote_rows, (), (ticket, rows, refused, elsewhere))
BOOST_DESCRIBE_STRUCT(leading, (), (partitions))
BOOST_DESCRIBE_STRUCT(remote_pushes, (), (pushes, missed))
BOOST_DESCRIBE_STRUCT(transfer_part, (), (session, number, from, to, chunk))
BOOST_DESCRIBE_STRUCT(transfer_taken, (), (partition, session, number, from, to, arrived, ended))
BOOST_DESCRIBE_STRUCT(group_report, (), (partition, members, leader, index, active, caught_up,
                                         load))
BOOST_DESCRIBE_STRUCT(node_report, (), (leads, holds, leaving, crowded))
BOOST_DESCRIBE_STRUCT(group_order, (), (partition, index, what, voters, learners, added, to))
BOOST_DESCRIBE_STRUCT(known_node, (), (node, name, region, address, http, admin, standing))
BOOST_DESCRIBE_STRUCT(roster, (), (version, nodes))

BOOST_DESCRIBE_STRUCT(join_answer, (), (refused, replaces, cluster, secret, node, partitions,
                                        known))

namespace {

template <class T>
std::optional<T> read(std::string_view bytes) {
  T value;
  if (!unpack(bytes, value)) return std::nullopt;
  return value;
}

}  // namespace

std::string encoded(const controller::join& request) { return packed(request); }
std::optional<controller::join> join_from(std::string_view bytes) {
  return read<controller::join>(bytes);
}
std::string encoded(const join_answer& said) { return packed(said); }
std::optional<join_answer> join_answer_from(std::string_view bytes) {
  return read<join_answer>(bytes);
}

std::string encoded(const node_message& message) { return packed(message); }

std::optional<node_message> message_from(std::string_view bytes) {
  return read<node_message>(bytes);
}

std::vector<peer> peers_of(const roster& known, node_number self) {
  std::vector<peer> peers;
  for (const auto& one : known.nodes)
    if (one.node != self && one.standing != "removed")
      peers.push_back({one.node, one.name, one.address});
  return peers;
}

}  // namespace resalehub
