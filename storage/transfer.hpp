#pragma once
/// A partition's contents as a stream of chunks, and their way into another store. For the state
/// store's files only.

#include <map>
#include <memory>

#include "storage/background_watch.hpp"
#include "storage/state_batch.hpp"
#include "storage/state_store.hpp"

namespace rocksdb {
class DB;
}

namespace resalehub {

/// Reads through a snapshot of its own. A partition that is mixed has no contents: a bug.
std::unique_ptr<transfer_source> make_transfer_source(
    rocksdb::DB& database, const state_families& families,
    std::shared_ptr<const background_watch> watch, keys::partition_number partition);

/// Exactly the rows of the chunk in its range. The range lies within its partition and the rows
/// within the range: check()ed.
void add_rows(state_batch& batch, const transfer_chunk& chunk);

/// Knows where each unfinished transfer goes on, so that a hole in one cannot become the state.
/// Knows nothing of transfers that began before it did: they begin anew. The applier's thread.
class transfers_under_way {
 public:
  /// The chunk begins a transfer, or goes on where the one before ended, and is marked as the last
  /// when it is: check()ed.
  void advance(const transfer_chunk& chunk);
  /// Whatever came in between: the transfer cannot go on.
  void forget(keys::partition_number partition) { expected_.erase(partition); }

 private:
  struct next_chunk {
    std::uint64_t index = 0;
    std::uint64_t term = 0;
    family where = family::records;
    std::string from;
  };
  std::map<keys::partition_number, next_chunk> expected_;
};

}  // namespace resalehub
