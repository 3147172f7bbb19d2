#pragma once
/// Looks for damage in the write-ahead files of a closed log. RocksDB takes the first record that
/// it cannot read for the end of what was written, as it is after a loss of power; but when whole
/// records come behind it, or it is only one bit away from whole, then it was whole and synced
/// once, and so was all behind it. What cannot be told from a torn write: worse damage to the very
/// last record.

#include <optional>
#include <string>

namespace rocksdb {
class Env;
}

namespace resalehub {

/// Says what is damaged. Any thread.
std::optional<std::string> write_ahead_damage(rocksdb::Env& env, const std::string& directory);

}  // namespace resalehub
