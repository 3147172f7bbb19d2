#pragma once
/// Refusals that several entities give, in one wording each. Values, any thread.

#include <cstdint>
#include <string_view>

#include "base/problem.hpp"

namespace resalehub {

inline problem nothing_here() {
  return {code::not_found, "this id names nothing that you may see"};
}

inline problem not_enough(std::int64_t available) {
  return problem{code::insufficient_stock, "fewer are available than were asked for"}.with(
      "available", available);
}

inline problem price_moved(const money& before, const money& after) {
  return problem{code::price_changed, "the price has changed since it was shown"}
      .with("old", before)
      .with("new", after);
}

}  // namespace resalehub
