#include "storage/rocks_options.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/memtablerep.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>

#include <algorithm>

#include "storage/background_watch.hpp"
#include "storage/failure.hpp"
#include "storage/state_store.hpp"

namespace resalehub {
namespace {

constexpr std::size_t log_buffer_bytes_max = 16u << 20;
constexpr std::size_t slack_bytes_min = 8u << 20;
constexpr std::size_t arena_bytes_max = 1u << 20;

rocksdb::ColumnFamilyOptions family_options(std::size_t flushed_bytes) {
  rocksdb::ColumnFamilyOptions chosen;
  // RocksDB does not fill them before the store has begun the flush by its own count.
  chosen.write_buffer_size = std::max(2 * flushed_bytes, slack_bytes_min);
  chosen.arena_block_size = std::min(flushed_bytes / 8, arena_bytes_max);
  chosen.max_write_buffer_number = 4;
  // An iterator of RocksDB 7.8 that skips many versions of a key seeks anew, and with that forgets
  // that a block below it was damaged: its rows would be missing and the status good.
  chosen.max_sequential_skip_in_iterations = UINT64_MAX;
  return chosen;
}

rocksdb::DBOptions database_options(const store_options& options,
                                    const background_watch& watch) {
  rocksdb::DBOptions chosen;
  chosen.create_if_missing = true;
  if (options.env != nullptr) chosen.env = options.env;
  chosen.max_background_jobs = 2;
  chosen.max_file_opening_threads = options.opening_threads;
  chosen.max_bgerror_resume_count = 0;
  chosen.listeners = {watch.listener()};

  // One writer each: what serves many costs them only time.
  chosen.allow_concurrent_memtable_write = false;
  chosen.enable_write_thread_adaptive_yield = false;
  chosen.enable_pipelined_write = false;

  // Nothing that runs by itself and says what nobody reads.
  chosen.stats_dump_period_sec = 0;
  chosen.stats_persist_period_sec = 0;
  chosen.info_log_level = rocksdb::WARN_LEVEL;
  chosen.keep_log_file_num = 4;
  chosen.max_log_file_size = 4u << 20;
  return chosen;
}

rocksdb::BlockBasedTableOptions table_options() {
  rocksdb::BlockBasedTableOptions table;
  table.checksum = rocksdb::kXXH3;
  table.format_version = 5;
  return table;
}

}  // namespace

// -- log ------------------------------------------------------------------------------------------

rocksdb::DBOptions log_recovery_options(const store_options& options,
                                        const background_watch& watch) {
  auto chosen = database_options(options, watch);
  chosen.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  return chosen;
}

rocksdb::DBOptions log_database_options(const store_options& options,
                                        const background_watch& watch) {
  auto chosen = database_options(options, watch);
  chosen.recycle_log_file_num = 2;
  chosen.wal_recovery_mode = rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords;
  return chosen;
}

std::size_t log_bytes_between_flushes(const store_options& options) {
  // Few, so that recycling begins soon after a start: a file is recycled once it is flushed.
  return std::min(options.write_buffer_bytes, log_buffer_bytes_max);
}

rocksdb::ColumnFamilyOptions log_family_options(const store_options& options) {
  auto chosen = family_options(log_bytes_between_flushes(options));
  // Nobody reads the log but at start: entries are sorted once, at a flush, and not one by one.
  chosen.memtable_factory = std::make_shared<rocksdb::VectorRepFactory>();
  chosen.compression = rocksdb::kNoCompression;
  auto table = table_options();
  table.no_block_cache = true;  // read once, at start
  chosen.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return chosen;
}

// -- state ----------------------------------------------------------------------------------------

rocksdb::DBOptions state_database_options(const store_options& options,
                                          const background_watch& watch) {
  auto chosen = database_options(options, watch);
  chosen.create_missing_column_families = true;
  // The state after a crash is a prefix of what was applied, so nothing behind damage may be kept.
  chosen.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  return chosen;
}

rocksdb::ColumnFamilyOptions position_family_options(const store_options& options) {
  // The flush comes after a sync: see rocks_state_store::make_room.
  auto chosen = family_options(options.write_buffer_bytes);
  chosen.compression = rocksdb::kNoCompression;
  return chosen;
}

rocksdb::ColumnFamilyOptions state_family_options(family where, const store_options& options,
                                                  std::shared_ptr<rocksdb::Cache> cache) {
  auto chosen = position_family_options(options);
  chosen.compression = rocksdb::kLZ4Compression;
  auto table = table_options();
  table.block_cache = std::move(cache);
  // Unknown records and requests are asked for all the time: a filter says so without a search.
  if (where == family::records || where == family::requests) {
    chosen.memtable_prefix_bloom_size_ratio = 0.02;
    chosen.memtable_whole_key_filtering = true;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  }
  chosen.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return chosen;
}

// -- failures -------------------------------------------------------------------------------------

rocksdb::ReadOptions reading_options() {
  rocksdb::ReadOptions chosen;
  chosen.ignore_range_deletions = true;
  return chosen;
}

problem refusal_to_open(std::string_view store, const std::string& directory,
                        const rocksdb::Status& status) {
  const auto said = status.ToString();
  auto sentence = "The " + std::string(store) + " in " + directory;
  if (status.IsNoSpace())
    return {code::insufficient_storage, sentence + " cannot be opened: no room is left there."};
  if (status.IsCorruption()) return {code::internal, sentence + " is damaged: " + said + "."};
  if (status.IsIOError() && said.find("lock") != std::string::npos)
    return {code::internal, sentence + " is in use by another process."};
  return {code::internal, sentence + " cannot be opened: " + said + "."};
}

problem unread(std::string_view store, const std::string& directory) {
  return {code::internal,
          "The " + std::string(store) + " in " + directory + " cannot be read whole."};
}

void require(const rocksdb::Status& status, std::string_view what) {
  if (status.ok()) [[likely]]
    return;
  storage_failed(std::string(what) + " failed (" + status.ToString() + ")");
}

}  // namespace resalehub
