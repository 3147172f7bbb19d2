#pragma once
/// What nodes say to each other, over any kind of link. Every message is one `node_message`, packed
/// by field name: an older peer ignores a new field, a newer one finds an old field's default, and
/// a message of a kind that is not known here is dropped and counted. Values; any thread.
/// Times go as what is left of them: no two nodes' clocks are compared.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/entity.hpp"
#include "cluster/links.hpp"
#include "cluster/membership.hpp"
#include "cluster/request.hpp"
#include "storage/state_store.hpp"

namespace resalehub {

// -- consensus ------------------------------------------------------------------------------------

/// Raft messages of one partition's member to one of its fellows.
struct raft_steps {
  keys::partition_number partition = 0;
  member_number from = 0;
  member_number to = 0;
  std::vector<std::string> steps;
};

/// A member that has heard of no leader for long asks whether it still is one.
struct still_member {
  keys::partition_number partition = 0;
  member_number member = 0;
};
/// It is not: a committed change has removed it. Its replica may go.
struct retired_member {
  keys::partition_number partition = 0;
  member_number member = 0;
};

// -- asks and answers -----------------------------------------------------------------------------

struct remote_ask {
  std::uint64_t ticket = 0;
  entity_id to;
  entity_id by;
  ask_mode mode = ask_mode::command;
  request_id request;
  std::uint64_t fingerprint = 0;
  std::string body;
  std::int64_t left_ms = 0;
  std::optional<std::uint64_t> expected_version;
  std::string trace;
  bool refusal_kept = false;
};

/// Who leads a partition, as far as the sender knows; `node` 0: nobody.
struct leader_hint {
  keys::partition_number partition = 0;
  node_number node = 0;
  std::uint64_t term = 0;
};

struct remote_answer {
  std::uint64_t ticket = 0;
  std::optional<answer> given;
  std::optional<problem> refused;
  std::optional<leader_hint> elsewhere;  ///< not considered: ask there
  bool replayed = false;                 ///< the refusal is an earlier request's
};
struct remote_answers {
  std::vector<remote_answer> answers;
};

/// Rows of the named partitions, merged; with `settled` of one partition that the receiver is
/// thought to lead, after everything that was acknowledged there.
struct remote_scan {
  std::uint64_t ticket = 0;
  std::string index;
  std::string from;
  std::string to;
  bool descending = false;
  std::uint32_t limit = 0;
  bool settled = false;
  std::vector<keys::partition_number> partitions;
  std::int64_t left_ms = 0;
};
struct remote_rows {
  std::uint64_t ticket = 0;
  std::vector<listed_row> rows;
  std::optional<problem> refused;
  std::optional<leader_hint> elsewhere;  ///< not listed: ask there
};

/// All that the sender leads now.
struct leading {
  std::vector<leader_hint> partitions;
};

struct remote_pushes {
  std::vector<push> pushes;
  bool missed = false;  ///< others before them could not be sent
};

// -- state transfers ------------------------------------------------------------------------------

struct transfer_part {
  std::uint64_t session = 0;
  std::uint64_t number = 0;  ///< of the chunk, from 1
  member_number from = 0;
  member_number to = 0;
  transfer_chunk chunk;
};
/// The receiver has chunks up to `number`; `ended`: it takes no more of this session.
struct transfer_taken {
  keys::partition_number partition = 0;
  std::uint64_t session = 0;
  std::uint64_t number = 0;
  member_number from = 0;  ///< the receiver
  member_number to = 0;    ///< the source
  bool arrived = false;    ///< with the last chunk: its log begins behind the transfer
  bool ended = false;
};

// -- the controller and the nodes -----------------------------------------------------------------

/// How one partition does, told by its leader.
struct group_report {
  keys::partition_number partition = 0;
  membership members;
  member_number leader = 0;
  std::uint64_t index = 0;              ///< of the last change of members
  std::vector<member_number> active;    ///< heard within an election timeout, the leader among them
  std::vector<member_number> caught_up;
  std::uint64_t load = 0;               ///< decisions since the last report
};
struct node_report {
  std::vector<group_report> leads;
  std::vector<keys::partition_number> holds;  ///< replicas here, members or not
  bool leaving = false;                       ///< it stops soon: nothing shall be led there
  bool crowded = false;                       ///< its disk has too little room
};

enum class order_kind : std::uint8_t { change, lead };
/// From the controller to a partition's leader; void once the members' index has moved on.
struct group_order {
  keys::partition_number partition = 0;
  std::uint64_t index = 0;
  order_kind what = order_kind::change;
  std::vector<member_number> voters;    ///< change: of those who are members now
  std::vector<member_number> learners;  ///< change: of those who are members now
  std::vector<node_number> added;       ///< change: new learners on these nodes
  member_number to = 0;                 ///< lead
};

struct known_node {
  node_number node = 0;
  std::string name;
  std::string region;
  std::string address;
  std::string http;
  std::string admin;
  std::string standing;
  friend bool operator==(const known_node&, const known_node&) = default;
};
/// Who is in the cluster, by the controller's record; a higher version replaces a lower one.
struct roster {
  std::uint64_t version = 0;
  std::vector<known_node> nodes;
};

/// Whom this node shall be linked with.
std::vector<peer> peers_of(const roster& known, node_number self);

using node_message =
    std::variant<raft_steps, still_member, retired_member, remote_ask, remote_answers, remote_scan,
                 remote_rows, leading, remote_pushes, transfer_part, transfer_taken, node_report,
                 group_order, roster>;

std::string encoded(const node_message& message);
/// Nothing when it cannot be read, or is of a kind not known here.
std::optional<node_message> message_from(std::string_view bytes);

}  // namespace resalehub
