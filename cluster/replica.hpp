#pragma once
/// One partition's replica on this node, or the place where one may come to be: its member of the
/// Raft group, what it persists, applies and sends, its membership, and state transfers in and out.
/// Knows nothing of entities: whoever owns it hears of commits, applies and leadership. Confined to
/// its partition's actor; nothing here blocks.
///
/// Invariants: a member that a committed change has removed never votes or acknowledges again, not
/// even when its node holds the partition once more (that is another member); what is mixed by an
/// unfinished transfer is never led from.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "cluster/raft_group.hpp"
#include "cluster/transfer_in.hpp"
#include "cluster/transfer_out.hpp"
#include "storage/log_writer.hpp"

namespace resalehub {

/// Said by the applier: how far the state is.
struct entries_applied {
  std::uint64_t index = 0;
  std::uint64_t term = 0;
  bool covered = false;  ///< by a sync: the log may be cut up to here
  std::uint32_t chunks = 0;
  std::uint64_t mixed_until = 0;
};

/// Hears what the group decides. Called from within the calls of `replica`.
class replica_owner {
 public:
  virtual ~replica_owner() = default;
  virtual void committed(std::uint64_t index) = 0;
  virtual void applied(std::uint64_t index) = 0;
  virtual void confirmed(std::uint64_t context) = 0;  ///< reads registered under it may be told
  virtual void leads() = 0;                 ///< and everything committed before is applied
  virtual void follows(const problem& why) = 0;
  virtual void leader_told(const leader_hint& who) = 0;
};

struct replica_options {
  keys::partition_number partition = 0;
  node_number node = 1;
  bool founder = false;  ///< of the cluster: where there is nothing, its groups begin
  int election_ticks = 10;
  int heartbeat_ticks = 2;
  int silent_ticks = 100;  ///< without a word, then others are asked whether we still belong
  std::uint64_t log_kept_bytes = 1u << 20;  ///< the tail in memory is cut when it grows past this
};

struct replica_ports {
  log_writer* writer = nullptr;
  resalehub::applier* applier = nullptr;
  const state_store* store = nullptr;
  const outbound* out = nullptr;
  entropy_port* entropy = nullptr;
  host_figures* figures = nullptr;
};

class replica {
 public:
  replica(const replica_options& options, const replica_ports& ports, replica_owner& owner);
  /// With what the stores have. Once, before all else.
  void open(stored_log stored);

  // -- inputs; after them `drain` -----------------------------------------------------------------
  void tick();
  void durable(std::uint64_t ready);
  void applied(const entries_applied& notice);
  void arrived(const raft_steps& message);
  void arrived(transfer_part part);
  void arrived(const transfer_taken& said);
  /// What to answer to a member that asks whether it is one; nothing when that is not known here.
  std::optional<retired_member> judge(const still_member& question) const;
  void arrived(const retired_member& verdict);
  void disconnected(node_number from);
  std::optional<std::uint64_t> propose(std::string_view bytes);
  bool read_index(std::uint64_t context);
  void carry_out(const group_order& order);  ///< `change` only
  void transfer_leadership(member_number to);
  void drain();

  // -- questions ----------------------------------------------------------------------------------
  bool exists() const { return group_ != nullptr; }
  bool is_leader() const { return role_ == raft_role::leader; }
  bool appends_wait() const { return appends_under_way_ > 0; }
  /// Lists may be read from its rows: it leads, and has all that was committed before.
  bool readable() const;
  member_number member() const { return member_; }
  /// No leader speaks to it any more: others should be asked whether it still belongs.
  bool lonely() const { return exists() && silent_ticks_ >= options_.silent_ticks; }
  std::optional<group_report> report() const;
  const membership& members() const { return members_.members; }
  std::uint64_t members_index() const { return members_.index; }

 private:
  void begin_first_log(stored_log& stored);
  void found();
  raft_group_options group_options(const applied_position& at) const;
  void begin_log_at(const applied_position& at, stored_log& stored);
  void start_group(const stored_log& stored, const applied_position& at);
  void create(member_number as);
  void retire();
  void take_over(const transfer_chunk& last);
  void carry_out(raft_ready ready);
  void persist(raft_ready& ready);
  void apply(raft_ready& ready);
  void send(raft_ready& ready);
  void change_role(const raft_ready& ready);
  void lead_when_applied();
  void stop_leading();
  void cut_log(std::uint64_t covered);
  void drop_rows();
  void fail_group();
  void draw_election(member_number leader);

  replica_options options_;
  replica_ports ports_;
  replica_owner& owner_;
  std::unique_ptr<raft_group> group_;
  transfer_out out_;
  transfer_in in_;
  member_number member_ = 0;
  member_number retired_ = 0;
  stored_membership members_;
  hard_state hard_;
  raft_role role_ = raft_role::follower;
  leader_hint told_;
  bool leads_ = false;  ///< the owner was told so
  int silent_ticks_ = 0;  ///< since its leader said anything
  int appends_under_way_ = 0;
  int appends_forsaken_ = 0;  ///< of groups before this one: their readies mean nothing now
  std::uint64_t committed_ = 0;
  std::uint64_t applied_ = 0;
  std::uint64_t covered_ = 0;
  std::uint64_t mixed_until_ = 0;
  bool retiring_ = false;  ///< the end of a member is on its way to the disk; its rows are there
  std::uint64_t drops_under_way_ = 0;
};

}  // namespace resalehub
