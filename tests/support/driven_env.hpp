#pragma once
/// What RocksDB does by itself, driven by hand: its background work waits in a queue, its time is a
/// number, and the ids it draws are counted. The same calls then leave the same bytes in every
/// process. One thread.

#include <cstdint>
#include <memory>

namespace rocksdb {
class Env;
class FileSystem;
}  // namespace rocksdb

namespace resalehub {

class driven_env {
 public:
  /// `ids_drawn`: by earlier ones on the same files.
  static std::unique_ptr<driven_env> make(std::shared_ptr<rocksdb::FileSystem> files,
                                          std::uint64_t ids_drawn);
  virtual ~driven_env() = default;

  virtual rocksdb::Env* env() = 0;
  /// Runs what waits, and what that leaves to do; false when nothing did. Not from within a call of
  /// a store. A write to a store whose flushes nobody runs waits for ever in the end.
  virtual bool run_background() = 0;
  virtual void set_time(std::uint64_t unix_micros) = 0;
  virtual std::uint64_t time() const = 0;
  virtual std::uint64_t ids_drawn() const = 0;
};

}  // namespace resalehub
