#pragma once
/// Which days hold request records of a partition, so that nobody looks for a request where none
/// can be. Confined to the partition's actor; true while it leads.

#include <cstdint>
#include <set>

#include "base/time.hpp"
#include "storage/keys.hpp"
#include "storage/state_store.hpp"

namespace resalehub {

/// The day whose range of request records holds this instant.
std::uint32_t request_day(instant at);

class request_days {
 public:
  /// What stands in the store. Everything that was committed before is applied there.
  void load(const state_store& store, keys::partition_number partition);
  /// One is written under this day from now on, be it applied or not.
  void note(std::uint32_t day) { days_.insert(day); }
  void forget_before(std::uint32_t day) { days_.erase(days_.begin(), days_.lower_bound(day)); }
  /// Also days to come: a leader whose clock was ahead wrote there.
  const std::set<std::uint32_t>& all() const { return days_; }

 private:
  std::set<std::uint32_t> days_;
};

}  // namespace resalehub
