#pragma once
/// Time as a simulated run counts it: nanoseconds since the run began. Nothing here reads a clock.

#include <cstdint>

namespace resalehub::simulation {

using virtual_ns = std::int64_t;

inline constexpr virtual_ns microsecond_ns = 1'000;
inline constexpr virtual_ns millisecond_ns = 1'000'000;
inline constexpr virtual_ns second_ns = 1'000'000'000;

}  // namespace resalehub::simulation
