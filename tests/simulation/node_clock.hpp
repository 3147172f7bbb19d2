#pragma once
/// A node's clocks over virtual time. The wall clock jumps, drifts and stands still; the monotonic
/// one drifts, but never goes back or stops. One thread.

#include "base/ports.hpp"
#include "tests/simulation/timeline.hpp"

namespace resalehub::simulation {

/// Half a minute before a midnight: request records are filed by day.
inline constexpr std::int64_t run_began_unix_ms = 1'770'076'770'000;

class node_clock final : public clock_port {
 public:
  static constexpr std::int64_t drift_per_million_max = 1'000;

  explicit node_clock(const timeline& time) : time_(time) {}

  instant now() const override;
  std::int64_t monotonic_us() const override;

  void jump(milliseconds by);  ///< either way; also while frozen
  void drift(std::int64_t per_million);
  void freeze();
  void thaw();  ///< goes on from where it stood
  /// The right time at the right rate, as after the first answer of a time server.
  void correct();

 private:
  virtual_ns ran(virtual_ns since) const;  ///< what it counted since then
  void settle();                           ///< makes now the start of a new rate

  const timeline& time_;
  virtual_ns settled_at_ = 0;
  virtual_ns wall_ns_ = 0;       ///< at settled_at_, from the run's beginning
  virtual_ns monotonic_ns_ = 0;  ///< likewise
  std::int64_t drift_per_million_ = 0;
  bool frozen_ = false;
};

}  // namespace resalehub::simulation
