#pragma once
/// Writes what was committed, one batch a round for all groups; nobody waits for it. Syncs the
/// state after `sync_every_bytes` and then says up to where each log may be cut. What a store holds
/// when it is opened is covered already. `submit` and `sync_now` from any thread; never block.
/// Order per partition is kept.

#include <functional>
#include <memory>
#include <vector>

#include "storage/state_store.hpp"

namespace resalehub {

struct applied_notice {
  keys::partition_number partition = 0;
  std::uint64_t index = 0;  ///< applied up to here
  std::uint64_t term = 0;
  bool covered = false;  ///< a sync of the state covers it: the log may be cut below
  std::uint32_t chunks = 0;  ///< of a transfer that were written in this round
  std::uint64_t mixed_until = 0;
};

/// Called on the applier's thread once per round with every partition it applied; and once per sync
/// with every partition applied since the sync before, covered.
using applied_callback = std::function<void(std::vector<applied_notice>)>;

class applier {
 public:
  virtual ~applier() = default;
  virtual void submit(applied_entries entries) = 0;
  /// In its place in the order. The notice of the last chunk is covered and comes before anything
  /// behind it is applied; the others' come with their round, and name the index that was applied
  /// before.
  virtual void submit(transfer_chunk chunk) = 0;
  /// In its place in the order. Its notice names index 0, is covered, and comes before anything
  /// behind it is applied.
  virtual void drop(keys::partition_number partition) = 0;
  /// A sync after all that was submitted before, however little it is.
  virtual void sync_now() = 0;
};

/// A thread around a store. Its end applies what is queued, syncs, calls back, then stops.
std::unique_ptr<applier> make_applier(state_store& store, std::size_t sync_every_bytes,
                                      applied_callback applied);

/// The same without a thread, for a driver that decides when a round runs. One thread. Its end
/// drops what is queued and syncs nothing, as a crash would.
class inline_applier : public applier {
 public:
  /// Applies all that is queued, syncs when due, and calls back before it returns; false when
  /// there was nothing to do.
  virtual bool run_once() = 0;
  virtual bool idle() const = 0;
};
std::unique_ptr<inline_applier> make_inline_applier(state_store& store,
                                                    std::size_t sync_every_bytes,
                                                    applied_callback applied);

}  // namespace resalehub
