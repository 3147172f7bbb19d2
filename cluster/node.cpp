#include "cluster/node.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <utility>

#include "cluster/node_actors.hpp"

namespace resalehub {
namespace {

caf::actor_system_config& configured(caf::actor_system_config& config, int workers) {
  config.set("scheduler.policy", caf::atom("sharing"));
  config.set("scheduler.max-threads", static_cast<std::size_t>(workers));
  config.set("scheduler.max-throughput", std::size_t{256});
  return config;
}

std::string hexadecimal(std::string_view bytes) {
  std::string out;
  for (const unsigned char byte : bytes) {
    out.push_back("0123456789abcdef"[byte >> 4]);
    out.push_back("0123456789abcdef"[byte & 15]);
  }
  return out;
}

class real_node final : public node {
 public:
  real_node(const node_options& options, const node_ports& ports,
            std::unique_ptr<data_directory> directory)
      : options_(options),
        ports_(ports),
        directory_(std::move(directory)),
        system_(configured(config_, options.workers)) {}

  ~real_node() override { stop(); }

  result<done> open();
  void ask(resalehub::ask request) override { actors_->ask(std::move(request)); }
  void list(scan request) override { actors_->list(std::move(request)); }
  void survey(surveyed told) override { actors_->survey(std::move(told)); }
  void order(node_number leader, group_order what) override {
    actors_->order(leader, std::move(what));
  }
  bool ready() const override { return actors_->ready(); }
  void stop() override;
  data_directory& directory() override { return *directory_; }
  const host_figures& figures() const override { return actors_->figures(); }
  waiting_asks waiting() const override { return actors_->waiting(); }
  log_writer_figures log_figures() const override { return writer_->figures(); }

 private:
  result<done> open_stores();
  result<done> introduce();
  node_actors_ports actor_ports();

  node_options options_;
  node_ports ports_;
  std::unique_ptr<data_directory> directory_;
  std::unique_ptr<log_store> log_;
  std::unique_ptr<state_store> state_;
  no_links alone_;
  bool stopped_ = false;
  caf::actor_system_config config_;
  caf::actor_system system_;
  threaded_log_writer* writer_ = nullptr;  ///< the actors own it
  std::unique_ptr<node_actors> actors_;
};

result<done> real_node::open_stores() {
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
  return done{};
}

/// Who this node is, by what its directory keeps.
result<done> real_node::introduce() {
  const auto& identity = directory_->identity();
  auto& who = options_.actors;
  who.self = static_cast<node_number>(identity.node);
  who.founder = identity.node == 1;
  who.cluster = identity.cluster;
  who.partitions = identity.partitions;
  std::string fresh(32, '\0');
  ports_.entropy->fill(fresh.data(), fresh.size());
  auto key = directory_->secret("node", fresh);
  if (!key) return std::move(key).problem();
  who.introduction.key = hexadecimal(*key);
  who.introduction.name = options_.name;
  who.introduction.address = options_.address;
  who.introduction.partitions = identity.partitions;
  return done{};
}

node_actors_ports real_node::actor_ports() {
  node_actors_ports ports;
  ports.system = &system_;
  ports.clock = ports_.clock;
  ports.entropy = ports_.entropy;
  ports.log = log_.get();
  ports.state = state_.get();
  ports.way = &alone_;
  ports.watchers = ports_.pushes;
  ports.kinds = [kinds = ports_.kinds](kind_prefix prefix) {
    return prefix == controller_kind()->prefix ? controller_kind() : kinds(prefix);
  };
  ports.outside = ports_.outside;
  ports.make_writer = [this](log_store& store, durable_callback durable) {
    auto made = make_log_writer(store, std::move(durable));
    writer_ = made.get();
    return made;
  };
  ports.make_applier = make_applier;
  ports.keep = [](const roster&) {};
  return ports;
}

result<done> real_node::open() {
  if (auto opened = open_stores(); !opened) return opened;
  if (auto introduced = introduce(); !introduced) return introduced;
  actors_ = std::make_unique<node_actors>(options_.actors, actor_ports());
  actors_->start();
  actors_->begin_ticking();
  return done{};
}

void real_node::stop() {
  if (std::exchange(stopped_, true) || !actors_) return;
  actors_->stop();
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
  auto made = std::make_unique<real_node>(options, ports, std::move(*directory));
  auto opened = made->open();
  if (!opened) return std::move(opened).problem();
  return std::unique_ptr<node>(std::move(made));
}

}  // namespace resalehub
