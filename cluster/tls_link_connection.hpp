#pragma once
/// One connection of the links: its frames, who writes them and when it ends. Confined to the
/// links' loop.

#include <memory>
#include <string>

#include "cluster/tls_link_lanes.hpp"
#include "cluster/tls_link_stream.hpp"

namespace resalehub {

class link_connection : public std::enable_shared_from_this<link_connection> {
 public:
  enum class phase : std::uint8_t { greeting, introducing, carrying };

  struct origin {
    link_role role;
    std::string address;
  };

  link_connection(std::unique_ptr<link_stream> stream, origin from, clock_port& clock,
                  link_figures& figures);

  link_stream& stream() { return *stream_; }
  const std::string& address() const { return origin_.address; }  ///< for the log
  bool knocked() const { return origin_.role == link_role::accepts; }
  std::string name;  ///< what the peer calls itself
  std::string refusal;  ///< what the peer refused us with
  node_number node = 0;
  std::uint64_t incarnation = 0;
  phase state = phase::greeting;
  std::int64_t deadline_us = 0;  ///< until it carries

  /// Ends it, in the middle of whatever is under way; the first reason stays.
  void cut(link_fault why);
  link_fault ended_by() const { return ended_by_; }
  /// The reason of the end: our own if we ended it, else what an operation found.
  link_fault reason(link_fault found) const {
    return ended_by_ == link_fault::none ? found : ended_by_;
  }

  link_task<link_fault> write(const std::string& frame);

  /// From now on the lanes' messages go out.
  void carry(link_lanes& lanes);
  /// There may be messages in the lanes.
  void wake();
  /// A sign of life: a frame without messages, unless one is being written.
  void beat();
  std::int64_t written_us() const { return written_us_; }

 private:
  link_task<void> write_all(std::shared_ptr<link_connection> self);

  std::unique_ptr<link_stream> stream_;
  origin origin_;
  clock_port& clock_;
  link_figures& figures_;
  link_lanes* lanes_ = nullptr;
  std::string out_;
  std::int64_t written_us_ = 0;
  bool writing_ = false;
  bool beat_due_ = false;
  link_fault ended_by_ = link_fault::none;
};

}  // namespace resalehub
