#pragma once
/// The asks that a partition has taken on and not finished: who waits for each, which request id it
/// carries, and its outcome while that must be kept. Confined to the partition's actor.
/// Invariant: every waiter gets exactly one answer.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cluster/answer_batches.hpp"
#include "cluster/host_ports.hpp"

namespace resalehub {

struct waiter {
  std::uint64_t ticket = 0;
  std::shared_ptr<answer_sink> sink;
  steady_instant deadline;
  code late = code::deadline_exceeded;  ///< what it is told when its time is over
  bool repeats = false;                 ///< another one asked first: its answer is a replay
};

/// An outcome as a repetition hears it.
result<answer> replay_of(result<answer> outcome);

enum class work_phase : std::uint8_t {
  considering,  ///< its entity has it
  confirming,   ///< it has an outcome that waits for a commit, for leadership, or both
  parked,       ///< the entity answers later, by a settlement
  answered,     ///< kept for repetitions until its request record can be read
};

struct work {
  resalehub::ask ask;  ///< its body has moved on; fingerprint 0: unknown, fits any
  work_phase phase = work_phase::considering;
  bool with_entity = false;  ///< its answer comes yet, whatever settled it meanwhile
  bool leadership_confirmed = false;
  bool recorded = false;  ///< its commit holds a request record
  std::uint64_t after_batch = 0;  ///< the outcome may be told once this batch is committed
  std::optional<result<answer>> outcome;
  std::vector<waiter> waiters;
};

class work_table {
 public:
  explicit work_table(host_figures* figures) : figures_(figures) {}

  /// Takes it on; with `remember`, repetitions of its request id find it.
  std::uint64_t add(ask request);
  void remember(std::uint64_t number, const request_id& request);
  work* find(std::uint64_t number);
  std::pair<std::uint64_t, work*> find(const request_id& request);  ///< {0, null} if not there
  /// Answers everybody who waits for it; the work stays until `erase`.
  void tell_all(work& done, const result<answer>& outcome);
  void tell(const waiter& who, result<answer> outcome);
  void erase(std::uint64_t number);
  /// Tells those whose time is over. A parked work stays: its settlement needs its fingerprint.
  void expire(steady_instant now);
  /// Everybody gets this; the table is empty after.
  void refuse_all(const problem& why);
  /// Hands the answers gathered since the last call to their sinks, a batch each.
  void deliver() { out_.deliver(); }
  /// Works that this entity's actor has not answered.
  std::vector<std::uint64_t> considered_by(const entity_id& entity) const;
  bool under_way() const;  ///< some are being considered or confirmed
  std::size_t size() const { return works_.size(); }
  /// As of the last `expire`: those that are parked and that nobody waits for any more.
  std::size_t forsaken() const { return std::min(forsaken_, works_.size()); }

 private:
  std::size_t forsaken_ = 0;
  host_figures* figures_;
  std::unordered_map<std::uint64_t, work> works_;
  std::unordered_map<request_id, std::uint64_t> by_request_;
  answer_batches out_;
  std::uint64_t next_ = 1;
};

}  // namespace resalehub
