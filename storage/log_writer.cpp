#include "storage/log_writer.hpp"

#include "base/thread_name.hpp"

#include <atomic>
#include <thread>

#include "storage/work_queue.hpp"

namespace resalehub {
namespace {

/// One round, the same with and without a thread.
class append_round {
 public:
  append_round(log_store& store, durable_callback durable)
      : store_(store), durable_(std::move(durable)) {}

  void run(const std::vector<log_append>& taken) {
    store_.append(taken);
    count(taken);
    std::vector<durable_append> reached;
    reached.reserve(taken.size());
    for (const auto& append : taken)
      if (append.ready != 0) reached.push_back({append.group, append.ready});
    if (!reached.empty()) durable_(std::move(reached));
  }

  log_writer_figures figures() const {
    return {syncs_.load(std::memory_order_relaxed), appends_.load(std::memory_order_relaxed),
            entries_.load(std::memory_order_relaxed), bytes_.load(std::memory_order_relaxed)};
  }

 private:
  void count(const std::vector<log_append>& taken) {
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;
    for (const auto& append : taken) {
      entries += append.entries.size();
      for (const auto& entry : append.entries) bytes += entry.data ? entry.data->size() : 0;
    }
    syncs_.fetch_add(1, std::memory_order_relaxed);
    appends_.fetch_add(taken.size(), std::memory_order_relaxed);
    entries_.fetch_add(entries, std::memory_order_relaxed);
    bytes_.fetch_add(bytes, std::memory_order_relaxed);
  }

  log_store& store_;
  const durable_callback durable_;
  std::atomic<std::uint64_t> syncs_{0}, appends_{0}, entries_{0}, bytes_{0};
};

class log_writer_thread final : public threaded_log_writer {
 public:
  log_writer_thread(log_store& store, durable_callback durable)
      : round_(store, std::move(durable)), thread_([this] { run(); }) {}

  ~log_writer_thread() override {
    queue_.close();
    thread_.join();
  }

  void submit(log_append append) override { queue_.add(std::move(append)); }
  log_writer_figures figures() const override { return round_.figures(); }

 private:
  void run() {
    name_thread("log writer");
    std::vector<log_append> taken;
    while (queue_.take(taken)) round_.run(taken);
  }

  append_round round_;
  work_queue<log_append> queue_;
  std::thread thread_;  // last: it uses the others
};

class driven_log_writer final : public inline_log_writer {
 public:
  driven_log_writer(log_store& store, durable_callback durable)
      : round_(store, std::move(durable)) {}

  void submit(log_append append) override { queued_.push_back(std::move(append)); }
  bool idle() const override { return queued_.empty(); }
  log_writer_figures figures() const override { return round_.figures(); }

  bool run_once() override {
    if (queued_.empty()) return false;
    const auto taken = std::exchange(queued_, {});  // the callback may submit more
    round_.run(taken);
    return true;
  }

 private:
  append_round round_;
  std::vector<log_append> queued_;
};

}  // namespace

std::unique_ptr<threaded_log_writer> make_log_writer(log_store& store, durable_callback durable) {
  return std::make_unique<log_writer_thread>(store, std::move(durable));
}

std::unique_ptr<inline_log_writer> make_inline_log_writer(log_store& store,
                                                          durable_callback durable) {
  return std::make_unique<driven_log_writer>(store, std::move(durable));
}

}  // namespace resalehub
