#include "storage/applier.hpp"

#include "base/thread_name.hpp"

#include <map>
#include <optional>
#include <thread>

#include "storage/work_queue.hpp"

namespace resalehub {
namespace {

/// Nothing instead of entries: a wish for a sync, in its place in the order.
using apply_work = std::optional<applied_entries>;

/// One round, the same with and without a thread.
class apply_round {
 public:
  apply_round(state_store& store, std::size_t sync_every_bytes, applied_callback applied)
      : store_(store), sync_every_bytes_(sync_every_bytes), applied_(std::move(applied)) {}

  void run(std::vector<apply_work>& taken) {
    bool wished = false;
    std::vector<applied_entries> round;
    round.reserve(taken.size());
    for (auto& work : taken) {
      if (work)
        round.push_back(std::move(*work));
      else
        wished = true;
    }
    if (!round.empty()) apply(round);
    if (wished || unsynced_bytes_ >= sync_every_bytes_) sync();
  }

  void sync() {
    if (unsynced_.empty()) return;
    store_.sync();
    unsynced_bytes_ = 0;
    applied_(notices(std::exchange(unsynced_, {}), coverage::synced));
  }

 private:
  enum class coverage { none, synced };
  using positions = std::map<keys::partition_number, applied_position>;

  void apply(const std::vector<applied_entries>& round) {
    store_.apply(round);
    positions reached;
    for (const auto& entries : round) {
      reached[entries.partition] = {entries.index, entries.term};
      unsynced_[entries.partition] = {entries.index, entries.term};
      for (const auto& list : entries.lists) unsynced_bytes_ += list->size();
    }
    applied_(notices(reached, coverage::none));
  }

  static std::vector<applied_notice> notices(const positions& reached, coverage how) {
    std::vector<applied_notice> said;
    said.reserve(reached.size());
    for (const auto& [partition, position] : reached)
      said.push_back({partition, position.index, position.term, how == coverage::synced});
    return said;
  }

  state_store& store_;
  const std::size_t sync_every_bytes_;
  const applied_callback applied_;
  positions unsynced_;
  std::size_t unsynced_bytes_ = 0;
};

class applier_thread final : public applier {
 public:
  applier_thread(state_store& store, std::size_t sync_every_bytes, applied_callback applied)
      : round_(store, sync_every_bytes, std::move(applied)), thread_([this] { run(); }) {}

  ~applier_thread() override {
    queue_.close();
    thread_.join();
  }

  void submit(applied_entries entries) override { queue_.add(std::move(entries)); }
  void sync_now() override { queue_.add(std::nullopt); }

 private:
  void run() {
    name_thread("applier");
    std::vector<apply_work> taken;
    while (queue_.take(taken)) round_.run(taken);
    round_.sync();
  }

  apply_round round_;
  work_queue<apply_work> queue_;
  std::thread thread_;  // last: it uses the others
};

class driven_applier final : public inline_applier {
 public:
  driven_applier(state_store& store, std::size_t sync_every_bytes, applied_callback applied)
      : round_(store, sync_every_bytes, std::move(applied)) {}

  void submit(applied_entries entries) override { queued_.push_back(std::move(entries)); }
  void sync_now() override { queued_.push_back(std::nullopt); }
  bool idle() const override { return queued_.empty(); }

  bool run_once() override {
    if (queued_.empty()) return false;
    auto taken = std::exchange(queued_, {});  // the callback may submit more
    round_.run(taken);
    return true;
  }

 private:
  apply_round round_;
  std::vector<apply_work> queued_;
};

}  // namespace

std::unique_ptr<applier> make_applier(state_store& store, std::size_t sync_every_bytes,
                                      applied_callback applied) {
  return std::make_unique<applier_thread>(store, sync_every_bytes, std::move(applied));
}

std::unique_ptr<inline_applier> make_inline_applier(state_store& store,
                                                    std::size_t sync_every_bytes,
                                                    applied_callback applied) {
  return std::make_unique<driven_applier>(store, sync_every_bytes, std::move(applied));
}

}  // namespace resalehub
