#include "cluster/node.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <memory>
#include <utility>

#include "base/log.hpp"
#include "cluster/admission.hpp"
#include "cluster/node_actors.hpp"
#include "cluster/ticker_actor.hpp"

namespace resalehub {
namespace {

constexpr milliseconds between_looks{1000};
constexpr milliseconds handover_glance{10};
constexpr milliseconds between_disk_looks{250};

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

directory_identity fresh_identity(std::uint32_t partitions, entropy_port& chance) {
  std::string bytes(16, '\0');
  chance.fill(bytes.data(), bytes.size());
  directory_identity fresh;
  fresh.cluster = hexadecimal(bytes);
  fresh.partitions = partitions;
  return fresh;
}

/// Writes what the node knows of its peers: a disk may let one wait, and no other actor may.
class peers_keeper : public caf::event_based_actor {
 public:
  peers_keeper(caf::actor_config& config, data_directory& directory)
      : event_based_actor(config), directory_(directory) {}
  caf::behavior make_behavior() override {
    return {[this](const roster& known) {
      if (auto kept = directory_.keep_peers(encoded(node_message{known})); !kept)
        log_event(log_level::error, "peers_not_kept", {{"why", kept.problem().detail}});
    }};
  }
  const char* name() const override { return "peers_keeper"; }

 private:
  data_directory& directory_;
};

/// Where the peers are that may be asked; shared by the actors that learn and the one that asks.
class peer_addresses {
 public:
  void learn(const roster& known, node_number self) {
    auto fresh = std::make_shared<std::vector<std::string>>();
    for (const auto& one : known.nodes)
      if (one.node != self && one.standing != "removed") fresh->push_back(one.address);
    std::atomic_store(&all_, std::shared_ptr<const std::vector<std::string>>(std::move(fresh)));
  }
  std::vector<std::string> all() const {
    const auto known = std::atomic_load(&all_);
    return known ? *known : std::vector<std::string>{};
  }

 private:
  std::shared_ptr<const std::vector<std::string>> all_;
};

class real_node final : public node, private link_listener {
 public:
  real_node(const node_options& options, const node_ports& ports)
      : options_(options), ports_(ports), system_(configured(config_, options.workers)) {}

  ~real_node() override { stop(); }

  result<done> open();
  void ask(resalehub::ask request) override { actors_->ask(std::move(request)); }
  void list(scan request) override { actors_->list(std::move(request)); }
  void survey(surveyed told) override { actors_->survey(std::move(told)); }
  void order(node_number leader, group_order what) override {
    actors_->order(leader, std::move(what));
  }
  bool ready() const override { return actors_->ready(); }
  void hand_over() override;
  void stop() override;
  data_directory& directory() override { return *directory_; }
  const host_figures& figures() const override { return actors_->figures(); }
  waiting_asks waiting() const override { return actors_->waiting(); }
  log_writer_figures log_figures() const override { return writer_->figures(); }
  const link_figures& links_figures() const override { return links_->figures(); }
  disk_state disk() const override { return {room_.load(), free_bytes_.load()}; }

 private:
  result<done> make_links(const link_identity& identity);
  result<done> join();
  result<done> go_on();
  result<done> open_directory(const directory_identity& wanted);
  result<done> recall();
  result<done> open_stores();
  void begin();
  void look_at_disk();
  node_actors_ports actor_ports();
  void adopt(const roster& known);

  void connected(node_number from, std::uint64_t incarnation) override {
    actors_->connected(from, incarnation);
  }
  void disconnected(node_number from) override { actors_->disconnected(from); }
  void arrived(node_number from, std::uint64_t incarnation, std::string message) override {
    actors_->arrived(from, incarnation, std::move(message));
  }
  void introduced(std::string name, std::string request,
                  std::function<void(std::string)> reply) override {
    actors_->introduced(std::move(name), std::move(request), std::move(reply));
  }

