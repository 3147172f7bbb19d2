#pragma once
/// Whether one register, asked one thing at a time, could have given all answers of a history: the
/// search of Wing and Gong with Lowe's memory of states seen. Each key by itself. Any thread.

#include <string>

#include "tests/simulation/history.hpp"

namespace resalehub::simulation {

enum class verdict : std::uint8_t {
  linearizable,
  refuted,
  inconclusive,  ///< beyond the bounds below: nothing was found out
};

struct check_bounds {
  std::size_t operations_max = 2'000;  ///< a key
  std::size_t unknown_max = 8;         ///< a key; reads that nobody heard the end of do not count
  std::size_t steps_max = 5'000'000;   ///< a key: counted, so that each build gives up alike
};

struct judgement {
  verdict is = verdict::linearizable;
  std::string key;    ///< the first that is not linearizable; refuted before inconclusive
  std::string story;  ///< what fits and what does not
};

judgement judge(const history& all, const check_bounds& bounds = {});
judgement judge_key(const std::vector<operation>& operations, const check_bounds& bounds = {});

}  // namespace resalehub::simulation
