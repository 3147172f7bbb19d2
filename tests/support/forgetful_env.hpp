#pragma once
/// A disk in memory that forgets, as a real one does when power is lost: of every file any prefix
/// of what was written since its last sync may be kept, and of every directory any prefix of what
/// was created, renamed and removed since its last sync. For tests; any thread. A crash makes a new
/// disk and leaves the old one as it is, so a store that is still open on the old one can be closed
/// in peace.
///
/// RocksDB's background work runs on its threads, or is driven by hand: then the same calls leave
/// the same bytes in every process, and everything happens on the caller's one thread.

#include <cstdint>
#include <memory>
#include <string>

namespace rocksdb {
class Env;
}

namespace resalehub {

class forgetful_env {
 public:
  enum class background { threads, driven };
  static std::unique_ptr<forgetful_env> make(background how = background::threads);
  virtual ~forgetful_env() = default;

  virtual rocksdb::Env* env() = 0;
  /// Driven: runs the flushes and compactions that wait; false when there were none. After each
  /// call of a store that writes, and never from within one.
  virtual bool run_background() = 0;
  virtual void set_time(std::uint64_t unix_micros) = 0;  ///< driven: what RocksDB takes for now

  /// The disk that the next process finds when power was lost now; `seed` draws what is kept.
  virtual std::unique_ptr<forgetful_env> after_crash(std::uint64_t seed) const = 0;
  /// ... when only the process was killed now: everything written is kept.
  virtual std::unique_ptr<forgetful_env> after_kill() const = 0;

  /// The n-th sync (write) of a file from now on fails once; 1 is the next. 0: none does.
  virtual void fail_sync(int nth) = 0;
  virtual void fail_write(int nth) = 0;
  virtual void fail_read(int nth) = 0;
  /// Writes beyond it are carried out as far as they fit, and fail. 0: no end.
  virtual void set_capacity(std::uint64_t bytes) = 0;
  /// Flips a bit in a table or write-ahead file, in a synced sector that nobody has read on this
  /// disk. The file's path; empty when there is no such sector.
  virtual std::string flip_bit(std::uint64_t seed) = 0;

  virtual std::uint64_t bytes_used() const = 0;
  virtual std::uint64_t hash() const = 0;  ///< of every file's path and content
  virtual std::uint64_t syncs() const = 0;          ///< of files, so far
  virtual std::uint64_t unsynced_bytes() const = 0;  ///< that a crash may take
  virtual std::uint64_t files_reused() const = 0;    ///< written over rather than created
};

}  // namespace resalehub
