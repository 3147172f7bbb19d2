#pragma once
/// How both RocksDB instances are set up, and what their failures mean here. For the store files of
/// this floor only; any thread.

#include <memory>
#include <string>
#include <string_view>

#include "base/problem.hpp"
#include "storage/write_list.hpp"

namespace rocksdb {
class Cache;
class Status;
struct ColumnFamilyOptions;
struct DBOptions;
struct ReadOptions;
}  // namespace rocksdb

namespace resalehub {

class background_watch;
struct store_options;

/// Each store begins its flushes by its own count of bytes, so that the same calls flush at the
/// same points: RocksDB's own count depends on addresses and chance.

/// The log is opened twice. Overwriting an old write-ahead file makes a sync cheaper, but RocksDB
/// 7.8 does so in one recovery mode only, and in that mode its reader never comes to an end on such
/// a file. So the first opening reads what is there and stops where the records stop; the second
/// one finds nothing to read.
rocksdb::DBOptions log_recovery_options(const store_options& options,
                                        const background_watch& watch);
rocksdb::DBOptions log_database_options(const store_options& options,
                                        const background_watch& watch);
std::size_t log_bytes_between_flushes(const store_options& options);
rocksdb::ColumnFamilyOptions log_family_options(const store_options& options);

rocksdb::DBOptions state_database_options(const store_options& options,
                                          const background_watch& watch);
/// Of the family without a name, which holds the applied positions.
rocksdb::ColumnFamilyOptions position_family_options(const store_options& options);
rocksdb::ColumnFamilyOptions state_family_options(family where, const store_options& options,
                                                  std::shared_ptr<rocksdb::Cache> cache);

/// Of every read. Erased ranges are not looked at: an iterator of RocksDB 7.8 that does so, even
/// where there are none, forgets that it could not read a block behind the end of a file or behind
/// such a range (its pull request 11782), and rows are missing without a word. So the state erases
/// its rows one by one, and the log erases as a range only what nobody reads any more.
rocksdb::ReadOptions reading_options();

/// Why a store cannot be opened, as a sentence for the operator.
problem refusal_to_open(std::string_view store, const std::string& directory,
                        const rocksdb::Status& status);

/// ... when a file of it could not be read, though the opening went well.
problem unread(std::string_view store, const std::string& directory);

/// Nothing when the status is good; else storage_failed().
void require(const rocksdb::Status& status, std::string_view what);

}  // namespace resalehub
