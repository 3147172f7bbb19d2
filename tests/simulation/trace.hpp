#pragma once
/// What happened in a simulated run: all of it as one rolling hash, the last of it as text. Equal
/// hashes mean equal runs, in any build. One thread.

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "tests/simulation/machine.hpp"
#include "tests/simulation/stable_hash.hpp"
#include "tests/simulation/virtual_time.hpp"

namespace resalehub::simulation {

/// One thing that happened. Never a pointer, a thread or a time of the real world.
struct happening {
  virtual_ns at = 0;
  machine_number machine = 0;  ///< 0: the run's own
  std::string_view what;       ///< a literal: kept without a copy
  std::uint64_t first = 0, second = 0, third = 0;
  std::string text = {};
};

std::string line_of(const happening& one);

class trace {
 public:
  static constexpr std::size_t kept_max = 300;

  /// Every line also goes to `everything` as it happens, when there is such a file.
  explicit trace(std::FILE* everything = nullptr) : everything_(everything) {}

  void note(happening one);
  std::uint64_t hash() const { return hash_.value(); }
  std::uint64_t count() const { return count_; }
  std::vector<std::string> last() const;  ///< the oldest first

 private:
  std::FILE* everything_;
  stable_hash hash_;
  std::uint64_t count_ = 0;
  std::vector<happening> kept_;  ///< a ring once it is full
};

}  // namespace resalehub::simulation
