#pragma once
/// A workload: clients who do something for the length of a run, and what must be true of what they
/// heard and of what is there in the end. One file a workload; the list is workloads.hpp.

#include <functional>
#include <memory>
#include <string>

#include "tests/simulation/world.hpp"

namespace resalehub::simulation {

class workload {
 public:
  virtual ~workload() = default;
  /// Its clients begin; they go on by the timeline.
  virtual void begin() = 0;
  /// They begin nothing new from now on.
  virtual void stop() = 0;
  /// Nothing that they began is open.
  virtual bool settled() const = 0;
  /// After the quiet period: says what is violated. May ask, and run the world meanwhile.
  virtual void check() = 0;
};

/// How a client asks that does not give up at once: the same request again, at another machine,
/// until an answer is final or its patience ends; then nothing is known.
struct insistence {
  std::int64_t patience_ms = 15'000;
  std::int64_t attempt_ms = 3'000;
  std::int64_t pause_ms = 100;
  machine_number at = 0;  ///< always through this one; 0: through any
};
/// Where a client is, and what it chooses by.
struct client_place {
  world& in;
  stream& chance;
};
void insist(client_place where, resalehub::ask request, std::function<void(client_answer)> heard,
            insistence how = {});
void insist(client_place where, scan request, std::function<void(client_rows)> heard,
            insistence how = {});

}  // namespace resalehub::simulation
