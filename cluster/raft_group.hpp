#pragma once
/// One Raft group: raft-rs behind its C interface (cluster/raft_rs). Consensus as a value: inputs
/// (tick, step, propose, read_index), one output (ready: what to persist, send and apply). No I/O,
/// no threads, no clock, no chance. Confined to its partition's actor.
/// A broken invariant inside raft-rs stops this group (`failure()`), never the process.
/// Messages that promise persistence leave only after the last submitted ready is durable.
/// The round: inputs, `take_ready` once, store, `persisted` when durable, `applied` when applied.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cluster/membership.hpp"
#include "storage/log_store.hpp"

namespace resalehub {

struct raft_group_options {
  group_number group = 0;
  member_number member = 1;
  /// As of the applied index; of a new group: as of its beginning. Empty: a replica that somebody
  /// adds. It waits for messages, takes no entries, and its leader tells that it is `behind`.
  membership members;
  std::uint64_t applied_term = 0;  ///< of the entry at the applied index; 0: the log has it
  int election_ticks = 10;
  int heartbeat_ticks = 2;
  std::uint64_t message_bytes_max = 1u << 20;
  int inflight_messages_max = 256;
  std::uint64_t uncommitted_bytes_max = 32u << 20;  ///< more is not proposed until some commits
};

/// How a state transfer ended: the member has the state, or not.
enum class transfer_end : std::uint8_t { arrived, failed };

enum class raft_role : std::uint8_t { follower, candidate, pre_candidate, leader };

/// Encoded raft-rs message and its receiver.
struct raft_message {
  std::uint64_t to = 0;
  std::string bytes;
};

/// A linearizable read's confirmation: reads registered with `context` may see state as of `index`.
struct read_state {
  std::uint64_t index = 0;
  std::uint64_t context = 0;
};

/// How far a leader knows a member to be.
struct member_progress {
  member_number member = 0;
  std::uint64_t matched = 0;   ///< its log equals ours up to here
  bool active = false;         ///< heard within the last election timeout
  bool transferring = false;   ///< it waits for a state transfer
};

struct raft_ready {
  std::uint64_t number = 0;             ///< of this ready, when there is something to persist
  std::vector<log_entry> entries;       ///< to append
  /// To store, in one batch with the entries: members rely on a commit index that goes with them.
  /// A commit index alone comes with no ready.
  std::optional<hard_state> hard;
  bool must_persist = false;            ///< entries or hard state: submit, then `persisted(number)`
  std::vector<raft_message> messages;   ///< may leave now
  std::vector<log_entry> committed;     ///< newly committed, in order (normal, non-empty and empty)
  std::optional<membership> members;    ///< as of the last of `committed`, when they changed
  std::vector<member_number> behind;    ///< need a state transfer: the log does not reach back
  std::vector<read_state> reads;
  raft_role role = raft_role::follower;
  member_number leader = 0;             ///< 0: unknown
  std::uint64_t term = 0;
  std::uint64_t commit = 0;
};

/// False for the entries of elections and of member changes: nothing to apply.
inline bool carries_writes(const log_entry& entry) {
  return entry.type == 0 && entry.data && !entry.data->empty();
}

/// The state has gone past the log: a transfer arrived, and the reset of the log that belongs to it
/// has to follow. Whenever this says no, the log stays as it is, after a transfer too: entries that
/// it has beyond the state may be promised to a leader. The group counts the log as cut at
/// `applied`; the caller resets the log store to that, with the hard state's term raised to
/// `applied_term` and no vote if it was lower, before it stores anything else.
bool log_needs_reset(const raft_group_options& options, const stored_log& stored,
                     std::uint64_t applied);

class raft_group {
 public:
  /// `applied`: up to where the state store has it. `stored`: what the log store has.
  static result<std::unique_ptr<raft_group>> start(const raft_group_options& options,
                                                   const stored_log& stored,
                                                   std::uint64_t applied);
  virtual ~raft_group() = default;

  virtual void tick() = 0;
  virtual void campaign() = 0;  ///< a group of one need not wait for an election timeout
  virtual void step(std::string_view message) = 0;
  /// The entry's index; nothing when this member is not the leader, too much is in flight, or its
  /// leadership is being transferred.
  virtual std::optional<std::uint64_t> propose(std::string_view data) = 0;
  /// Proposes the change from the members of now to these voters and learners (`outgoing` empty):
  /// one entry; more than one voter at a time through a joint state that the group leaves by
  /// itself. False when this member does not lead (or hands that over), a change is under way,
  /// nothing was committed in its term yet, or nothing would change.
  /// A leader that is no voter any more follows from then on. Its replica has to stay, and to
  /// answer, until another leader is heard of: the others may not know yet that they may go on
  /// without it.
  virtual bool change_members(const membership& wanted) = 0;
  /// Asks a voter to campaign at once, when its log is as long as ours; it may not succeed.
  virtual void transfer_leadership(member_number to) = 0;
  /// Until the other one leads, or an election timeout has passed in vain.
  virtual bool transferring_leadership() const = 0;
  /// The end of a state transfer to a member that was `behind`: replication goes on, or it is told
  /// as behind again.
  virtual void transferred(member_number to, transfer_end how) = 0;
  /// What was sent to it may be lost: replication to it becomes careful.
  virtual void unreachable(member_number member) = 0;
  /// False when there is nobody to confirm now: ask again on a tick. A context is never used twice,
  /// by no earlier run of this node either.
  virtual bool read_index(std::uint64_t context) = 0;
  /// The next election waits so many ticks (drawn by the caller from the node's entropy): brought
  /// into [election_ticks, 2 * election_ticks), and kept until the next call.
  virtual void election_after(int ticks) = 0;

  virtual bool has_ready() = 0;
  /// Takes all that is ready; the group has advanced past it except for persistence.
  virtual raft_ready take_ready() = 0;
  /// All readies up to this one are durable. Returns what this makes ready, if anything.
  virtual raft_ready persisted(std::uint64_t number) = 0;
  virtual void applied(std::uint64_t index) = 0;
  /// Forgets entries up to `index` (applied, and covered by a sync). False when not possible yet.
  virtual bool compact(std::uint64_t index) = 0;

  virtual bool is_leader() const = 0;
  virtual std::uint64_t term() const = 0;
  virtual std::uint64_t term_of(std::uint64_t index) const = 0;  ///< 0 when not in the log
  virtual std::uint64_t last_index() const = 0;
  virtual membership members() const = 0;  ///< as of the last committed entry handed out
  virtual std::vector<member_progress> progress() const = 0;  ///< of all others; a leader's alone
  virtual std::uint64_t log_bytes() const = 0;  ///< of the un-compacted tail in memory
  /// Empty while all is well; else the broken invariant, and every other call does nothing.
  virtual const std::string& failure() const = 0;
};

}  // namespace resalehub
