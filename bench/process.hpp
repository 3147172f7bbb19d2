#pragma once
/// Programs under measurement: started, asked what they use, and stopped by their process id.

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace resalehub::bench {

/// Stopped when it goes out of scope, at the latest.
class child_process {
 public:
  /// Standard output and error go to `output`.
  child_process(const std::vector<std::string>& words, const std::filesystem::path& output);
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;
  ~child_process() { stop(); }

  pid_t id() const { return id_; }
  bool ended();       ///< by itself
  int wait_for_end();
  void stop();        ///< SIGTERM; SIGKILL when that does not help

 private:
  pid_t id_ = -1;
  int status_ = 0;
};

double processor_s(pid_t id);                ///< user and system, since its start
double own_processor_s();
/// Of a process, of all that it started, and of those of them that ended.
double tree_processor_s(pid_t root);

/// Says whether the machine was ours: what others used of it stands beside every result.
class quiet_watch {
 public:
  quiet_watch();
  /// The share of all cores that went to others than this process and its ended children.
  double others_share() const;

 private:
  double busy_s_, ours_s_;
  std::int64_t begin_ns_;
};
std::uint64_t resident_bytes(pid_t id);      ///< now
std::uint64_t resident_bytes_max(pid_t id);  ///< ever

std::uint16_t free_port();

/// A directory of its own, removed at the end of its scope.
class work_directory {
 public:
  explicit work_directory(const std::filesystem::path& within);
  work_directory(const work_directory&) = delete;
  work_directory& operator=(const work_directory&) = delete;
  ~work_directory();

  const std::filesystem::path& path() const { return path_; }
  std::uint64_t bytes() const;

 private:
  std::filesystem::path path_;
};

}  // namespace resalehub::bench
