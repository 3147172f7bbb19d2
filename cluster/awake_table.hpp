#pragma once
/// The awake entities of one partition: waking them from record and events, and putting the least
/// recently used to sleep under a budget of bytes. Confined to the partition's actor.
/// Invariant: an entity sleeps only when all it decided is applied, so waking reads the whole
/// truth.

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/fwd.hpp>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "cluster/host_ports.hpp"
#include "cluster/stored.hpp"

namespace resalehub {

struct awake_slot {
  caf::actor actor;              ///< null while it must not be woken yet (its actor died)
  std::uint64_t version = 0;     ///< with everything decided
  std::uint64_t last_batch = 0;  ///< the newest batch that holds a decision of it
  std::uint32_t outstanding = 0; ///< asked and not yet considered
  std::uint64_t heard = 0;       ///< answers of this actor that were taken in
  std::size_t bytes = 0;
  std::vector<stored_timer> timers;           ///< armed, in order of name
  std::vector<std::uint64_t> waiting;         ///< works to be asked once it may wake again
  std::list<entity_id>::iterator recent;
};

class awake_table {
 public:
  awake_table(caf::event_based_actor& partition, keys::partition_number number,
              const host_ports& ports, std::size_t memory_bytes);

  awake_slot* find(const entity_id& id);
  /// Awake, or woken now. Null when its actor died and not all it decided is applied.
  awake_slot* wake(const entity_id& id, std::uint64_t applied_batch);
  /// Which entity's actor that was; its slot stays, without an actor, until it may wake.
  std::optional<entity_id> died(const caf::actor_addr& address);
  /// Dead ones that may wake now, with the works that waited for it.
  std::vector<std::pair<entity_id, std::vector<std::uint64_t>>> revivable(
      std::uint64_t applied_batch);
  void weigh(awake_slot& slot, std::size_t bytes);
  /// Puts idle entities to sleep until the budget holds.
  void trim(std::uint64_t applied_batch);
  /// Forgets one that never came to be, as soon as it is idle.
  void drop_if_empty(const entity_id& id, std::uint64_t applied_batch);
  void kill_all();
  std::size_t size() const { return slots_.size(); }

 private:
  using slots = std::unordered_map<entity_id, awake_slot>;
  void load(const entity_id& id, awake_slot& slot);
  bool may_sleep(const awake_slot& slot, std::uint64_t applied_batch) const;
  slots::iterator sleep(slots::iterator which);

  caf::event_based_actor& partition_;
  keys::partition_number number_;
  const host_ports& ports_;
  std::size_t memory_bytes_;
  std::size_t bytes_ = 0;
  slots slots_;
  std::list<entity_id> recent_;  ///< most recent first
  std::vector<entity_id> dead_;
  std::unordered_map<caf::actor_addr, entity_id> by_address_;
};

}  // namespace resalehub
