#pragma once
/// What many threads leave for one that takes all of it at a time. Only for the threads of this
/// floor: nothing in an actor waits on it.

#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

namespace resalehub {

template <class Work>
class work_queue {
 public:
  /// Any thread.
  void add(Work work) {
    bool sleeping = false;
    {
      std::lock_guard lock(mutex_);
      waiting_work_.push_back(std::move(work));
      sleeping = std::exchange(taker_sleeps_, false);
    }
    if (sleeping) wake_.notify_one();
  }

  /// Any thread: `take` no longer waits.
  void close() {
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
      taker_sleeps_ = false;
    }
    wake_.notify_one();
  }

  /// The one taker: swaps `taken` (its memory is used again) for all that waits, at first waiting
  /// until there is something. False when closed and empty.
  bool take(std::vector<Work>& taken) {
    taken.clear();
    std::unique_lock lock(mutex_);
    while (waiting_work_.empty() && !closed_) {
      taker_sleeps_ = true;
      wake_.wait(lock);
    }
    std::swap(taken, waiting_work_);
    return !taken.empty();
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Work> waiting_work_;
  bool taker_sleeps_ = false;  ///< spares the wake-up call while the taker is at work
  bool closed_ = false;
};

}  // namespace resalehub
