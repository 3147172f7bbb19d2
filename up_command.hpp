#pragma once
/// `resalehub up`: a cluster of real processes on this machine, for trying things and for tests.
/// Starts the nodes, watches them, stops them with itself. Main's thread.

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/ports.hpp"
#include "ctl_client.hpp"
#include "local_cluster.hpp"

namespace CLI {
class App;
}

namespace resalehub {

struct up_ports {
  clock_port* clock = nullptr;
  entropy_port* chance = nullptr;
  std::function<bool(milliseconds)> pause;  ///< false: the operator wants an end
  char** environment = nullptr;
};

class up_command {
 public:
  /// Adds the command to the command line, which must not outlive this.
  up_command(CLI::App& app, up_ports ports);

  /// After parsing: the process's exit code, when the command was given.
  std::optional<int> run();

 private:
  struct child {
    local_node node;
    std::vector<std::string> command;
    pid_t process = 0;  ///< 0: it has ended
  };

  result<done> prepare();
  result<done> found_when_new(std::uint32_t partitions) const;
  result<done> launch(const local_node& which);
  bool wait_until_ready();
  bool all_ready() const;
  bool all_held(const local_node& asked) const;
  result<ctl_answer> ask_node(const local_node& which, const std::string& target) const;
  void print_nodes() const;
  /// Reports who has ended; false when nobody is left.
  bool look_after_children();
  void stop_children();
  int refuse(const std::string& sentence) const;

  up_ports ports_;
  CLI::App* up_ = nullptr;
  std::string folder_;
  std::string config_;
  std::string token_;
  std::int64_t nodes_ = 3;
  std::int64_t http_base_ = 8081;
  bool add_ = false;
  bool json_ = false;
  std::string program_;
  std::size_t replication_ = 0;  ///< copies of each partition that its nodes strive for
  std::optional<local_cluster> cluster_;
  std::vector<child> children_;
};

}  // namespace resalehub
