#pragma once
/// Whole purchases: a cart of 1 to 5 lines, a checkout of it, the hold, the payment, by 64 buyers
/// at once.

#include <cstdint>
#include <string>
#include <vector>

#include "bench/market.hpp"

namespace resalehub::bench {

constexpr std::size_t shoppers_count = 64;
constexpr std::size_t shop_listings = 1'000;
constexpr std::size_t lines_max = 5;  ///< of a cart; they have 1, 2, ... 5 in turn

struct shop {
  explicit shop(const endpoint& to);

  std::vector<person> people;
  std::vector<std::string> listings;
};

struct purchases_outcome {
  double per_s = 0, requests_per_s = 0;
  latency_histogram latency;  ///< of whole purchases
  std::uint64_t count = 0;    ///< with the warm-up and the end
  std::uint64_t repeats = 0;
};

/// The shoppers go to the doors in turn.
purchases_outcome buy_for(double seconds, const std::vector<endpoint>& doors, const shop& where);

}  // namespace resalehub::bench
