#include "tests/simulation/process.hpp"

#include <stdexcept>
#include <utility>

#include "gateway/sandbox_payment_port.hpp"
#include "storage/failure.hpp"

namespace resalehub::simulation {
namespace {

struct disk_gone : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Whose stores are being called now.
process* acting = nullptr;

class acts {
 public:
  explicit acts(process& who) : before_(std::exchange(acting, &who)) {}
  ~acts() { acting = before_; }

 private:
  process* before_;
};

void let_disks_end_nodes() {
  static const bool once = [] {
    storage_fails_by([](const std::string& sentence) {
      if (acting != nullptr) acting->fail_with(sentence);
      throw disk_gone(sentence);
    });
    return true;
  }();
  (void)once;
}

caf::actor_system_config& without_threads(caf::actor_system_config& config) {
  config.set("scheduler.policy", caf::atom("testing"));
  return config;
}

}  // namespace

process::process(const process_surroundings& around, machine_number machine, node_memory& memory,
                 const node_clock& clock, forgetful_env& disk)
    : machine_(machine),
      memory_(memory),
      clock_(clock),
      disk_(disk),
      watch_(around.watch),
      seams_(around.seams),
      chance_(stream(around.seed, "node/" + std::to_string(machine) + "/" +
                                      std::to_string(memory.incarnation + 1))) {
  let_disks_end_nodes();
  const acts now(*this);
  ++memory_.incarnation;
  open_stores(around);
  if (!failure_.empty()) return;
  links_ = std::make_unique<simulated_links>(
      around.ways, machine, identity{memory.node, memory.name, memory.incarnation});
  system_ = std::make_unique<caf::actor_system>(without_threads(config_));
  system_->await_actors_before_shutdown(false);
  auto options = around.options;
  options.self = memory.node;
  options.founder = memory.founder;
  options.partitions = memory.partitions;
  options.cluster = "simulated";
  options.secret = "secret";
  options.introduction = {memory.key, memory.name, "", address_of(machine), "", "",
                          memory.partitions};
  for (group_number group = 0; group < memory.partitions; ++group)
    watch_.opened(machine_, group, log_->load(group), state_->applied(group).index);
  actors_ = seams_.make_actors ? seams_.make_actors(*this, options, ports_for(around))
                               : std::make_unique<node_actors>(options, ports_for(around));
  payment_ = make_sandbox_payment_port(*actors_);
  outside["payment"] = payment_.get();
  links_->start(*actors_);
  actors_->start();
}

void process::open_stores(const process_surroundings& around) {
  auto options = around.stores;
  options.env = disk_.env();
  options.opening_threads = 1;
  try {
    options.directory = "/node/log";
    auto log = log_store::open(options);
    if (!log) return fail_with(log.problem().detail);
    log_ = std::move(*log);
    options.directory = "/node/state";
    auto state = state_store::open(options);
    if (!state) return fail_with(state.problem().detail);
    state_ = std::move(*state);
    disk_.run_background();
  } catch (const disk_gone&) {
  }
}

node_actors_ports process::ports_for(const process_surroundings& around) {
  node_actors_ports ports;
  ports.system = system_.get();
  ports.clock = const_cast<node_clock*>(&clock_);
  ports.entropy = &chance_;
  ports.log = log_.get();
  ports.state = state_.get();
  ports.way = links_.get();
  ports.kinds = around.kinds;
  ports.outside = outside;
  ports.make_writer = [this](log_store& store, durable_callback durable) {
    auto made = watch_.watched(machine_, make_inline_log_writer(store, std::move(durable)));
    writer_ = made.get();
    return made;
  };
  ports.make_applier = [this](state_store& store, std::size_t bytes, applied_callback applied) {
    auto made =
        watch_.watched(machine_, make_inline_applier(store, bytes, std::move(applied)));
    applier_ = made.get();
    return made;
  };
  ports.known = memory_.known;
  ports.keep = [this](const roster& known) { memory_.known = known; };
  ports.broken = [this](const std::string& sentence) { fail_with(sentence); };
  return ports;
}

process::~process() {
  failure_ = "it is dead";
  if (links_) links_->stop();
  if (actors_) {
    const acts now(*this);
    actors_->end_actors(true);
    while (scheduler().try_run_once()) {
    }
    scheduler().clock().cancel_all();
  }
  actors_.reset();
  system_.reset();
}

caf::scheduler::test_coordinator& process::scheduler() const {
  return dynamic_cast<caf::scheduler::test_coordinator&>(system_->scheduler());
}

void process::step(stream& turns) {
  const acts now(*this);
  auto& jobs = scheduler().jobs;
  const auto which = static_cast<std::ptrdiff_t>(turns.below(jobs.size()));
  std::rotate(jobs.begin(), jobs.begin() + which, jobs.begin() + which + 1);
  if (seams_.before_turn) seams_.before_turn(*this, *jobs.front());
  scheduler().try_run_once();
  if (seams_.after_turn) seams_.after_turn(*this);
}

bool process::log_round() {
  const acts now(*this);
  try {
    const bool did = writer_->run_once();
    disk_.run_background();
    return did;
  } catch (const disk_gone&) {
    return false;
  }
}

bool process::state_round() {
  const acts now(*this);
  try {
    const bool did = applier_->run_once();
    disk_.run_background();
    return did;
  } catch (const disk_gone&) {
    return false;
  }
}

}  // namespace resalehub::simulation
