#pragma once
/// Applied positions and members in memory. Written by the applier's thread, read by any: a
/// position without a lock, members under one. A reader that meets a write in between (an odd
/// count, or another one after) reads again.

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/check.hpp"
#include "base/id.hpp"
#include "storage/state_store.hpp"

namespace resalehub {

class position_board {
 public:
  using partition_number = keys::partition_number;

  position_board() : slots_(std::make_unique<slot[]>(slots_max)) {}

  applied_position at(partition_number partition) const {
    const auto& slot = slot_of(partition);
    for (;;) {
      const auto before = slot.changes.load(std::memory_order_acquire);
      const applied_position seen{slot.index.load(std::memory_order_relaxed),
                                  slot.term.load(std::memory_order_relaxed),
                                  slot.mixed_until.load(std::memory_order_relaxed)};
      std::atomic_thread_fence(std::memory_order_acquire);
      if (before % 2 == 0 && slot.changes.load(std::memory_order_relaxed) == before) return seen;
    }
  }

  void set(partition_number partition, const applied_position& position) {
    auto& slot = slot_of(partition);
    const auto changes = slot.changes.load(std::memory_order_relaxed);
    slot.changes.store(changes + 1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    slot.index.store(position.index, std::memory_order_relaxed);
    slot.term.store(position.term, std::memory_order_relaxed);
    slot.mixed_until.store(position.mixed_until, std::memory_order_relaxed);
    slot.changes.store(changes + 2, std::memory_order_release);
  }

  std::string members(partition_number partition) const {
    std::lock_guard lock(members_mutex_);
    const auto found = members_.find(partition);
    return found == members_.end() ? std::string() : found->second;
  }

  void set_members(partition_number partition, std::string members) {
    std::lock_guard lock(members_mutex_);
    members_[partition] = std::move(members);
  }

  void clear(partition_number partition) {
    set(partition, {});
    set_members(partition, {});
  }

 private:
  struct slot {
    std::atomic<std::uint64_t> changes{0}, index{0}, term{0}, mixed_until{0};
  };
  slot& slot_of(partition_number partition) const {
    check(partition < slots_max, "there are no more partitions than slots");
    return slots_[partition];
  }

  std::unique_ptr<slot[]> slots_;
  mutable std::mutex members_mutex_;
  std::map<partition_number, std::string> members_;
};

}  // namespace resalehub
