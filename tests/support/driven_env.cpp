#include "tests/support/driven_env.hpp"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/system_clock.h>

#include <array>
#include <cstdio>
#include <deque>
#include <string>

namespace resalehub {
namespace {

class counted_time final : public rocksdb::SystemClock {
 public:
  const char* Name() const override { return "counted"; }
  std::uint64_t NowMicros() override { return micros; }
  void SleepForMicroseconds(int wait) override { micros += static_cast<std::uint64_t>(wait); }
  rocksdb::Status GetCurrentTime(std::int64_t* unix_time) override {
    *unix_time = static_cast<std::int64_t>(micros / 1'000'000);
    return rocksdb::Status::OK();
  }
  std::string TimeToString(std::uint64_t time) override { return std::to_string(time); }

  std::uint64_t micros = 0;
};

struct waiting_work {
  void (*run)(void*);
  void* on;
  void* tag;
  void (*cancel)(void*);
};

class queueing_env final : public rocksdb::EnvWrapper {
 public:
  queueing_env(std::shared_ptr<rocksdb::FileSystem> files, std::shared_ptr<counted_time> time,
               std::uint64_t ids_drawn)
      : EnvWrapper(rocksdb::NewCompositeEnv(files)), time_(time), ids_drawn_(ids_drawn) {
    file_system_ = std::move(files);
    system_clock_ = std::move(time);
  }
  const char* Name() const override { return "queueing"; }

  // -- background work ----------------------------------------------------------------------------

  void Schedule(void (*run)(void*), void* on, Priority priority, void* tag,
                void (*cancel)(void*)) override {
    waiting_[priority].push_back({run, on, tag, cancel});
  }
  int UnSchedule(void* tag, Priority priority) override {
    int cancelled = 0;
    auto all = std::exchange(waiting_[priority], {});
    for (const auto& work : all) {
      if (work.tag != tag) {
        waiting_[priority].push_back(work);
        continue;
      }
      if (work.cancel != nullptr) work.cancel(work.on);
      ++cancelled;
    }
    return cancelled;
  }
  unsigned int GetThreadPoolQueueLen(Priority priority) const override {
    return static_cast<unsigned int>(waiting_[priority].size());
  }
  void SetBackgroundThreads(int, Priority) override {}
  int GetBackgroundThreads(Priority) override { return 1; }
  void IncBackgroundThreadsIfNeeded(int, Priority) override {}

  /// Flushes before compactions.
  bool run_one() {
    for (const auto priority : {HIGH, USER, LOW, BOTTOM}) {
      if (waiting_[priority].empty()) continue;
      const auto work = waiting_[priority].front();
      waiting_[priority].pop_front();
      work.run(work.on);
      return true;
    }
    return false;
  }

  // -- time, names and ids ------------------------------------------------------------------------

  std::uint64_t NowMicros() override { return time_->NowMicros(); }
  std::uint64_t NowNanos() override { return time_->NowNanos(); }
  void SleepForMicroseconds(int wait) override { time_->SleepForMicroseconds(wait); }
  rocksdb::Status GetCurrentTime(std::int64_t* unix_time) override {
    return time_->GetCurrentTime(unix_time);
  }
  std::string TimeToString(std::uint64_t time) override { return time_->TimeToString(time); }
  rocksdb::Status GetHostName(char* name, std::uint64_t size) override {
    std::snprintf(name, size, "driven");
    return rocksdb::Status::OK();
  }
  std::uint64_t GetThreadID() const override { return 1; }
  std::string GenerateUniqueId() override {
    char id[40];
    std::snprintf(id, sizeof id, "00000000-0000-0000-0000-%012llu",
                  static_cast<unsigned long long>(++ids_drawn_));
    return id;
  }
  std::uint64_t ids_drawn() const { return ids_drawn_; }

 private:
  const std::shared_ptr<counted_time> time_;
  std::uint64_t ids_drawn_;
  std::array<std::deque<waiting_work>, TOTAL> waiting_;
};

class driven_by_hand final : public driven_env {
 public:
  driven_by_hand(std::shared_ptr<rocksdb::FileSystem> files, std::uint64_t ids_drawn)
      : time_(std::make_shared<counted_time>()), env_(std::move(files), time_, ids_drawn) {}

  rocksdb::Env* env() override { return &env_; }
  bool run_background() override {
    bool ran = false;
    while (env_.run_one()) ran = true;
    return ran;
  }
  void set_time(std::uint64_t unix_micros) override { time_->micros = unix_micros; }
  std::uint64_t time() const override { return time_->micros; }
  std::uint64_t ids_drawn() const override { return env_.ids_drawn(); }

 private:
  const std::shared_ptr<counted_time> time_;
  queueing_env env_;
};

}  // namespace

std::unique_ptr<driven_env> driven_env::make(std::shared_ptr<rocksdb::FileSystem> files,
                                             std::uint64_t ids_drawn) {
  return std::make_unique<driven_by_hand>(std::move(files), ids_drawn);
}

// -- what takes the place of RocksDB's own functions ----------------------------------------------
// In every process that this file is linked into; the linker prefers the program's symbols.

/// DBImpl::GenerateDbSessionId, whose ids come from the process's chance and are written into every
/// file: this one asks the Env for them. Twenty digits of base 36, as there.
std::string session_id_of(rocksdb::Env* env) __asm__(
    "_ZN7rocksdb6DBImpl19GenerateDbSessionIdB5cxx11EPNS_3EnvE");

std::string session_id_of(rocksdb::Env* env) {
  constexpr char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : env->GenerateUniqueId())
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  std::string id = "00000000";
  for (int i = 0; i < 12; ++i, hash /= 36) id.push_back(digits[hash % 36]);
  return id;
}

/// DBImpl::WriteOptionsFile: the file is for people, is never read by us, and costs half of the
/// time that opening takes.
rocksdb::Status write_no_options(void* database, bool lock, bool enter) __asm__(
    "_ZN7rocksdb6DBImpl16WriteOptionsFileEbb");

rocksdb::Status write_no_options(void*, bool, bool) { return rocksdb::Status::OK(); }

/// DBImpl::StartPeriodicTaskScheduler, which begins a thread that flushes a log nobody keeps.
rocksdb::Status start_no_thread(void* database) __asm__(
    "_ZN7rocksdb6DBImpl26StartPeriodicTaskSchedulerEv");

rocksdb::Status start_no_thread(void*) { return rocksdb::Status::OK(); }

/// CompactionJob::UpdateCompactionJobStats, for figures that nobody reads: it asserts when a sync
/// or
/// write failed before the compaction had written a key. A process would end there, and ends here
/// with its next write; but here not all of a test's processes with it.
void count_no_compaction(const void* job, const void* figures) __asm__(
    "_ZNK7rocksdb13CompactionJob24UpdateCompactionJobStatsERKNS_13InternalStats15CompactionStatsE");

void count_no_compaction(const void*, const void*) {}

}  // namespace resalehub
