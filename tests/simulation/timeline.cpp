#include "tests/simulation/timeline.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace resalehub::simulation {

timeline::event_id timeline::at(virtual_ns when, action what) {
  const event_id which{std::max(when, now_), ++sequence_};
  events_.emplace(which, std::move(what));
  return which;
}

std::optional<virtual_ns> timeline::next_at() const {
  if (events_.empty()) return std::nullopt;
  return std::max(now_, events_.begin()->first.at);
}

bool timeline::step() {
  if (events_.empty()) return false;
  auto next = events_.extract(events_.begin());
  now_ = std::max(now_, next.key().at);
  next.mapped()();
  return true;
}

void timeline::run_until(virtual_ns end) {
  while (!events_.empty() && events_.begin()->first.at <= end) step();
  now_ = std::max(now_, end);
}

void timeline::spend(virtual_ns cost) {
  check(cost >= 0, "work takes no time back");
  now_ += cost;
}

}  // namespace resalehub::simulation
