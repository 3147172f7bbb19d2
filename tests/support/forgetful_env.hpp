#pragma once
/// A disk in memory that forgets, as a real one does when power is lost: of every file any prefix
/// of what was written since its last sync may be kept, and of every directory any prefix of what
/// was created, renamed and removed since its last sync. For tests; any thread. A crash makes a new
/// disk and leaves the old one as it is, so a store that is still open on the old one can be closed
/// in peace.

#include <cstdint>
#include <memory>

namespace rocksdb {
class Env;
}

namespace resalehub {

class forgetful_env {
 public:
  static std::unique_ptr<forgetful_env> make();
  virtual ~forgetful_env() = default;

  virtual rocksdb::Env* env() = 0;

  /// The disk that the next process finds when power was lost now; `seed` draws what is kept.
  virtual std::unique_ptr<forgetful_env> after_crash(std::uint64_t seed) const = 0;
  /// ... when only the process was killed now: everything written is kept.
  virtual std::unique_ptr<forgetful_env> after_kill() const = 0;

  /// The n-th sync (write) of a file from now on fails once; 1 is the next. 0: none does.
  virtual void fail_sync(int nth) = 0;
  virtual void fail_write(int nth) = 0;

  virtual std::uint64_t syncs() const = 0;          ///< of files, so far
  virtual std::uint64_t unsynced_bytes() const = 0;  ///< that a crash may take
  virtual std::uint64_t files_reused() const = 0;    ///< written over rather than created
};

}  // namespace resalehub
