#pragma once
/// The file of runs that once failed, kept as text: a line `seed N` alone stands for what the seed
/// draws; a whole line of options is followed by its faults. Empty lines and # comments between.

#include <variant>

#include "tests/simulation/child_run.hpp"

namespace resalehub::simulation {

/// All of them, or the sentence that says what is wrong in which line.
std::variant<std::vector<job>, std::string> regressions_from_text(const scenario& what,
                                                                  std::string_view text);
/// What belongs into that file.
std::string to_text(const job& one);

}  // namespace resalehub::simulation
