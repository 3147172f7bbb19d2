#pragma once
/// The state: records, events, rows, requests, timers and outbox of all partitions in one RocksDB
/// instance, with the index up to which each partition is applied in the same batch as the effects.
/// Its WAL is on and unsynced: what a crash takes is applied again from the log.
/// Reads: any thread. `apply` and `sync`: one thread (the applier's).

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "storage/keys.hpp"
#include "storage/write_list.hpp"

namespace rocksdb {
class Env;
}

namespace resalehub {

struct store_options {
  std::string directory;
  rocksdb::Env* env = nullptr;  ///< null: the real disk
  std::size_t cache_bytes = 64u << 20;
  std::size_t write_buffer_bytes = 64u << 20;  ///< applied between flushes; the log: at most 16 MiB
  int opening_threads = 16;  ///< that open the tables of a store; 1: none but the caller's
};

/// What one partition applies in a round. `lists` are encoded write_lists, in log order.
struct applied_entries {
  keys::partition_number partition = 0;
  std::uint64_t index = 0;  ///< of the last entry
  std::uint64_t term = 0;
  std::vector<std::shared_ptr<const std::string>> lists;
  std::optional<std::string> members;  ///< of the group as of `index`, when they changed
};

struct applied_position {
  std::uint64_t index = 0;
  std::uint64_t term = 0;
  /// An unfinished transfer has written rows as of up to this entry among older ones: what is read
  /// means nothing until `index` reaches it. Entries only put and erase, so applying them over the
  /// mixture ends at the truth.
  std::uint64_t mixed_until = 0;
};

/// A part of a partition's contents as of one entry: all rows of `where` in [from, to), and no
/// others are there. An empty `to`: to the end of the partition's family.
struct transfer_chunk {
  keys::partition_number partition = 0;
  applied_position as_of;     ///< of the source when the transfer began
  family where = family::records;
  std::string from;
  std::string to;
  std::string rows;           ///< an encoded write_list of puts
  std::string members;        ///< of the group as of that entry
  std::uint8_t last = 0;      ///< 1: the transfer is whole with this one
};

/// The contents of one partition as of the instant at which this was made. Any one thread; it does
/// not outlive its store and holds up what the store may forget.
class transfer_source {
 public:
  virtual ~transfer_source() = default;
  /// The next chunk of about `bytes` (one row at least), after the one before; the last is marked.
  virtual transfer_chunk next(std::size_t bytes) = 0;
};

class state_store {
 public:
  /// Refusals are sentences for the operator: damaged, in use, no room.
  static result<std::unique_ptr<state_store>> open(const store_options& options);
  virtual ~state_store() = default;

  virtual std::optional<std::string> get(family where, std::string_view key) const = 0;
  enum class order { ascending, descending };
  struct range {
    family where;
    std::string_view from;
    std::string_view to;  ///< excluded; empty: to the end
    order direction = order::ascending;
  };
  using row_visitor = std::function<bool(std::string_view key, std::string_view value)>;
  /// Visits the keys of a range, descending from the last one below `to`, until the visitor says
  /// false. A consistent snapshot. Where ranges were erased, a damaged block may go unseen and its
  /// rows be missing (a fault of RocksDB 7.8's iterator; `get` sees it): hence no ranges are erased
  /// in families that are scanned, but by `take` and `drop`.
  virtual void scan(const range& rows, const row_visitor& row) const = 0;

  /// One batch for all partitions of a round; not synced. An index that is not above the
  /// partition's last one is a bug. A failed write ends the process (74).
  virtual void apply(std::span<const applied_entries> round) = 0;
  /// Makes everything applied so far durable. A failed sync ends the process.
  virtual void sync() = 0;
  virtual applied_position applied(keys::partition_number partition) const = 0;
  /// As of the applied index; empty when never stored.
  virtual std::string members(keys::partition_number partition) const = 0;

  // -- whole partitions (`take` and `drop`: the applier's thread; `transfer`: any) ---------------
  /// Of a mixed partition: a bug.
  virtual std::unique_ptr<transfer_source> transfer(keys::partition_number partition) const = 0;
  /// Writes a chunk over what is there. The first marks the position as mixed, the last sets it to
  /// `as_of` and its members. An `as_of` that is not above the applied index is a bug; so is a
  /// chunk that neither begins a transfer nor follows the one before. Entries that are applied in
  /// between, `drop` and the store's end cut a transfer off: it begins anew or the log goes on.
  virtual void take(const transfer_chunk& chunk) = 0;
  virtual void drop(keys::partition_number partition) = 0;  ///< nothing of it is left
  virtual std::uint64_t bytes_on_disk() const = 0;
};

}  // namespace resalehub