  node_options options_;
  node_ports ports_;
  std::unique_ptr<data_directory> directory_;
  std::unique_ptr<log_store> log_;
  std::unique_ptr<state_store> state_;
  roster known_;
  peer_addresses addresses_;
  bool stopped_ = false;
  std::atomic<disk_room> room_{disk_room::enough};
  std::atomic<std::uint64_t> free_bytes_{0};
  caf::actor_system_config config_;
  caf::actor_system system_;
  std::unique_ptr<tls_links> links_;
  std::unique_ptr<admission> admission_;
  threaded_log_writer* writer_ = nullptr;  ///< the actors own it
  std::unique_ptr<node_actors> actors_;
  caf::actor keeper_;
  caf::actor looker_;
  caf::actor disk_looker_;
};

// -- who it is ------------------------------------------------------------------------------------

/// Before the node has a number it may be introduced only, and hears of nobody.
result<done> real_node::make_links(const link_identity& identity) {
  auto made = tls_links::make(options_.links, identity, {*ports_.clock, *ports_.entropy});
  if (!made) return std::move(made).problem();
  links_ = std::move(*made);
  auto port = links_->listen(options_.links_address, options_.links_port);
  if (!port) return std::move(port).problem();
  auto& who = options_.actors.introduction;
  who.name = options_.name;
  who.region = options_.region;
  who.address = options_.reached_at(*port);
  who.http = options_.http;
  who.admin = options_.admin;
  return done{};
}

result<done> real_node::join() {
  std::string key(32, '\0');
  ports_.entropy->fill(key.data(), key.size());
  if (auto made = make_links({"", options_.name, 0, 1}); !made) return made;
  links_->start(*this);
  auto who = options_.actors.introduction;
  who.key = hexadecimal(key);
  admission entrance(who, {links_.get(), ports_.pause, ports_.tell, ports_.expelled});
  auto answer = entrance.enter(options_.join);
  if (!answer) return std::move(answer).problem();
  directory_identity identity;
  identity.cluster = answer->cluster;
  identity.node = answer->node;
  identity.partitions = answer->partitions;
  identity.secrets = {{"node", key}, {"cluster", answer->secret}};
  if (auto opened = open_directory(identity); !opened) return opened;
  known_ = std::move(answer->known);
  known_.version = 1;  // older than the record of any cluster that lets somebody in
  if (auto kept = directory_->keep_peers(encoded(node_message{known_})); !kept) return kept;
  auto start = directory_->count_start();
  if (!start) return std::move(start).problem();
  return recall();
}

/// With what its directory says; a new one founds a cluster.
result<done> real_node::go_on() {
  if (auto opened = open_directory(fresh_identity(options_.partitions, *ports_.entropy)); !opened)
    return opened;
  auto start = directory_->count_start();
  if (!start) return std::move(start).problem();
  const auto& identity = directory_->identity();
  auto made = make_links({identity.cluster, options_.name,
                          static_cast<node_number>(identity.node), *start});
  if (!made) return made;
  auto peers = directory_->peers();
  if (!peers) return std::move(peers).problem();
  if (auto known = message_from(*peers); known && std::holds_alternative<roster>(*known))
    known_ = std::get<roster>(std::move(*known));
  return recall();
}

result<done> real_node::open_directory(const directory_identity& wanted) {
  auto directory = data_directory::open(options_.directory, wanted, "");
  if (!directory) return std::move(directory).problem();
  directory_ = std::move(*directory);
  return done{};
}

result<done> real_node::recall() {
  const auto& identity = directory_->identity();
  auto& who = options_.actors;
  who.self = static_cast<node_number>(identity.node);
  who.founder = identity.node == 1;
  who.cluster = identity.cluster;
  who.partitions = identity.partitions;
  who.introduction.partitions = identity.partitions;
  std::string fresh(32, '\0');
  ports_.entropy->fill(fresh.data(), fresh.size());
  auto key = directory_->secret("node", fresh);
  if (!key) return std::move(key).problem();
  who.introduction.key = hexadecimal(*key);
  ports_.entropy->fill(fresh.data(), fresh.size());
  auto secret = directory_->secret("cluster", fresh);
  if (!secret) return std::move(secret).problem();
  who.secret = std::move(*secret);
  return done{};
}

// -- start ----------------------------------------------------------------------------------------

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

node_actors_ports real_node::actor_ports() {
  node_actors_ports ports;
  ports.system = &system_;
  ports.clock = ports_.clock;
  ports.entropy = ports_.entropy;
  ports.log = log_.get();
  ports.state = state_.get();
  ports.way = links_.get();
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
  ports.known = known_;
  ports.keep = [this](const roster& known) { adopt(known); };
  ports.refused = [expelled = ports_.expelled](const problem& why) { expelled(why.detail); };
  ports.broken = [](const std::string& sentence) { fail(sentence); };
  return ports;
}

/// In the front door's actor.
void real_node::adopt(const roster& known) {
  const auto self = options_.actors.self;
  addresses_.learn(known, self);
  caf::anon_send(keeper_, known);
  for (const auto& one : known.nodes)
    if (one.node == self && one.standing == "removed")
      ports_.expelled("This node was removed from its cluster.");
}

result<done> real_node::open() {
  const auto begun = data_directory::begun(options_.directory);
  if (!begun) return begun.problem();
  const bool joins = !*begun && !options_.join.empty();
  if (auto opened = joins ? join() : go_on(); !opened) return opened;
  if (auto opened = open_stores(); !opened) return opened;
  begin();
  if (joins) {
    links_->settle(options_.actors.cluster, options_.actors.self);
  } else {
    // Before anybody is heard: who knocks at once would be refused as unknown, and wait long.
    links_->know(peers_of(known_, options_.actors.self));
    links_->start(*this);
  }
  return done{};
}

void real_node::begin() {
  keeper_ = system_.spawn<peers_keeper, caf::detached>(*directory_);
  actors_ = std::make_unique<node_actors>(options_.actors, actor_ports());
  actors_->start();
  actors_->begin_ticking();
  admission_ = std::make_unique<admission>(
      options_.actors.introduction,
      admission_ports{links_.get(), ports_.pause, ports_.tell, ports_.expelled});
  looker_ = system_.spawn<ticker_actor>([this] {
    auto asked = addresses_.all();
    asked.insert(asked.end(), options_.join.begin(), options_.join.end());
    admission_->look(std::move(asked));
  }, between_looks);
  look_at_disk();
  disk_looker_ = system_.spawn<ticker_actor, caf::detached>([this] { look_at_disk(); },
                                                            between_disk_looks);
}

/// In an actor of its own, which a disk may let wait.
void real_node::look_at_disk() {
  const auto free = directory_->free_bytes();
  free_bytes_ = free;
  const auto before = room_.load();
  const auto now = room_with(free, options_.free_bytes_min, before);
  if (now == before) return;
  room_ = now;
  actors_->find_room(now);
  const bool better = now == disk_room::enough;
  log_event(better ? log_level::info : log_level::error, better ? "disk_has_room" : "disk_full",
            {{"room", name_of(now)},
             {"free_bytes", free},
             {"wanted_bytes", options_.free_bytes_min},
             {"directory", options_.directory}});
}

// -- end ------------------------------------------------------------------------------------------

void real_node::hand_over() {
  auto left = options_.handover;
  bool leads = true;
  while (leads && left.count() > 0) {
    const auto round = std::make_shared<handover_round>();
    actors_->hand_over(round);
    while (round->answered < options_.actors.partitions && left.count() > 0) {
      left = ports_.pause(handover_glance) ? left - handover_glance : milliseconds{0};
    }
    leads = round->leading > 0 || round->answered < options_.actors.partitions;
  }
  log_event(log_level::info, "handed_over", {{"all", leads ? "no" : "yes"}});
}

void real_node::stop() {
  if (std::exchange(stopped_, true) || !links_) return;
  if (actors_) {
    for (const auto& one : {keeper_, looker_, disk_looker_})
      caf::anon_send_exit(one, caf::exit_reason::user_shutdown);
    actors_->stop();
  }
  links_->stop();
}

}  // namespace

result<std::unique_ptr<node>> node::start(const node_options& options, const node_ports& ports) {
  auto made = std::make_unique<real_node>(options, ports);
  auto opened = made->open();
  if (!opened) return std::move(opened).problem();
  return std::unique_ptr<node>(std::move(made));
}

result<directory_identity> node::found(const std::string& directory, std::uint32_t partitions,
                                       entropy_port& chance) {
  const auto begun = data_directory::begun(directory);
  if (!begun) return begun.problem();
  if (*begun)
    return problem{code::already_exists,
                   "The directory " + directory + " belongs to a node already."};
  auto made = data_directory::open(directory, fresh_identity(partitions, chance), "");
  if (!made) return std::move(made).problem();
  return (*made)->identity();
}

}  // namespace resalehub
