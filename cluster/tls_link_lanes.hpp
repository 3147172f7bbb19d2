#pragma once
/// What waits to be sent to one node: two lanes, each bounded in bytes. Pushing is for any thread
/// and takes no lock; the rest is the links' loop's.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "cluster/links.hpp"

namespace resalehub {

struct lane_limits {
  std::size_t frame_bytes = 8 << 20;         ///< no frame is larger
  std::size_t gathered_bytes = 1 << 20;      ///< a frame gathers messages up to this
  std::size_t bulk_frame_bytes = 128 << 10;  ///< ... and bulky ones only up to this
  std::array<std::size_t, 2> waiting_bytes{16 << 20, 4 << 20};  ///< by lane
};

/// Messages in a frame: each behind its length, four bytes, the lowest first.
void append_message(std::string& frame, std::string_view message);
inline constexpr std::size_t message_head_bytes = 4;
/// Takes the first message off `frame`; false at its end, or when the rest is no message.
bool take_message(std::string_view& frame, std::string_view& message);

class link_lanes {
 public:
  /// `wake` is called on any thread when the loop should look.
  link_lanes(const lane_limits& limits, std::function<void()> wake);
  ~link_lanes();
  link_lanes(const link_lanes&) = delete;
  link_lanes& operator=(const link_lanes&) = delete;

  /// False when there is no connection or its lane is full.
  [[nodiscard]] bool push(lane way, std::string message);

  // -- the loop's ---
  void open();   ///< for a new connection
  void close();  ///< its connection ended: what waits is dropped
  /// The next frame in place of what is in `frame`: urgent messages first, but bulk is not starved.
  /// How many messages it carries.
  std::size_t fill(std::string& frame);

 private:
  struct waiting {
    lane way;
    std::uint64_t connection;  ///< which one it was meant for
    std::string message;
    waiting* before = nullptr;
  };
  static constexpr std::size_t cost_of(std::size_t bytes) { return bytes + sizeof(waiting); }

  void collect();
  void move_first(lane way, std::string& frame);
  std::deque<std::string>& queue(lane way) { return queues_[static_cast<std::size_t>(way)]; }
  std::size_t next_bytes(lane way);

  lane_limits limits_;
  std::function<void()> wake_;
  std::atomic<std::uint64_t> connection_{0};  ///< 0: none
  std::atomic<waiting*> last_{nullptr};
  std::array<std::atomic<std::size_t>, 2> bytes_{};
  std::uint64_t connections_ = 0;
  std::array<std::deque<std::string>, 2> queues_;
  bool bulk_waited_ = false;  ///< the last frame left bulk behind
};

/// The lanes of all nodes there ever were, found from any thread; grows only.
class lane_table {
 public:
  lane_table() = default;
  ~lane_table();
  lane_table(const lane_table&) = delete;
  lane_table& operator=(const lane_table&) = delete;

  link_lanes* find(node_number node) const;
  /// The loop's.
  link_lanes& add(node_number node, std::unique_ptr<link_lanes> lanes);

 private:
  struct row {
    node_number node;
    std::unique_ptr<link_lanes> lanes;
    row* next;
  };
  std::atomic<row*> first_{nullptr};
};

}  // namespace resalehub
