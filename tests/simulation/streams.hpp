#pragma once
/// Chance in a simulated run: the n-th value of a stream is a hash of seed, stream name and n, so
/// what one stream draws never shifts another. Integers only: the same in every build. One thread.

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ports.hpp"
#include "tests/simulation/virtual_time.hpp"

namespace resalehub::simulation {

inline constexpr std::uint32_t always_per_million = 1'000'000;

/// How long a way takes: at least `min_ns`, on average `mean_extra_ns` more (exponentially), and
/// now and then up to `tail_ns_max` on top.
struct latency {
  virtual_ns min_ns = 0;
  virtual_ns mean_extra_ns = 0;
  std::uint32_t tail_per_million = 0;
  virtual_ns tail_ns_max = 0;
};

class stream {
 public:
  stream(std::uint64_t seed, std::string_view name);

  std::uint64_t next();                                      ///< 64 bits
  std::uint64_t below(std::uint64_t bound);                  ///< 0 to bound - 1; bound is not 0
  std::int64_t between(std::int64_t low, std::int64_t high);  ///< both possible
  bool chance(std::uint32_t per_million);
  /// Time to the next of events that come `mean` apart on average, at most 64 times that: summed
  /// up, a Poisson process.
  std::int64_t exponential(std::int64_t mean);
  virtual_ns time_of(const latency& way);

  template <class T>
  const T& one_of(const std::vector<T>& choices) {
    return choices[below(choices.size())];
  }
  template <class T>
  void shuffle(std::vector<T>& order) {
    for (std::size_t left = order.size(); left > 1; --left)
      std::swap(order[left - 1], order[below(left)]);
  }

 private:
  std::uint64_t key_;
  std::uint64_t counter_ = 0;
};

/// A node's chance.
class stream_entropy final : public entropy_port {
 public:
  explicit stream_entropy(stream source) : source_(source) {}
  std::uint64_t next() override { return source_.next(); }
  void fill(void* bytes, std::size_t count) override;

 private:
  stream source_;
};

}  // namespace resalehub::simulation
