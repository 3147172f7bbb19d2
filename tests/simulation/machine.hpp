#pragma once
/// The machines of a simulated run, numbered from 1. A machine outlives the nodes on it: its disk
/// may be emptied, and what starts there afterwards is another node. Values; any thread.

#include <bit>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "base/check.hpp"

namespace resalehub::simulation {

using machine_number = std::uint32_t;
inline constexpr machine_number machines_max = 31;

class machine_set {
 public:
  machine_set() = default;
  machine_set(std::initializer_list<machine_number> machines) {
    for (const auto machine : machines) add(machine);
  }
  static machine_set first(std::uint32_t count) {
    machine_set all;
    for (machine_number machine = 1; machine <= count; ++machine) all.add(machine);
    return all;
  }

  void add(machine_number machine) { bits_ |= bit(machine); }
  bool has(machine_number machine) const { return (bits_ & bit(machine)) != 0; }
  bool empty() const { return bits_ == 0; }
  std::uint32_t count() const { return static_cast<std::uint32_t>(std::popcount(bits_)); }
  std::vector<machine_number> list() const {
    std::vector<machine_number> out;
    for (machine_number machine = 1; machine <= machines_max; ++machine)
      if (has(machine)) out.push_back(machine);
    return out;
  }

  friend machine_set operator|(machine_set a, machine_set b) {
    return machine_set(a.bits_ | b.bits_);
  }
  friend machine_set operator&(machine_set a, machine_set b) {
    return machine_set(a.bits_ & b.bits_);
  }
  friend machine_set operator-(machine_set a, machine_set b) {
    return machine_set(a.bits_ & ~b.bits_);
  }
  friend bool operator==(machine_set, machine_set) = default;

 private:
  explicit machine_set(std::uint32_t bits) : bits_(bits) {}
  static std::uint32_t bit(machine_number machine) {
    check(machine >= 1 && machine <= machines_max, "a machine's number is from 1 to 31");
    return std::uint32_t{1} << machine;
  }
  std::uint32_t bits_ = 0;
};

}  // namespace resalehub::simulation
