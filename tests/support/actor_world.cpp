#include "tests/support/actor_world.hpp"

#include <caf/send.hpp>
#include <cstring>
#include <utility>

#include "base/check.hpp"
#include "cluster/directory.hpp"

namespace resalehub::testing {
namespace {

caf::actor_system_config& without_threads(caf::actor_system_config& config) {
  config.set("scheduler.policy", caf::atom("testing"));
  return config;
}

/// Keeps what it is given.
class kept_answers final : public answer_sink {
 public:
  void deliver(std::vector<answered_ask> batch) override {
    for (auto& answer : batch) answers.push_back(std::move(answer));
  }
  void deliver_scan(answered_scan scan) override { scans.push_back(std::move(scan)); }
  std::vector<answered_ask> answers;
  std::vector<answered_scan> scans;
};

problem nobody_leads() { return {code::shard_unavailable, "this partition has no leader here"}; }

class kept_pushes final : public push_sink {
 public:
  explicit kept_pushes(std::vector<push>& into) : into_(into) {}
  void publish(std::vector<push> batch) override {
    for (auto& one : batch) into_.push_back(std::move(one));
  }

 private:
  std::vector<push>& into_;
};

}  // namespace

std::uint64_t test_entropy::next() {
  state_ += 0x9e3779b97f4a7c15ull;
  auto z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

void test_entropy::fill(void* bytes, std::size_t count) {
  auto* out = static_cast<unsigned char*>(bytes);
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<unsigned char>(next());
}

/// What dies in a crash.
struct actor_world::live_node {
  explicit live_node(actor_world& world)
      : out(alone, world.figures),
        pushes(world.pushed),
        waiting(world.options_.partitions),
        system(without_threads(config)) {
    system.await_actors_before_shutdown(false);
    store_options log_options{"/world/log"};
    log_options.env = world.env_->env();
    store_options state_options{"/world/state"};
    state_options.env = world.env_->env();
    auto opened_log = log_store::open(log_options);
    check(opened_log.ok(), opened_log.ok() ? "" : opened_log.problem().detail);
    log = std::move(*opened_log);
    auto opened_state = state_store::open(state_options);
    check(opened_state.ok(), opened_state.ok() ? "" : opened_state.problem().detail);
    state = std::move(*opened_state);
    writer = make_inline_log_writer(*log, [this](std::vector<durable_append> appends) {
      for (const auto& append : appends)
        if (append.ready != 0)
          caf::anon_send(partitions[append.group], append_durable{append.ready});
    });
    applier = make_inline_applier(*state, 1u << 20, [this](std::vector<applied_notice> notices) {
      for (const auto& notice : notices)
        caf::anon_send(partitions[notice.partition],
                       entries_applied{notice.index, notice.term, notice.covered, notice.chunks,
                                       notice.mixed_until});
    });
    for (std::uint32_t p = 0; p < world.options_.partitions; ++p)
      partitions.push_back(system.spawn<partition_actor>(world_setup(world, p)));
    for (const auto& partition : partitions) caf::anon_send(partition, partition_flush{});
  }

  ~live_node() {
    for (auto& partition : partitions)
      caf::anon_send_exit(partition, caf::exit_reason::kill);
    while (scheduler().try_run_once()) {
    }
    scheduler().clock().cancel_all();
    partitions.clear();
    writer.reset();
    applier.reset();
  }

  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  }

  std::shared_ptr<partition_setup> world_setup(actor_world& world, std::uint32_t p) {
    auto setup = std::make_shared<partition_setup>();
    setup->options.partition = static_cast<keys::partition_number>(p);
    setup->options.founder = true;
    setup->stored = log->load(setup->options.partition);
    setup->replica = {writer.get(), applier.get(), state.get(),
                      &out,         &world.entropy, &world.figures};
    setup->ports = {&world.clock, &world.entropy, state.get(),   &world,
                    &pushes,      world.kinds_,   world.outside, &world.figures};
    setup->limits = world.options_.limits;
    setup->waiting = &waiting[p];
    setup->doors = {[](resalehub::ask request) {
                      if (request.sink)
                        request.sink->deliver({{request.ticket, nobody_leads()}});
                    },
                    [](scan request) {
                      answered_scan refused{request.ticket, nobody_leads()};
                      request.sink->deliver_scan(std::move(refused));
                    },
                    [](const leader_hint&) {}, [](const node_message&) {},
                    [](keys::partition_number, bool) {},
                    [](const std::string& sentence) { fail(sentence); }};
    return setup;
  }

  no_links alone;
  outbound out;
  kept_pushes pushes;
  std::unique_ptr<log_store> log;
  std::unique_ptr<state_store> state;
  std::unique_ptr<inline_log_writer> writer;
  std::unique_ptr<inline_applier> applier;
  std::vector<std::atomic<std::uint32_t>> waiting;
  caf::actor_system_config config;
  caf::actor_system system;
  std::vector<caf::actor> partitions;
};

actor_world::actor_world(kinds_lookup kinds, world_options options)
    : entropy(options.seed),
      turns_(options.seed + 1),
      kinds_(std::move(kinds)),
      options_(options),
      env_(forgetful_env::make()) {}

actor_world::~actor_world() = default;

void actor_world::start() {
  node_ = std::make_unique<live_node>(*this);
  run();
}

void actor_world::crash() {
  auto disk = env_->after_crash(entropy.next());
  node_.reset();
  env_ = std::move(disk);
}

/// Disk and actors take turns as the seed says: the applier may lag or lead.
bool actor_world::step() {
  const auto turn = turns_.next() % 8;
  if (turn == 0 && node_->applier->run_once()) return true;
  if (turn == 1 && node_->writer->run_once()) return true;
  return node_->scheduler().try_run_once() || node_->writer->run_once() ||
         node_->applier->run_once();
}

void actor_world::run() {
  while (step()) {
  }
}

void actor_world::run_disk() {
  while (node_->writer->run_once() || node_->applier->run_once()) {
  }
}

void actor_world::pass(milliseconds time) {
  constexpr milliseconds tick{100};
  for (const auto end = clock.at + time; clock.at < end;) {
    clock.at = std::min(end, clock.at + tick);
    for (auto& partition : node_->partitions) caf::anon_send(partition, partition_tick{});
    run();
  }
}

void actor_world::ask(resalehub::ask request) {
  if (!node_) return;  // a dying node's last words reach nobody
  const auto partition = partition_of(request.to.slot, options_.partitions);
  ++node_->waiting[partition];
  caf::anon_send(node_->partitions[partition], std::move(request));
}

void actor_world::list(scan request) {
  check(request.place.has_value(), "this world lists one place at a time");
  const auto partition = partition_of(*request.place, options_.partitions);
  ++node_->waiting[partition];
  caf::anon_send(node_->partitions[partition], std::move(request));
}

std::optional<result<answer>> actor_world::answer_to(resalehub::ask request) {
  auto sink = std::make_shared<kept_answers>();
  request.sink = sink;
  if (request.deadline == steady_instant{}) request.deadline = clock.steady() + milliseconds{10000};
  ask(std::move(request));
  while (sink->answers.empty() && step()) {
  }
  if (sink->answers.empty()) return std::nullopt;
  return std::move(sink->answers.front().outcome);
}

std::size_t actor_world::rows_stored(family where) const {
  std::size_t rows = 0;
  node_->state->scan({where, "", ""},
                     [&](std::string_view, std::string_view) { return ++rows > 0; });
  return rows;
}

std::vector<listed_row> actor_world::rows_of(const std::string& index, slot_number place) {
  auto sink = std::make_shared<kept_answers>();
  scan request;
  request.index = index;
  request.place = place;
  request.limit = 10000;
  request.deadline = clock.steady() + milliseconds{10000};
  request.sink = sink;
  list(std::move(request));
  while (sink->scans.empty() && step()) {
  }
  check(!sink->scans.empty() && sink->scans.front().outcome.ok(), "a list is served");
  return *sink->scans.front().outcome;
}

}  // namespace resalehub::testing
