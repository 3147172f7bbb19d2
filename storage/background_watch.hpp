#pragma once
/// Hears when a flush or compaction of a RocksDB instance failed, or any read of a file. The
/// instance may take writes for a while after the former, and the latter is not always told to who
/// reads. So the store asks before each write and sync and after each scan. It does not end the
/// process on the spot: RocksDB's locks are held there, and the act must be free to throw. Any
/// thread.

#include <memory>

namespace rocksdb {
class EventListener;
}

namespace resalehub {

class background_watch {
 public:
  static std::shared_ptr<background_watch> make();
  virtual ~background_watch() = default;

  virtual bool unharmed() const = 0;
  /// Ends the process, or what the storage failure act ends, when something failed.
  virtual void require_unharmed() const = 0;
  /// For the instance's options.
  virtual std::shared_ptr<rocksdb::EventListener> listener() const = 0;
};

}  // namespace resalehub
