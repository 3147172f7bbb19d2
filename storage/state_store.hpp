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
};

/// What one partition applies in a round. `lists` are encoded write_lists, in log order.
struct applied_entries {
  keys::partition_number partition = 0;
  std::uint64_t index = 0;  ///< of the last entry
  std::uint64_t term = 0;
  std::vector<std::shared_ptr<const std::string>> lists;
};

struct applied_position {
  std::uint64_t index = 0;
  std::uint64_t term = 0;
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
  /// false. A consistent snapshot.
  virtual void scan(const range& rows, const row_visitor& row) const = 0;

  /// One batch for all partitions of a round; not synced. An index that is not above the
  /// partition's last one is a bug. A failed write ends the process (74).
  virtual void apply(std::span<const applied_entries> round) = 0;
  /// Makes everything applied so far durable. A failed sync ends the process.
  virtual void sync() = 0;
  virtual applied_position applied(keys::partition_number partition) const = 0;
  virtual std::uint64_t bytes_on_disk() const = 0;
};

}  // namespace resalehub
