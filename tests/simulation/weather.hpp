#pragma once
/// All that is wrong with the ways between machines at one time. Several troubles may hold for the
/// same way: blocks and odds add up, the slowest rate counts. One thread.

#include <cstdint>
#include <map>

#include "tests/simulation/fault.hpp"
#include "tests/simulation/virtual_time.hpp"

namespace resalehub::simulation {

/// One way, from a machine to another, under all troubles that now hold for it.
struct path_state {
  bool blocked = false;
  std::uint64_t bytes_per_second = 0;  ///< 0: as fast as the link is
  virtual_ns extra_ns = 0;
  std::uint32_t losing_per_million = 0;
  std::uint32_t vanishing_per_million = 0;
  std::uint32_t doubling_per_million = 0;
  std::uint32_t late_per_million = 0;
  std::uint32_t corrupting_per_million = 0;
};

class weather {
 public:
  using number = std::uint64_t;

  /// `one` is a fault of links that lasts; its times do not matter here.
  number begin(const fault& one);
  void end(number which) { troubles_.erase(which); }
  void clear() { troubles_.clear(); }
  bool calm() const { return troubles_.empty(); }
  path_state between(machine_number from, machine_number to) const;

 private:
  std::map<number, fault> troubles_;
  number begun_ = 0;
};

}  // namespace resalehub::simulation
