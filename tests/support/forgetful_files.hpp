#pragma once
/// The file system that RocksDB sees of a forgetful disk, with the failures that were asked for.
/// The disk outlives it. Any thread.

#include <memory>

#include "tests/support/forgetful_disk.hpp"

namespace rocksdb {
class FileSystem;
}

namespace resalehub {

std::shared_ptr<rocksdb::FileSystem> make_forgetful_files(forgetful::disk& on);

}  // namespace resalehub
