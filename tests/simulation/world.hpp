#pragma once
/// A cluster in one thread: machines with nodes on them, the network between, everything that goes
/// wrong, and clients who ask at any node. Time is virtual; who acts next is drawn from the seed.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/process.hpp"
#include "tests/simulation/run.hpp"
#include "tests/simulation/timeline.hpp"

namespace resalehub::simulation {

struct machine {
  machine_number number = 0;
  std::unique_ptr<forgetful_env> disk;
  node_memory memory;
  std::unique_ptr<node_clock> clock;
  std::unique_ptr<process> running;
  std::unique_ptr<simulated_links> joining;  ///< while it has no number
  std::unique_ptr<link_listener> deaf;
  std::uint64_t lives = 0;      ///< of processes; what was planned for one means nothing to another
  virtual_ns busy_until = 0;
  virtual_ns stalled_until = 0;
  virtual_ns log_pace = 1;      ///< so many times as slow as the quickest disk
  virtual_ns state_pace = 1;
  bool paused = false;
  bool down = false;            ///< a fault keeps it down
  bool absent = false;          ///< it is not there yet, or not any more
  bool log_planned = false;
  bool state_planned = false;
  bool rotten = false;          ///< a bit of its disk was flipped
  std::uint64_t disks = 1;
};

/// What came of a client's ask; nothing: nobody will ever say.
using client_answer = std::optional<result<answer>>;
using client_rows = std::optional<result<std::vector<listed_row>>>;

class world {
 public:
  world(const run_options& options, trace& log,
        std::function<const entity_kind*(kind_prefix)> kinds, node_seams seams = {});
  ~world();

  /// Founds the cluster and lets all machines in that are not absent; false when it does not come
  /// to be.
  bool begin();
  /// Plans these faults, counted from now.
  void plan(const schedule& faults);
  void run_for(virtual_ns time) { run_until(time_.now() + time); }
  void run_until(virtual_ns end);
  /// Until it holds, asked every 20 ms; false when it does not within `limit`.
  bool run_while_not(const std::function<bool()>& holds, virtual_ns limit);
  /// Nothing goes wrong any more, and everybody is up.
  void calm();

  // -- clients ------------------------------------------------------------------------------------
  /// Asks at a machine's node. Answered later, once; unknown when the node dies before.
  void ask(machine_number at, resalehub::ask request, std::function<void(client_answer)> heard);
  void list(machine_number at, scan request, std::function<void(client_rows)> heard);
  bool up(machine_number at) const;
  instant now_at(machine_number at) const { return machines_.at(at - 1)->clock->now(); }
  steady_instant steady_at(machine_number at) const {
    return machines_.at(at - 1)->clock->steady();
  }

  // -- for workloads and checks -------------------------------------------------------------------
  timeline& time() { return time_; }
  const run_options& options() const { return options_; }
  trace& log() { return log_; }
  std::uint32_t machines() const { return options_.machines; }
  machine& at(machine_number number) { return *machines_.at(number - 1); }
  void violated(std::string invariant, std::string sentence);
  const std::optional<violation>& broken() const { return broken_; }
  std::map<std::string, std::uint64_t>& figures() { return figures_; }
  log_watch& watch() { return watch_; }
  network& ways() { return ways_; }

  /// Reads the stores of a node; false when there is none, or its disk failed and it ended.
  bool look(machine& of, const std::function<void(const state_store&)>& read);
  void crash(machine& of);
  void start(machine& of);
  /// It loses its disk, whatever the groups can bear; what starts there afterwards is another node.
  void replace(machine& of);

 private:
  struct pending;
  class client_sink;

  void boot(machine& of);
  void join(machine& of);
  void take_turn(machine& of);
  void look_after(machine& of);
  void plan_rounds(machine& of);
  void beat(machine& of, std::uint64_t life);
  void carry_out(const fault& one);
  bool hit_disk(const fault& one, machine& of);
  bool hit_actor(const fault& one, machine& of);
  void hit_process(const fault& one, machine& of);
  void pause(machine& of, virtual_ns duration);
  /// Every group with a voter here has two more, whole, on other machines: it can lose this one.
  bool can_lose(const machine& of);
  std::optional<stored_membership> members_of(keys::partition_number partition);
  void restart_later(machine& of, virtual_ns delay);
  void forget_clients(machine_number of);
  void note(machine_number machine, std::string_view what, std::uint64_t first = 0,
            std::string text = {});
  machine* next_to_act();

  run_options options_;
  trace& log_;
  timeline time_;
  network ways_;
  log_watch watch_;
  process_surroundings around_;
  stream turns_;
  stream costs_;
  stream disks_;
  stream chance_;
  std::vector<std::unique_ptr<machine>> machines_;
  std::map<std::uint64_t, pending> clients_;
  std::uint64_t next_client_ = 1;
  std::optional<violation> broken_;
  std::map<std::string, std::uint64_t> figures_;
};

}  // namespace resalehub::simulation
