#include "storage/applier.hpp"

#include "base/thread_name.hpp"

#include <map>
#include <optional>
#include <thread>

#include "storage/work_queue.hpp"

namespace resalehub {
namespace {

/// One of these; when there is none, a wish for a sync.
struct apply_work {
  std::optional<applied_entries> entries;
  std::unique_ptr<const transfer_chunk> chunk;
  std::optional<keys::partition_number> dropped;
};

apply_work work_of(applied_entries entries) {
  apply_work work;
  work.entries = std::move(entries);
  return work;
}

apply_work work_of(transfer_chunk chunk) {
  apply_work work;
  work.chunk = std::make_unique<const transfer_chunk>(std::move(chunk));
  return work;
}

apply_work work_of_drop(keys::partition_number partition) {
  apply_work work;
  work.dropped = partition;
  return work;
}

/// One round, the same with and without a thread.
class apply_round {
 public:
  apply_round(state_store& store, std::size_t sync_every_bytes, applied_callback applied)
      : store_(store), sync_every_bytes_(sync_every_bytes), applied_(std::move(applied)) {}

  void run(std::vector<apply_work>& taken) {
    sync_wished_ = false;
    for (auto& work : taken) {
      if (work.entries)
        gathered_.push_back(*std::move(work.entries));
      else if (work.chunk)
        take(*work.chunk);
      else if (work.dropped)
        drop(*work.dropped);
      else
        sync_wished_ = true;
    }
    finish_round();
    if (sync_wished_ || unsynced_bytes_ >= sync_every_bytes_) sync();
  }

  void sync() {
    if (unsynced_.empty()) return;
    store_.sync();
    unsynced_bytes_ = 0;
    for (auto& [partition, notice] : unsynced_) notice.covered = true;
    say(unsynced_);
  }

 private:
  using notices = std::map<keys::partition_number, applied_notice>;

  void take(const transfer_chunk& chunk) {
    if (chunk.last != 0)
      finish_round();
    else
      apply_gathered();
    store_.take(chunk);
    unsynced_bytes_ += chunk.rows.size();
    if (chunk.last == 0) {
      reach(chunk.partition);
      ++reached_[chunk.partition].chunks;
    } else {
      unsynced_[chunk.partition] = position_of(chunk.partition);
      unsynced_[chunk.partition].chunks = 1;
      sync();
    }
  }

  void drop(keys::partition_number partition) {
    finish_round();
    store_.drop(partition);
    unsynced_[partition] = position_of(partition);
    sync();
  }

  /// Entries that follow each other go into one batch.
  void apply_gathered() {
    if (gathered_.empty()) return;
    store_.apply(gathered_);
    for (const auto& entries : gathered_) {
      reach(entries.partition);
      for (const auto& list : entries.lists) unsynced_bytes_ += list->size();
    }
    gathered_.clear();
  }

  void finish_round() {
    apply_gathered();
    if (!reached_.empty()) say(reached_);
  }

  applied_notice position_of(keys::partition_number partition) const {
    const auto position = store_.applied(partition);
    applied_notice notice;
    notice.partition = partition;
    notice.index = position.index;
    notice.term = position.term;
    notice.mixed_until = position.mixed_until;
    return notice;
  }

  void reach(keys::partition_number partition) {
    const auto position = position_of(partition);
    const auto chunks = reached_[partition].chunks;
    unsynced_[partition] = reached_[partition] = position;
    reached_[partition].chunks = chunks;
  }

  void say(notices& what) {
    std::vector<applied_notice> said;
    said.reserve(what.size());
    for (const auto& [partition, notice] : what) said.push_back(notice);
    what.clear();
    applied_(std::move(said));
  }

  state_store& store_;
  const std::size_t sync_every_bytes_;
  const applied_callback applied_;
  std::vector<applied_entries> gathered_;
  notices reached_;   ///< in this round
  notices unsynced_;  ///< since the last sync
  std::size_t unsynced_bytes_ = 0;
  bool sync_wished_ = false;
};

class applier_thread final : public applier {
 public:
  applier_thread(state_store& store, std::size_t sync_every_bytes, applied_callback applied)
      : round_(store, sync_every_bytes, std::move(applied)), thread_([this] { run(); }) {}

  ~applier_thread() override {
    queue_.close();
    thread_.join();
  }

  void submit(applied_entries entries) override { queue_.add(work_of(std::move(entries))); }
  void submit(transfer_chunk chunk) override { queue_.add(work_of(std::move(chunk))); }
  void drop(keys::partition_number partition) override { queue_.add(work_of_drop(partition)); }
  void sync_now() override { queue_.add({}); }

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

  void submit(applied_entries entries) override { queued_.push_back(work_of(std::move(entries))); }
  void submit(transfer_chunk chunk) override { queued_.push_back(work_of(std::move(chunk))); }
  void drop(keys::partition_number partition) override {
    queued_.push_back(work_of_drop(partition));
  }
  void sync_now() override { queued_.push_back({}); }
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
