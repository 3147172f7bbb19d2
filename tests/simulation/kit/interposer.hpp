#pragma once
/// Carries out actor faults: stands between the nodes of a world and their links, stores, kinds and
/// doors, counts what passes, and hits what was injected. The nodes do not know. One thread.

#include <caf/actor_addr.hpp>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/kit/actor_fault.hpp"
#include "tests/simulation/kit/watched_kinds.hpp"
#include "tests/simulation/world.hpp"

namespace resalehub::simulation {

class interposed_node;
class interposed_links;

/// What a node does to its disk: syncs what was appended to its log, writes what was committed.
enum class storage_step : std::uint8_t { sync, write };
struct stall_plan {
  int nth = 1;
  milliseconds time{1000};
};

/// What a fault that throws in a handler throws there.
struct injected_failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class interposer : private consideration_listener {
 public:
  interposer() : kinds_(*this) {}

  void watch(world& in) { in_ = &in; }
  void add(const entity_kind& kind) { kinds_.add(kind); }
  const entity_kind* kind(kind_prefix prefix) const { return kinds_.find(prefix); }
  node_seams seams();

  void inject(const actor_fault& fault);
  /// Whoever leads it dies with its node when the n-th commit from now is made, unanswered.
  void kill_partition(keys::partition_number partition, int nth);
  /// The machine's disk stands still from the n-th such step on.
  void stall(machine_number machine, storage_step step, stall_plan how);
  /// False: it is not awake anywhere.
  bool kill_entity(const entity_id& who);
  /// The node ends, and starts again after a second.
  void end_node(machine_number machine, const std::string& why);
  void tell(const std::string& injected);  ///< for the story
  /// Right after the n-th turn of any actor from now.
  void after_turns(std::uint64_t nth, std::function<void()> what);
  /// What leaves a node for another goes as these messages instead: for peers of other versions.
  using translation = std::function<std::vector<std::string>(machine_number from,
                                                             machine_number at, std::string)>;
  void translate(translation how) { translation_ = std::move(how); }
  std::vector<std::string> translated(const process& from, node_number to, std::string message);

  void forget_waiting();
  std::vector<std::string> waiting() const;  ///< injected, and hit nothing yet
  const std::vector<std::string>& injected() const { return story_; }
  std::uint64_t turns() const { return turns_; }
  /// How often each type of message between nodes was sent.
  const std::map<std::string, std::uint64_t, std::less<>>& sent() const { return sent_; }

  // -- what passes --------------------------------------------------------------------------------
  /// True: it was taken care of, or is lost.
  bool asked(interposed_node& at, resalehub::ask& request);
  enum class passage : std::uint8_t { open, taken, refused };
  struct parcel {
    node_number to = 0;
    lane way = lane::urgent;
    std::string message;
  };
  passage sends(interposed_links& by, const parcel& what);
  /// True: it is not to be handled.
  bool arrives(process& at, node_number from, std::string_view message);
  void commits(process& at, const applied_entries& entries);
  /// Before a node's actor does something to the outside.
  void acts(process& at);
  void stores(process& at, storage_step step);

  world& in() const { return *in_; }
  machine_number machine_of(node_number node) const;

 private:
  struct armed {
    actor_fault fault;
    int seen = 0;
    int hits = 0;
  };
  struct partition_kill {
    keys::partition_number partition = 0;
    int commits_left = 0;
  };
  struct disk_stall {
    machine_number machine = 0;
    storage_step step = storage_step::sync;
    stall_plan how;
  };
  struct awake_at {
    machine_number machine = 0;
    caf::actor_addr actor;
  };
  struct throwing {
    std::string actor;  ///< which of the node's throws ...
    caf::actor_addr one;  ///< ... or which partition
    std::string why;
  };

  void considers(const entity_id& who, std::string_view type, stage how_far) override;
  /// The first that this message makes hit.
  const actor_fault* hit(std::string_view type,
                         const std::function<bool(const actor_fault&)>& suits);
  bool suits_ask(const actor_fault& fault, machine_number at, const resalehub::ask& request) const;
  void lose(interposed_node& at, resalehub::ask request);
  throwing thrower_for(process& at, std::string_view message, std::string why) const;
  void kill(const awake_at& who);

  watched_kinds kinds_;
  world* in_ = nullptr;
  std::deque<armed> armed_;
  std::vector<partition_kill> partition_kills_;
  std::vector<disk_stall> stalls_;
  std::vector<std::string> story_;
  std::map<std::string, std::uint64_t, std::less<>> sent_;
  translation translation_;
  std::multimap<std::uint64_t, std::function<void()>> after_turns_;
  std::uint64_t turns_ = 0;
  // Whose turn it is.
  process* acting_ = nullptr;  ///< null between turns
  caf::actor_addr acting_actor_;
  std::string_view acting_name_;
  std::map<entity_id, awake_at> awake_;
  std::map<keys::partition_number, machine_number> leads_;
  std::set<entity_id> dies_with_commit_;
  std::set<machine_number> end_after_commit_;
  std::map<machine_number, throwing> throwing_;
  /// Held back until something else passes: number -> how it goes on.
  struct held {
    std::string way;
    std::function<void()> go;
  };
  void release(const std::string& way);
  void hold(std::string way, std::function<void()> go);
  std::map<std::uint64_t, held> held_;
  std::uint64_t next_held_ = 1;
};

}  // namespace resalehub::simulation
