#pragma once
/// `resalehub ctl`: an operator's commands to a running cluster, through any node's listener for
/// operators. Main's thread. Ends with 0; 1 when the cluster refused or nobody answered, 2 for
/// misuse, each with a sentence.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/ports.hpp"
#include "ctl_cluster.hpp"
#include "ctl_figures.hpp"

namespace CLI {
class App;
}

namespace resalehub {

class ctl_command {
 public:
  /// Adds the commands to the command line, which must not outlive this. `pause` waits; false: the
  /// operator wants an end.
  ctl_command(CLI::App& app, clock_port& clock, std::function<bool(milliseconds)> pause);

  /// After parsing: the process's exit code, when one of the commands was given.
  std::optional<int> run();

 private:
  using action = int (ctl_command::*)(const ctl_cluster&);

  CLI::App* add(const char* name, const char* sentence, action what);
  void add_all();
  result<ctl_cluster> cluster() const;
  std::string path_of_node() const;

  int show_nodes(const ctl_cluster& cluster);
  int show_partitions(const ctl_cluster& cluster);
  int show_where(const ctl_cluster& cluster);
  int inspect(const ctl_cluster& cluster);
  int drain(const ctl_cluster& cluster);
  int keep(const ctl_cluster& cluster);
  int remove(const ctl_cluster& cluster);
  int transfer(const ctl_cluster& cluster);
  int top(const ctl_cluster& cluster);

  int give_order(const ctl_cluster& cluster, const ctl_request& order);
  int follow_drain(const ctl_cluster& cluster);
  int follow_transfer(const ctl_cluster& cluster);
  std::vector<top_line> look(const ctl_cluster& cluster, const std::vector<node_line>& nodes);

  clock_port& clock_;
  std::function<bool(milliseconds)> pause_;
  CLI::App* ctl_;
  std::vector<std::pair<CLI::App*, action>> commands_;
  std::string admin_ = "127.0.0.1:9080";
  std::string directory_;
  std::string token_;
  std::string name_;  ///< a node's, or an entity's id
  std::uint32_t partition_ = 0;
  std::int64_t times_ = 0;
  bool json_ = false;
  bool history_ = false;
  bool dead_ = false;
  struct sight {
    page_figures page;
    std::int64_t at_us = 0;
  };
  std::map<std::string, sight> seen_;  ///< by node, at the last look of top
};

}  // namespace resalehub
