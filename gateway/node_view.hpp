#pragma once
/// What the gateway knows of the node it stands in, and what it tells it: main binds these to the
/// node's parts. Any thread; nothing here may wait.

#include <cstdint>
#include <string>
#include <string_view>

namespace resalehub {

class node_view {
 public:
  virtual ~node_view() = default;
  virtual bool ready() const = 0;
  /// A sentence, for when it is not.
  virtual std::string why_not_ready() const {
    return "The node is not ready yet, or not any more.";
  }
  /// The exposition text of all metrics.
  virtual std::string metrics_text() const = 0;
  /// One answered request: `route` is a row's pattern, or "-".
  virtual void count_request(std::string_view method, std::string_view route, int status,
                             std::int64_t took_us) = 0;
};

}  // namespace resalehub
