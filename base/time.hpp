#pragma once
/// Instants and durations. An instant is UTC milliseconds since 1970; durations are
/// std::chrono::milliseconds. Nothing here reads a clock: see ports.hpp.

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace resalehub {

using milliseconds = std::chrono::milliseconds;

struct instant {
  std::int64_t unix_ms = 0;

  friend auto operator<=>(const instant&, const instant&) = default;
  friend instant operator+(instant at, milliseconds by) { return {at.unix_ms + by.count()}; }
  friend instant operator-(instant at, milliseconds by) { return {at.unix_ms - by.count()}; }
  friend milliseconds operator-(instant a, instant b) {
    return milliseconds{a.unix_ms - b.unix_ms};
  }
};

/// A point on one node's monotonic clock, which a jump of the wall clock does not move: what waits,
/// waits by it. It means nothing to another node, nor after a restart.
struct steady_instant {
  std::int64_t ms = 0;

  friend auto operator<=>(const steady_instant&, const steady_instant&) = default;
  friend steady_instant operator+(steady_instant at, milliseconds by) {
    return {at.ms + by.count()};
  }
  friend steady_instant operator-(steady_instant at, milliseconds by) {
    return {at.ms - by.count()};
  }
  friend milliseconds operator-(steady_instant a, steady_instant b) {
    return milliseconds{a.ms - b.ms};
  }
};

/// RFC 3339 in UTC with milliseconds: 2026-01-31T12:00:00.000Z.
std::string to_rfc3339(instant at);
void append_rfc3339(std::string& out, instant at);

/// RFC 3339 with Z or a numeric offset; nothing for anything else, dates that do not exist
/// (2026-02-30) and years outside 1970..9999.
std::optional<instant> from_rfc3339(std::string_view text);

}  // namespace resalehub
