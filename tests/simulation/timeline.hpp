#pragma once
/// What will happen in a simulated run, ordered by (virtual time, order of asking). Whoever drives
/// the run takes one event after the other; nothing else moves its time. One thread.

#include <compare>
#include <functional>
#include <map>
#include <optional>

#include "tests/simulation/virtual_time.hpp"

namespace resalehub::simulation {

class timeline {
 public:
  struct event_id {
    virtual_ns at = 0;
    std::uint64_t sequence = 0;  ///< 0: no event
    friend auto operator<=>(const event_id&, const event_id&) = default;
  };
  using action = std::function<void()>;

  virtual_ns now() const { return now_; }
  /// What lies in the past happens next.
  event_id at(virtual_ns when, action what);
  event_id after(virtual_ns delay, action what) { return at(now_ + delay, std::move(what)); }
  /// False: it happened, or was cancelled before.
  bool cancel(event_id which) { return events_.erase(which) > 0; }

  bool empty() const { return events_.empty(); }
  std::size_t size() const { return events_.size(); }
  std::optional<virtual_ns> next_at() const;
  /// Goes to the next event and lets it happen; false when there is none.
  bool step();
  /// All events up to `end`, which is now afterwards.
  void run_until(virtual_ns end);
  /// Time that work took: what fell due meanwhile happens late, in its order.
  void spend(virtual_ns cost);

 private:
  virtual_ns now_ = 0;
  std::uint64_t sequence_ = 0;
  std::map<event_id, action> events_;
};

}  // namespace resalehub::simulation
