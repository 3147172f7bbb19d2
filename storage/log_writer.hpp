#pragma once
/// Gathers every group's appends into one synced batch: what queued during the last sync goes into
/// the next; no timer. `submit` from any thread; never blocks. Order per group is kept.

#include <functional>
#include <memory>
#include <vector>

#include "storage/log_store.hpp"

namespace resalehub {

struct durable_append {
  group_number group = 0;
  std::uint64_t ready = 0;
};

/// Called on the writer's thread once per sync with all that it made durable. Appends without a
/// ready (0: a cut alone) are not in it.
using durable_callback = std::function<void(std::vector<durable_append>)>;

class log_writer {
 public:
  virtual ~log_writer() = default;
  virtual void submit(log_append append) = 0;
};

struct log_writer_figures {  ///< for metrics; monotone counters
  std::uint64_t syncs = 0, appends = 0, entries = 0, bytes = 0;
};

/// A thread around a store. Its end writes what is queued, calls back, then stops.
class threaded_log_writer : public log_writer {
 public:
  virtual log_writer_figures figures() const = 0;
};
std::unique_ptr<threaded_log_writer> make_log_writer(log_store& store, durable_callback durable);

/// The same without a thread, for a driver that decides when a round runs. One thread. Its end
/// drops what is queued, as a crash would.
class inline_log_writer : public log_writer {
 public:
  /// Writes all that is queued and calls back before it returns; false when nothing was queued.
  virtual bool run_once() = 0;
  virtual bool idle() const = 0;
  virtual log_writer_figures figures() const = 0;
};
std::unique_ptr<inline_log_writer> make_inline_log_writer(log_store& store,
                                                          durable_callback durable);

}  // namespace resalehub
