#pragma once
/// One direction of one simulated connection: two bounded lanes, what is urgent first, then bytes
/// under way, which arrive in the order in which they left. Moves no time itself. One thread.

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "cluster/links.hpp"
#include "tests/simulation/virtual_time.hpp"

namespace resalehub::simulation {

struct wire_options {
  std::uint64_t bytes_per_second = 125'000'000;
  std::size_t urgent_bytes_max = 4 << 20;  ///< queued and under way
  std::size_t bulk_bytes_max = 4 << 20;
};

/// What becomes of a message on its way; only `whole` ones arrive.
enum class fate : std::uint8_t { whole, lost, vanished, corrupted };

struct frame {
  lane way = lane::urgent;
  std::string message;
};

struct frame_under_way {
  virtual_ns due = 0;
  fate end = fate::whole;
  frame what;
};

class wire {
 public:
  explicit wire(const wire_options& options) : options_(options) {}

  /// False: the lane has no room. What it refuses is untouched.
  bool queue(lane way, std::string& message);
  bool has_queued() const { return !queued_[0].empty() || !queued_[1].empty(); }
  /// When the line is free for the next frame.
  virtual_ns free_at() const { return free_at_; }
  /// Puts the next frame on the line, urgent before bulk; it is due `takes` after its last byte,
  /// but never before one that left earlier. Says when it is due.
  struct departure {
    virtual_ns now = 0;
    virtual_ns takes = 0;
    std::uint64_t bytes_per_second = 0;  ///< 0: the line's own
    fate end = fate::whole;
  };
  virtual_ns depart(const departure& how);
  /// The first under way, when it is due.
  std::optional<frame_under_way> arrive(virtual_ns now);
  std::optional<virtual_ns> next_due() const;
  void not_before(virtual_ns opened) { last_due_ = std::max(last_due_, opened); }
  /// What was whole and under way, in order; nothing is left, nor of what waited.
  std::vector<std::string> abandon();

 private:
  wire_options options_;
  std::array<std::deque<std::string>, 2> queued_;
  std::array<std::size_t, 2> held_bytes_{};
  std::deque<frame_under_way> under_way_;
  virtual_ns free_at_ = 0;
  virtual_ns last_due_ = 0;
};

}  // namespace resalehub::simulation
