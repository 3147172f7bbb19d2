#pragma once
/// A cluster of real processes on this machine, by `resalehub up`: asked, killed and started again
/// by process id. Used by one thread.

#include <deque>
#include <string>
#include <vector>

#include "bench/harness.hpp"

namespace resalehub::bench {

struct local_process {
  std::string name;  ///< "n1"
  pid_t id = 0;
  endpoint http, admin;
  std::vector<std::string> command;  ///< starts it again, alone
};

class local_nodes {
 public:
  /// In a folder of that place; waits until every partition has its copies, evenly spread.
  local_nodes(const settings& all, const std::filesystem::path& place, std::size_t count);
  local_nodes(const local_nodes&) = delete;
  local_nodes& operator=(const local_nodes&) = delete;
  ~local_nodes();  ///< its data is not needed any more, so nobody is asked to leave in order

  const std::vector<local_process>& nodes() const { return nodes_; }
  std::vector<endpoint> doors() const;
  std::vector<endpoint> doors_without(std::size_t which) const;

  void kill(std::size_t which);   ///< SIGKILL; returns at once
  void start(std::size_t which);  ///< again, when it has ended; returns at once
  bool ready(std::size_t which) const;
  void wait_until_ready(std::size_t which) const;
  /// One more; waits until it is ready.
  void add();

  /// Whether partitions and leaderships are spread: most and least differ by at most 2 or a tenth.
  bool even() const;
  void wait_until_even() const;
  /// What that node answers operators; empty when nobody answers.
  std::string said(std::size_t which, const std::string& path) const;
  std::uint64_t log_bytes(std::size_t which) const;  ///< on its disk

 private:
  std::vector<std::string> up_command(std::vector<std::string> words) const;
  void take_printed(child_process& up, const std::filesystem::path& printed);

  std::filesystem::path program_, folder_, config_;
  std::vector<local_process> nodes_;
  std::deque<child_process> processes_;
};

/// Of all nodes together, and of this process.
usage usage_of(const local_nodes& nodes);

}  // namespace resalehub::bench
