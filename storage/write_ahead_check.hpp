#pragma once
/// Looks at the write-ahead files of a closed store, before RocksDB does. That takes the first
/// record that it cannot read for the end of what was written, as it is after a loss of power; but
/// when whole records come behind it, or it is only one bit away from whole, then it was whole and
/// synced once, and so was all behind it. What cannot be told from a torn write: worse damage to
/// the very last record.
///
/// A torn end is cut off before anything is written behind it: RocksDB 7.8 would not go on to the
/// next file after one that has no whole record, and so forget what was synced there.

#include <optional>
#include <string>

namespace rocksdb {
class Env;
class Status;
}

namespace resalehub {

/// Says what is damaged. Any thread.
std::optional<std::string> write_ahead_damage(rocksdb::Env& env, const std::string& directory);

/// Cuts files off behind their last whole record, for good. Not of a store that is in use. Any
/// thread.
rocksdb::Status cut_torn_write_ahead(rocksdb::Env& env, const std::string& directory);

}  // namespace resalehub
