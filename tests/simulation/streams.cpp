#include "tests/simulation/streams.hpp"

#include <bit>

#include "base/check.hpp"
#include "tests/simulation/stable_hash.hpp"

namespace resalehub::simulation {

using wide = unsigned __int128;

namespace {

/// -ln(value / 2^64) in units of 2^-32, by squaring: no libm, whose last bits differ.
std::uint64_t minus_logarithm(std::uint64_t value) {
  const auto zeros = std::countl_zero(value);
  std::uint64_t mantissa = value << zeros;  // [1, 2) in units of 2^-63
  std::uint64_t fraction = 0;               // its binary logarithm in units of 2^-32
  for (int bit = 31; bit >= 0; --bit) {
    const auto squared = static_cast<wide>(mantissa) * mantissa >> 63;
    const bool at_least_two = squared >> 64 != 0;
    if (at_least_two) fraction |= std::uint64_t{1} << bit;
    mantissa = static_cast<std::uint64_t>(at_least_two ? squared >> 1 : squared);
  }
  const auto binary = (static_cast<std::uint64_t>(zeros + 1) << 32) - fraction;
  constexpr std::uint64_t logarithm_of_two = 2'977'044'472;  // in units of 2^-32
  return static_cast<std::uint64_t>(static_cast<wide>(binary) * logarithm_of_two >> 32);
}

}  // namespace

stream::stream(std::uint64_t seed, std::string_view name) {
  stable_hash key;
  key.add(seed);
  key.add(name);
  key_ = key.value();
}

std::uint64_t stream::next() {
  stable_hash value;
  value.add(key_);
  value.add(counter_++);
  return value.value();
}

std::uint64_t stream::below(std::uint64_t bound) {
  check(bound > 0, "something is below a bound");
  return static_cast<std::uint64_t>(static_cast<wide>(next()) * bound >> 64);
}

std::int64_t stream::between(std::int64_t low, std::int64_t high) {
  check(low <= high, "a range has its ends in order");
  return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
}

bool stream::chance(std::uint32_t per_million) { return below(always_per_million) < per_million; }

std::int64_t stream::exponential(std::int64_t mean) {
  check(mean >= 0, "a mean is not negative");
  const auto drawn = minus_logarithm(next() | 1);
  return static_cast<std::int64_t>(static_cast<wide>(drawn) * static_cast<wide>(mean) >> 32);
}

virtual_ns stream::time_of(const latency& way) {
  const auto extra = exponential(way.mean_extra_ns);
  const auto tail = chance(way.tail_per_million) ? between(0, way.tail_ns_max) : 0;
  return way.min_ns + extra + tail;
}

void stream_entropy::fill(void* bytes, std::size_t count) {
  auto* out = static_cast<std::uint8_t*>(bytes);
  std::uint64_t word = 0;
  for (std::size_t at = 0; at < count; ++at) {
    if (at % 8 == 0) word = source_.next();
    out[at] = static_cast<std::uint8_t>(word >> 8 * (at % 8));
  }
}

}  // namespace resalehub::simulation
