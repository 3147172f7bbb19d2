#pragma once
/// One question to a node of this machine: for commands that watch over nodes. Blocks; any thread.

#include <string>

#include "base/result.hpp"
#include "base/time.hpp"

namespace resalehub {

struct plain_answer {
  int status = 0;
  std::string body;
};

/// GET over a connection of its own. `address` is number:port. Refused when nobody answers in time.
result<plain_answer> get_plain(const std::string& address, const std::string& path,
                               milliseconds within);

}  // namespace resalehub
