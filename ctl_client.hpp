#pragma once
/// One HTTP request to a node's listener for operators, and its answer. Blocks, with a limit;
/// main's thread.

#include <string>

#include "base/result.hpp"
#include "base/time.hpp"

namespace resalehub {

struct ctl_request {
  std::string method = "GET";
  std::string target;  ///< "/admin/nodes"
  std::string body;    ///< JSON; empty: none
};

struct ctl_answer {
  int status = 0;
  std::string body;
};

/// Whom to ask, and how.
struct ctl_way {
  std::string address;  ///< HOST:PORT
  std::string token;    ///< empty: none
  milliseconds patience{12'000};
};

/// A refusal says that nobody answered, and why.
result<ctl_answer> call_node(const ctl_way& way, const ctl_request& request);

}  // namespace resalehub
