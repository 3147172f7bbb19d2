#pragma once
/// A state transfer that arrives: chunks go to the applier in order, each is said to be taken once
/// it is written. Given up as soon as the log itself moves on; what was written by then is mixed
/// with older rows, and the state store knows it. Confined to the partition's actor.

#include <cstdint>
#include <optional>

#include "cluster/outbound.hpp"
#include "cluster/raft_group.hpp"
#include "storage/applier.hpp"

namespace resalehub {

class transfer_in {
 public:
  transfer_in(const outbound& out, applier& into) : out_(out), into_(into) {}

  /// `reached`: up to where the state has everything, or will have with what it was given.
  void arrived(transfer_part part, std::uint64_t reached);
  /// So many chunks are written; true when the transfer is whole with them.
  bool written(std::uint32_t chunks);
  /// So many chunks are written; how many of them were of transfers that were given up.
  std::uint64_t forget(std::uint32_t chunks);
  /// It is not needed, or came to its end: the source is told so.
  static void answer_end(const outbound& out, const transfer_part& part, transfer_end how);
  void finish();   ///< after `written` said so: the source goes on with the log
  void give_up();  ///< the source starts over if it must

  /// All of it was submitted, and the rest is being written. Then it is not given up: what comes
  /// behind it would go back before it.
  bool whole() const { return under_way_ && under_way_->newest.chunk.last != 0; }
  /// Of the transfer under way.
  const transfer_chunk& newest() const { return under_way_->newest.chunk; }

 private:
  struct session {
    transfer_part newest;  ///< submitted; its rows are the applier's
    std::uint64_t written = 0;
  };
  void say(std::optional<transfer_end> end) const;  ///< nothing: it goes on

  const outbound& out_;
  applier& into_;
  std::optional<session> under_way_;
  std::uint64_t forsaken_ = 0;  ///< chunks of given up transfers that are still being written
};

}  // namespace resalehub
