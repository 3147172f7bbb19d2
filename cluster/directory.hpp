#pragma once
/// Where an entity lives: id -> slot -> partition -> the node that leads it. The first two are
/// fixed; the last is what was heard latest, by term. Values; a directory is confined to its
/// owner.

#include <vector>

#include "base/id.hpp"
#include "cluster/wire.hpp"

namespace resalehub {

/// A partition holds a run of slots.
inline keys::partition_number partition_of(slot_number slot, std::uint32_t partitions) {
  return static_cast<keys::partition_number>(std::uint32_t{slot} * partitions / slots_max);
}

inline slot_number first_slot_of(keys::partition_number partition, std::uint32_t partitions) {
  const std::uint32_t above = std::uint32_t{partition} * slots_max + partitions - 1;
  return static_cast<slot_number>(above / partitions);
}

class directory {
 public:
  explicit directory(std::uint32_t partitions) : known_(partitions) {}

  std::uint32_t partitions() const { return static_cast<std::uint32_t>(known_.size()); }
  /// 0: unknown.
  node_number leader(keys::partition_number partition) const { return known_[partition].node; }
  const leader_hint& hint(keys::partition_number partition) const { return known_[partition]; }

  /// A term has one leader, so a higher term wins, and "nobody" never hides one of the same term
  /// but its own word. True when the leader changed.
  bool learn(const leader_hint& heard) {
    if (heard.partition >= known_.size()) return false;
    auto& known = known_[heard.partition];
    if (heard.term < known.term) return false;
    if (heard.term == known.term && (heard.node == 0 || heard.node == known.node)) return false;
    const bool changed = heard.node != known.node;
    known = heard;
    return changed;
  }
  /// It cannot be reached, or says itself that it does not lead: somebody may say more.
  void doubt(keys::partition_number partition, node_number node) {
    if (partition < known_.size() && known_[partition].node == node) known_[partition].node = 0;
  }

 private:
  std::vector<leader_hint> known_;
};

}  // namespace resalehub
