#pragma once
/// One run of a node on a machine, from its start to its death: the real actors over a simulated
/// network, disk, clock and chance, one message at a time. One thread.

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <memory>
#include <string>

#include "cluster/node_actors.hpp"
#include "tests/simulation/log_watch.hpp"
#include "tests/simulation/node_clock.hpp"
#include "tests/simulation/simulated_links.hpp"
#include "tests/support/forgetful_env.hpp"

namespace resalehub::simulation {

/// What a machine's disk keeps beside the stores; written at once, as the real files are.
struct node_memory {
  node_number node = 0;  ///< 0: has not joined
  bool founder = false;
  std::string name;
  std::string key;
  std::uint32_t partitions = 0;
  std::uint64_t incarnation = 0;
  roster known;
};

class process;

/// What a test puts between its nodes and their surroundings; an empty one changes nothing.
struct node_seams {
  std::function<std::unique_ptr<node_actors>(process&, const node_actors_options&,
                                             const node_actors_ports&)> make_actors;
  /// Whose turn it is, just before it: an actor that handles one message.
  std::function<void(process&, caf::resumable&)> before_turn;
  std::function<void(process&)> after_turn;
};

/// What all processes of a run share.
struct process_surroundings {
  timeline& time;
  network& ways;
  log_watch& watch;
  std::uint64_t seed = 0;
  node_actors_options options;  ///< but for who the node is
  std::function<const entity_kind*(kind_prefix)> kinds;
  store_options stores;         ///< but for directory and disk
  node_seams seams;
};

/// What a machine has that outlives the processes on it.
struct process_machine {
  machine_number number = 0;
  node_memory& memory;
  const node_clock& clock;
  forgetful_env& disk;
};

class process {
 public:
  /// Throws `process_failed` when the disk does not bear it.
  process(const process_surroundings& around, const process_machine& on);
  ~process();  ///< dies: nothing that it says from now on is heard

  bool has_work() const { return !scheduler().jobs.empty(); }
  /// One message of one actor.
  void step(stream& turns);
  void beat() { actors_->beat(); }
  /// Rounds of the threads that there are none of; false: nothing to do.
  bool log_round();
  bool state_round();
  bool log_waits() const { return !writer_->idle(); }
  bool state_waits() const { return !applier_->idle(); }

  node_actors& actors() { return *actors_; }
  state_store& state() { return *state_; }
  /// Reads its stores; false when the disk did not bear it, and the process must die.
  bool look(const std::function<void()>& read);
  /// What its disk says of a partition, for the report of a failure.
  std::string describe(keys::partition_number partition) const;
  machine_number machine() const { return machine_; }
  /// Why it must die now; empty while all is well.
  const std::string& failure() const { return failure_; }
  void fail_with(const std::string& sentence) { failure_ = sentence; }

  std::map<std::string, outside_port*> outside;

 private:
  caf::scheduler::test_coordinator& scheduler() const;
  void open_stores(const process_surroundings& around);
  void open_payment(const process_surroundings& around);
  node_actors_ports ports_for(const process_surroundings& around);

  const machine_number machine_;
  node_memory& memory_;
  const node_clock& clock_;
  forgetful_env& disk_;
  log_watch& watch_;
  const node_seams& seams_;
  std::string failure_;
  stream_entropy chance_;
  std::unique_ptr<simulated_links> links_;
  std::unique_ptr<log_store> log_;
  std::unique_ptr<state_store> state_;
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  inline_log_writer* writer_ = nullptr;  ///< the actors own them
  inline_applier* applier_ = nullptr;
  std::unique_ptr<entity_asker> own_;
  std::unique_ptr<outside_port> payment_;
  std::unique_ptr<node_actors> actors_;
};

}  // namespace resalehub::simulation
