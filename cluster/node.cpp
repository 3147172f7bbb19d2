#include "cluster/node.hpp"

#include <atomic>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <condition_variable>
#include <utility>
#include <vector>

#include "cluster/directory.hpp"
#include "cluster/list_actor.hpp"
#include "cluster/partition_actor.hpp"
#include "cluster/ticker_actor.hpp"

namespace resalehub {
namespace {

problem too_many() { return {code::overloaded, "too many requests wait for this partition"}; }

caf::actor_system_config& configured(caf::actor_system_config& config, int workers) {
  config.set("scheduler.policy", caf::atom("sharing"));
  config.set("scheduler.max-threads", static_cast<std::size_t>(workers));
  config.set("scheduler.max-throughput", std::size_t{256});
  return config;
}

class real_node final : public node {
 public:
  real_node(const node_options& options, const node_ports& ports,
            std::unique_ptr<data_directory> directory)
      : options_(options),
        ports_(ports),
        directory_(std::move(directory)),
        waiting_(options.partitions + 1),
        system_(configured(config_, options.workers)) {}

  ~real_node() override { stop(); }

  result<done> open();
  void ask(resalehub::ask request) override;
  void list(scan request) override;
  bool ready() const override { return leading_.load() == options_.partitions; }
  void stop() override;
  data_directory& directory() override { return *directory_; }
  const host_figures& figures() const override { return figures_; }
  log_writer_figures log_figures() const override { return writer_->figures(); }

 private:
  std::shared_ptr<partition_setup> setup_for(keys::partition_number number);
  void spawn_partitions();
  bool admitted(std::uint32_t place);

  node_options options_;
  node_ports ports_;
  std::unique_ptr<data_directory> directory_;
  host_figures figures_;
  std::unique_ptr<log_store> log_;
  std::unique_ptr<state_store> state_;
  std::vector<std::atomic<std::uint32_t>>
      waiting_;  ///< asks not yet taken on: per partition, lists last
  std::atomic<std::uint32_t> leading_{0};
  bool stopped_ = false;
  caf::actor_system_config config_;
  caf::actor_system system_;
  std::vector<caf::actor> partitions_;
  caf::actor lists_;
  caf::actor ticker_;
  std::unique_ptr<threaded_log_writer> writer_;
  std::unique_ptr<applier> applier_;
};

result<done> real_node::open() {
  store_options log_options{directory_->log_path()};
  log_options.write_buffer_bytes = options_.log_write_buffer_bytes;
  auto log = log_store::open(log_options);
  if (!log) return std::move(log).problem();
  log_ = std::move(*log);
  store_options state_options{directory_->state_path()};
  state_options.write_buffer_bytes = options_.state_write_buffer_bytes;
  state_options.cache_bytes = options_.state_cache_bytes;
  auto state = state_store::open(state_options);
  if (!state) return std::move(state).problem();
  state_ = std::move(*state);
  writer_ = make_log_writer(*log_, [this](std::vector<durable_append> appends) {
    for (const auto& append : appends)
      if (append.ready != 0)
        caf::anon_send(partitions_[append.group], append_durable{append.ready});
  });
  applier_ = make_applier(*state_, options_.sync_every_bytes,
                          [this](std::vector<applied_notice> notices) {
                            for (const auto& notice : notices)
                              caf::anon_send(partitions_[notice.partition],
                                             entries_applied{notice.index, notice.covered});
                          });
  spawn_partitions();
  return done{};
}

std::shared_ptr<partition_setup> real_node::setup_for(keys::partition_number number) {
  auto setup = std::make_shared<partition_setup>();
  setup->number = number;
  setup->raft.group = number;
  setup->raft.member = directory_->identity().node;
  setup->raft.members.voters = {setup->raft.member};
  setup->stored = log_->load(number);
  setup->applied = state_->applied(number);
  setup->ports = {ports_.clock,  ports_.entropy, state_.get(), this,
                  ports_.pushes, ports_.kinds,   ports_.outside, &figures_};
  setup->limits = options_.limits;
  setup->limits.memory_bytes = options_.entities_memory_bytes / options_.partitions;
  setup->writer = writer_.get();
  setup->applier = applier_.get();
  setup->waiting = &waiting_[number];
  setup->log_kept_bytes = options_.log_kept_bytes / options_.partitions;
  setup->leadership_changed = [this](keys::partition_number, bool leads) {
    leads ? ++leading_ : --leading_;
  };
  return setup;
}

/// All handles exist before the first partition can hear from the writer or another partition.
void real_node::spawn_partitions() {
  for (std::uint32_t p = 0; p < options_.partitions; ++p)
    partitions_.push_back(system_.spawn<partition_actor, caf::lazy_init>(
        setup_for(static_cast<keys::partition_number>(p))));
  for (const auto& partition : partitions_) caf::anon_send(partition, partition_flush{});
  lists_ = system_.spawn<list_actor>(state_.get(), options_.partitions, &waiting_.back());
  ticker_ = system_.spawn<ticker_actor>(partitions_, options_.tick);
}

void real_node::ask(resalehub::ask request) {
  const auto partition = partition_of(request.to.slot, options_.partitions);
  if (!admitted(partition)) {
    if (request.sink) request.sink->deliver({{request.ticket, too_many()}});
    return;
  }
  caf::anon_send(partitions_[partition], std::move(request));
}

/// A mailbox has no bound of its own: count before sending.
bool real_node::admitted(std::uint32_t place) {
  auto& waiting = waiting_[place];
  if (waiting.fetch_add(1, std::memory_order_relaxed) < options_.asks_per_partition_max)
    return true;
  waiting.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

void real_node::list(scan request) {
  const auto place =
      request.place ? partition_of(*request.place, options_.partitions) : options_.partitions;
  if (!admitted(place)) return request.sink->deliver_scan({request.ticket, too_many()});
  caf::anon_send(request.place ? partitions_[place] : lists_, std::move(request));
}

void real_node::stop() {
  if (std::exchange(stopped_, true)) return;
  if (ticker_) caf::anon_send_exit(ticker_, caf::exit_reason::user_shutdown);
  if (lists_) caf::anon_send_exit(lists_, caf::exit_reason::user_shutdown);
  for (auto& partition : partitions_)
    caf::anon_send_exit(partition, caf::exit_reason::user_shutdown);
  system_.await_all_actors_done();
  writer_.reset();
  applier_.reset();
}

}  // namespace

result<std::unique_ptr<node>> node::start(const node_options& options, const node_ports& ports) {
  directory_identity wanted;
  wanted.partitions = options.partitions;
  std::string cluster(32, '0');
  for (auto& digit : cluster) digit = "0123456789abcdef"[ports.entropy->next() % 16];
  wanted.cluster = cluster;
  auto directory = data_directory::open(options.directory, wanted, "");
  if (!directory) return std::move(directory).problem();
  auto adjusted = options;
  adjusted.partitions = (*directory)->identity().partitions;
  auto made = std::make_unique<real_node>(adjusted, ports, std::move(*directory));
  auto opened = made->open();
  if (!opened) return std::move(opened).problem();
  return std::unique_ptr<node>(std::move(made));
}

}  // namespace resalehub
