#pragma once
/// Broken variants of the product, which prove that the simulation finds bugs. Only a build with
/// RESALEHUB_BROKEN_VARIANTS (the program simulation_breakable) can switch one on, for its whole
/// process and before anything runs; in every other build `broken` is false while compiling and
/// leaves nothing behind.

#include <cstdint>

namespace resalehub {

enum class bug : std::uint8_t {
#define RESALEHUB_BUG(name, sentence) name,
#include "base/bugs.inc"
#undef RESALEHUB_BUG
  none
};

#ifdef RESALEHUB_BROKEN_VARIANTS
inline bug chosen_bug = bug::none;
inline bool broken(bug which) { return which == chosen_bug; }
#else
constexpr bool broken(bug) { return false; }
#endif

}  // namespace resalehub
