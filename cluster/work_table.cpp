#include "cluster/work_table.hpp"

#include <algorithm>

#include "cluster/host_figures.hpp"

namespace resalehub {

result<answer> replay_of(result<answer> outcome) {
  if (outcome) {
    outcome->replayed = true;
    return outcome;
  }
  auto why = std::move(outcome).problem();
  why.replayed = true;
  return why;
}

std::uint64_t work_table::add(ask request) {
  const auto number = next_++;
  auto& entry = works_[number];
  if (request.sink)
    entry.waiters.push_back({request.ticket, std::move(request.sink), request.deadline});
  entry.ask = std::move(request);
  return number;
}

void work_table::remember(std::uint64_t number, const request_id& request) {
  by_request_[request] = number;
}

work* work_table::find(std::uint64_t number) {
  auto found = works_.find(number);
  return found == works_.end() ? nullptr : &found->second;
}

std::pair<std::uint64_t, work*> work_table::find(const request_id& request) {
  auto found = by_request_.find(request);
  if (found == by_request_.end()) return {0, nullptr};
  return {found->second, find(found->second)};
}

void work_table::tell_all(work& done, const result<answer>& outcome) {
  for (const auto& who : done.waiters) tell(who, who.repeats ? replay_of(outcome) : outcome);
  done.waiters.clear();
}

void work_table::tell(const waiter& who, result<answer> outcome) {
  out_.add(who.sink, who.ticket, std::move(outcome));
}

void work_table::erase(std::uint64_t number) {
  auto found = works_.find(number);
  if (found == works_.end()) return;
  auto named = by_request_.find(found->second.ask.request);
  if (named != by_request_.end() && named->second == number) by_request_.erase(named);
  works_.erase(found);
}

void work_table::expire(steady_instant now) {
  forsaken_ = 0;
  for (auto& [number, entry] : works_) {
    std::erase_if(entry.waiters, [&](const waiter& who) {
      if (who.deadline > now) return false;
      tell(who, problem{who.late, "the answer did not come in time"});
      count(figures_, &host_figures::expired);
      return true;
    });
    forsaken_ += entry.phase == work_phase::parked && entry.waiters.empty();
  }
}

std::vector<std::uint64_t> work_table::considered_by(const entity_id& entity) const {
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, entry] : works_)
    if (entry.with_entity && entry.ask.to == entity)
      numbers.push_back(number);
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

bool work_table::under_way() const {
  return std::any_of(works_.begin(), works_.end(), [](const auto& one) {
    return one.second.phase == work_phase::considering ||
           one.second.phase == work_phase::confirming;
  });
}

void work_table::refuse_all(const problem& why) {
  for (const auto& [number, entry] : works_)
    for (const auto& who : entry.waiters) tell(who, why);
  works_.clear();
  by_request_.clear();
}

}  // namespace resalehub
