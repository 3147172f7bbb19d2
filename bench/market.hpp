#pragma once
/// People and things to measure with, made over HTTP before the clock runs.

#include <string>
#include <vector>

#include "bench/harness.hpp"

namespace resalehub::bench {

struct person {
  std::string id;
  std::string token;
};
std::vector<person> sign_up(const endpoint& to, std::size_t count);
/// One who may sell.
person sign_up_seller(const endpoint& to);

struct stock {
  std::size_t listings = 0;
  std::int64_t quantity = 1'000'000;  ///< of each
};
/// Ids of published listings.
std::vector<std::string> publish_listings(const endpoint& to, const person& seller,
                                          const stock& wanted);
request listing_creation(const person& seller, std::int64_t quantity);

/// Something that belongs to one of the people.
struct owned {
  std::string id;
  const person* owner = nullptr;
};
/// A room of every buyer about every listing.
std::vector<owned> open_rooms(const endpoint& to, const std::vector<person>& buyers,
                              const std::vector<std::string>& listings);
/// Checkouts of one piece, over buyers and listings in turn.
std::vector<owned> start_checkouts(const endpoint& to, std::size_t count,
                                   const std::vector<person>& buyers,
                                   const std::vector<std::string>& listings);

}  // namespace resalehub::bench
