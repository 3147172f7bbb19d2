#pragma once
/// A node without threads, clocks, disks or sockets of its own: its actors over the stores, the
/// links and the actor system that it is given, and the doors to them. `node` gives it real ones, a
/// simulator others. `ask`, `list` and what links say: any thread. Made and ended by one thread.

#include <atomic>
#include <caf/actor.hpp>
#include <caf/fwd.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cluster/controller_actor.hpp"
#include "cluster/links.hpp"
#include "cluster/operator_door.hpp"
#include "storage/applier.hpp"
#include "storage/log_writer.hpp"

namespace resalehub {

/// What drives consensus and the rest in a node; all in ticks or milliseconds.
struct node_pace {
  milliseconds tick{50};
  int election_ticks = 6;
  int heartbeat_ticks = 2;
  int silent_ticks = 100;
};

struct node_actors_options {
  node_number self = 1;
  bool founder = false;            ///< the first of its cluster
  std::string cluster;             ///< its id, for those who join
  std::string secret;              ///< ... and what nodes sign with
  std::uint32_t partitions = 64;
  controller::join introduction;   ///< name and addresses of this node, key of its directory
  node_pace pace;
  std::size_t entities_memory_bytes = 256u << 20;  ///< of awake entities, all partitions
  std::uint32_t asks_per_partition_max = 4096;     ///< taken on and unanswered
  std::uint64_t log_kept_bytes = 64u << 20;        ///< of log tails in memory, all partitions
  std::size_t sync_every_bytes = 64u << 20;        ///< of applied state
  host_limits limits;
  router_limits routing;
  controller_limits controlling;
};

struct node_actors_ports {
  caf::actor_system* system = nullptr;
  clock_port* clock = nullptr;
  entropy_port* entropy = nullptr;
  log_store* log = nullptr;
  state_store* state = nullptr;
  links* way = nullptr;
  push_sink* watchers = nullptr;  ///< who watches at this node
  std::function<const entity_kind*(kind_prefix)> kinds;
  std::map<std::string, outside_port*> outside;
  std::function<std::unique_ptr<log_writer>(log_store&, durable_callback)> make_writer;
  std::function<std::unique_ptr<applier>(state_store&, std::size_t, applied_callback)>
      make_applier;
  roster known;                              ///< kept from an earlier run
  std::function<void(const roster&)> keep;
  node_broken broken;  ///< ends the node
  /// The record refuses this node for ever.
  std::function<void(const problem&)> refused = [](const problem&) {};
};

class node_actors : public entity_asker, public operator_door, public link_listener {
 public:
  node_actors(const node_actors_options& options, const node_actors_ports& ports);
  ~node_actors() override;

  /// Spawns everything. Links may speak from now on.
  void start();
  /// Ends all actors in an orderly way and waits for them; then writer and applier.
  void stop();
  /// Everything led here shall be led elsewhere, and nothing come back: asked again and again
  /// before a stop. `round` counts who answered and who leads what others could.
  void hand_over(std::shared_ptr<handover_round> round);
  /// For a driver that runs the actors itself: asks all of them to end, and lets go.
  enum class ending { in_order, at_once };
  void end_actors(ending how);

  void ask(resalehub::ask request) override;
  void list(scan request) override;
  void survey(surveyed told) override;
  void order(node_number leader, group_order what) override;

  void connected(node_number from, std::uint64_t incarnation) override;
  void disconnected(node_number from) override;
  void arrived(node_number from, std::uint64_t incarnation, std::string message) override;
  void introduced(std::string name, std::string request,
                  std::function<void(std::string)> reply) override;

  /// Every partition has a leader that can be reached from here, and this node is not drained.
  /// Short of room it serves as long as others cannot lead in its place.
  bool ready() const;
  /// What the disk has left; any thread.
  void find_room(disk_room now) { room_.store(now, std::memory_order_relaxed); }
  /// A beat by hand, where no ticker runs.
  void beat();
  void begin_ticking();

  const host_figures& figures() const { return figures_; }
  waiting_asks waiting() const;
  log_writer& writer() { return *writer_; }
  resalehub::applier& state_applier() { return *applier_; }
  const std::vector<caf::actor>& partitions() const { return partitions_; }
  const caf::actor& front_door() const { return front_door_; }

 private:
  class all_watchers;
  std::shared_ptr<partition_setup> setup_for(keys::partition_number number);
  host_ports host_ports_of();
  void make_threads();
  bool admitted(std::size_t place);
  std::size_t door_place() const { return options_.partitions + 1; }

  const node_actors_options options_;
  node_actors_ports ports_;
  host_figures figures_;
  outbound out_;
  std::unique_ptr<all_watchers> watchers_;
  std::vector<std::atomic<std::uint32_t>> waiting_;  ///< per partition, then lists, then the door
  std::vector<std::atomic<bool>> readable_;
  std::vector<std::atomic<bool>> leads_;
  std::atomic<std::uint32_t> led_{0};
  std::atomic<bool> announced_{false};  ///< the record knows this node
  std::atomic<bool> stays_{true};
  std::atomic<disk_room> room_{disk_room::enough};
  std::vector<caf::actor> partitions_;
  caf::actor lists_;
  caf::actor front_door_;
  caf::actor controller_;
  caf::actor ticker_;
  std::unique_ptr<log_writer> writer_;
  std::unique_ptr<resalehub::applier> applier_;
  std::shared_ptr<front_door_setup> door_setup_;
  std::shared_ptr<controller_setup> controller_setup_;
};

}  // namespace resalehub
