#include "tests/simulation/process.hpp"

#include <stdexcept>
#include <utility>

#include "base/message_pack.hpp"
#include "gateway/sandbox_payment_port.hpp"
#include "storage/failure.hpp"
#include "tests/simulation/moody_payment_port.hpp"

namespace resalehub::simulation {
namespace {

constexpr std::uint32_t half_per_million = 500'000;

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

/// The actors of a node, before there are any.
class own_actors final : public entity_asker {
 public:
  explicit own_actors(const std::unique_ptr<node_actors>& actors) : actors_(actors) {}
  void ask(resalehub::ask request) override { actors_->ask(std::move(request)); }
  void list(scan request) override { actors_->list(std::move(request)); }

 private:
  const std::unique_ptr<node_actors>& actors_;
};

caf::actor_system_config& without_threads(caf::actor_system_config& config) {
  config.set("scheduler.policy", caf::atom("testing"));
  return config;
}

}  // namespace

process::process(const process_surroundings& around, const process_machine& on)
    : machine_(on.number),
      memory_(on.memory),
      clock_(on.clock),
      disk_(on.disk),
      watch_(around.watch),
      seams_(around.seams),
      chance_(stream(around.seed, "node/" + std::to_string(machine_) + "/" +
                                      std::to_string(memory_.incarnation + 1))) {
  let_disks_end_nodes();
  const acts now(*this);
  ++memory_.incarnation;
  open_stores(around);
  if (!failure_.empty()) return;
  links_ = std::make_unique<simulated_links>(
      around.ways, machine_, identity{memory_.node, memory_.name, memory_.incarnation});
  system_ = std::make_unique<caf::actor_system>(without_threads(config_));
  system_->await_actors_before_shutdown(false);
  auto options = around.options;
  options.self = memory_.node;
  options.founder = memory_.founder;
  options.partitions = memory_.partitions;
  options.cluster = "simulated";
  options.secret = "secret";
  options.introduction = {memory_.key, memory_.name, "", address_of(machine_), "", "",
                          memory_.partitions};
  open_payment(around);
  actors_ = seams_.make_actors ? seams_.make_actors(*this, options, ports_for(around))
                               : std::make_unique<node_actors>(options, ports_for(around));
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
    for (group_number group = 0; group < memory_.partitions; ++group)
      watch_.opened(machine_, group, log_->load(group), state_->applied(group).index);
  } catch (const disk_gone&) {
  }
}

/// The provider's charges live in the cluster, too: it asks the node that it is given to.
void process::open_payment(const process_surroundings& around) {
  own_ = std::make_unique<own_actors>(actors_);
  payment_ = make_sandbox_payment_port(*own_);
  const auto own_moods = "payment/" + std::to_string(machine_) + "/" +
                         std::to_string(memory_.incarnation);
  if (stream(around.seed, "payment").chance(half_per_million))
    payment_ = std::make_unique<moody_payment_port>(std::move(payment_), around.time,
                                                    stream(around.seed, own_moods));
  outside["payment"] = payment_.get();
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
    actors_->end_actors(node_actors::ending::at_once);
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

std::string process::describe(keys::partition_number partition) const {
  const auto log = log_->load(partition);
  const auto at = state_->applied(partition);
  stored_membership known;
  if (const auto bytes = state_->members(partition); !bytes.empty()) (void)unpack(bytes, known);
  std::string out = "partition " + std::to_string(partition) + ", member " +
                    std::to_string(log.member) + ": term " + std::to_string(log.hard.term) +
                    ", log " + std::to_string(log.cut_index) + "-" +
                    std::to_string(log.cut_index + log.entries.size()) + ", applied " +
                    std::to_string(at.index) + ", mixed until " + std::to_string(at.mixed_until) +
                    ", members of " + std::to_string(known.index) + ":";
  for (const auto member : known.members.voters) out += " " + std::to_string(member);
  for (const auto member : known.members.learners) out += " learner " + std::to_string(member);
  for (const auto member : known.members.outgoing) out += " outgoing " + std::to_string(member);
  return out;
}

bool process::look(const std::function<void()>& read) {
  const acts now(*this);
  try {
    read();
    return true;
  } catch (const disk_gone&) {
    return false;
  }
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
