#pragma once
/// State transfers from a partition's leader to members that its log does not reach back to: one
/// chunk under way each, sent again until it is taken, so a broken link costs one chunk. Confined
/// to the partition's actor.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "base/ports.hpp"
#include "cluster/outbound.hpp"
#include "cluster/raft_group.hpp"
#include "storage/state_store.hpp"

namespace resalehub {

class transfer_out {
 public:
  /// Hears the end of a transfer: whether the member now has what the log goes on from.
  using ended = std::function<void(member_number to, transfer_end how)>;

  struct ports {
    keys::partition_number partition = 0;
    const state_store* store = nullptr;
    const outbound* out = nullptr;
    entropy_port* entropy = nullptr;
  };
  transfer_out(const ports& given, ended on_end) : ports_(given), on_end_(std::move(on_end)) {}

  void begin(member_number from, member_number to);
  void taken(const transfer_taken& said);
  void tick();
  void stop() { sessions_.clear(); }  ///< leadership is gone: nobody is told
  bool sends_to(member_number member) const { return sessions_.contains(member); }

  static constexpr std::size_t chunk_bytes = 256u << 10;
  static constexpr int silent_ticks_max = 100;  ///< then the member is taken for lost
  static constexpr int repeat_ticks = 8;

 private:
  struct session {
    std::unique_ptr<transfer_source> source;
    transfer_part part;  ///< the chunk under way
    int silent_ticks = 0;
  };
  void next(session& one);
  void send(const session& one) const;

  ports ports_;
  ended on_end_;
  std::map<member_number, session> sessions_;
};

}  // namespace resalehub
