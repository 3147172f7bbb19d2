#pragma once
/// A cluster for the test of an actor: several nodes, simulated in this one thread, with faults in
/// one line each. See docs/fault-injection.md. The same seed and calls: the same run. A call that
/// cannot be answered, or an invariant that breaks, throws `cluster_failed`, which names all that
/// was injected.

#include <stdexcept>

#include "base/message_pack.hpp"
#include "tests/simulation/kit/interposer.hpp"
#include "tests/simulation/workload.hpp"

namespace resalehub::simulation {

struct cluster_failed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct cluster_options {
  std::uint64_t seed = 1;
  std::uint32_t machines = 3;
  std::uint32_t partitions = 2;
  machine_set absent;               ///< machines that are let in later, by `admit`
  milliseconds patience{30'000};    ///< with an ask, all attempts together
  constants sizes = constants::ordinary;  ///< small: logs are cut early, few entities stay awake
};

/// How one asks.
struct asking {
  entity_id by{};
  machine_number at = 0;  ///< through its node; 0: through any, another for each attempt
  std::optional<std::uint64_t> expected_version;
};

/// An ask under way: may be dropped; `test_cluster::wait` for its answer.
class told {
 public:
  bool over() const { return answer_->has_value(); }

 private:
  friend class test_cluster;
  std::shared_ptr<std::optional<client_answer>> answer_ =
      std::make_shared<std::optional<client_answer>>();
};

/// Where a partition is.
struct partition_place {
  machine_number leader = 0;  ///< 0: nobody that the others hear
  std::vector<machine_number> voters;
  std::vector<machine_number> learners;
  std::uint64_t index = 0;    ///< of the last change of members
};

class test_cluster {
 public:
  explicit test_cluster(const cluster_options& options = {});
  ~test_cluster();

  /// Before the cluster begins. Those of actors/ are there.
  void register_kind(const entity_kind& kind);
  void begin();  ///< else the first ask does

  // -- asking -------------------------------------------------------------------------------------
  /// A command, under a request id of its own and repeated until its answer is final: it takes
  /// effect once.
  template <class Command>
  result<answer> ask(const entity_id& to, const Command& command, const asking& how = {}) {
    return wait(tell(to, command, how));
  }
  template <class Command>
  told tell(const entity_id& to, const Command& command, const asking& how = {}) {
    return send(to, ask_mode::keyed, packed(command), how);
  }
  /// A query: what is read is true between question and answer.
  template <class Query>
  result<answer> query(const entity_id& to, const Query& question, const asking& how = {}) {
    return wait(send(to, ask_mode::query, packed(question), how));
  }
  /// One attempt, at one node; nothing when that node died of it.
  client_answer ask_once(machine_number at, resalehub::ask request);
  result<answer> wait(const told& which);
  /// Through any node, until it comes.
  std::vector<listed_row> list(const scan& request);

  // -- time ---------------------------------------------------------------------------------------
  void pass(milliseconds time);
  /// Until it holds; throws when it does not within `limit`.
  void pass_until(std::string_view what, const std::function<bool()>& holds,
                  milliseconds limit = milliseconds{60'000});

  // -- actors: see kit/actor_fault.hpp ------------------------------------------------------------
  void inject(const actor_fault& fault);
  void kill(const entity_id& who);  ///< it must be awake
  /// Whoever leads it dies when the n-th commit from now is made, before anybody is answered; its
  /// node starts again after a second.
  void kill_partition(keys::partition_number which, int nth_commit = 1);

  // -- disks --------------------------------------------------------------------------------------
  /// Once; a node whose disk fails ends, and starts again after a second.
  void fail_storage(machine_number of, storage_step step, int nth = 1);
  void stall_storage(machine_number of, storage_step step, stall_plan how);
  void fill_disk(machine_number of, milliseconds time);

  // -- clocks -------------------------------------------------------------------------------------
  void move_clock(machine_number of, milliseconds by);
  void drift_clock(machine_number of, std::int64_t per_million);
  void freeze_clock(machine_number of);
  void mend_clock(machine_number of);

  // -- leaderships --------------------------------------------------------------------------------
  std::vector<partition_place> placement();
  keys::partition_number partition_of(const entity_id& who) const;
  machine_number leader_of(const entity_id& who);
  /// Orders it, and waits until it has come to pass. The controller evens out leaderships, and may
  /// move one on.
  void move_leadership(keys::partition_number which, machine_number to);

  // -- nodes and links ----------------------------------------------------------------------------
  void crash(machine_number which, milliseconds time = milliseconds{1000});
  void stop(machine_number which);   ///< crashes, and stays down ...
  void start(machine_number which);  ///< ... until it is started
  void pause(machine_number which, milliseconds time);
  void replace(machine_number which);  ///< with an empty disk: another node in its place
  void admit(machine_number which);    ///< an absent one is let in
  void drain(machine_number which);    ///< by an operator: its replicas are to leave
  void cut(machine_set some, machine_set others, milliseconds time);  ///< both ways
  void calm();  ///< all faults are over, what was injected and hit nothing too; all are up

  // -- what happened ------------------------------------------------------------------------------
  bool all_injected() const { return faults_.waiting().empty(); }
  std::string story() const;  ///< what was injected, and when; for a failing test's message
  world& in() { return *in_; }
  interposer& faults() { return faults_; }

 private:
  told send(const entity_id& to, ask_mode mode, std::string body, const asking& how);
  void strike(fault_kind kind, machine_set some, machine_set others, milliseconds time);
  void check_sound() const;
  [[noreturn]] void give_up(std::string_view why) const;

  const cluster_options options_;
  trace log_;
  interposer faults_;
  std::unique_ptr<world> in_;
  stream chance_;
  std::uint64_t asked_ = 0;
  bool begun_ = false;
};

}  // namespace resalehub::simulation
