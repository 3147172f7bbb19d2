#pragma once
/// `resalehub cert init` and `resalehub cert node NAME`: certificates for the links between nodes,
/// for those who have none. Main's thread.

#include <cstdint>
#include <optional>
#include <string>

#include "base/ports.hpp"

namespace CLI {
class App;
}

namespace resalehub {

class cert_command {
 public:
  /// Adds the commands to the command line, which must not outlive this.
  cert_command(CLI::App& app, clock_port& clock, entropy_port& chance);

  /// After parsing: the process's exit code, when one of the commands was given.
  std::optional<int> run();

 private:
  clock_port& clock_;
  entropy_port& chance_;
  CLI::App* init_;
  CLI::App* node_;
  std::string directory_ = ".";
  std::string name_;
  std::int64_t authority_days_;
  std::int64_t node_days_;
};

}  // namespace resalehub
