#include "serve.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "actors/catalog.hpp"
#include "cluster/node.hpp"
#include "cluster/tls_link_settings.hpp"
#include "gateway/edge_settings.hpp"
#include "gateway/gateway.hpp"
#include "gateway/http_server.hpp"
#include "gateway/node_page.hpp"
#include "gateway/sandbox_payment_port.hpp"
#include "gateway/settings.hpp"
#include "real_ports.hpp"

namespace resalehub {
namespace {

/// Nothing when the port is not known before it is bound.
std::string listener_of(const std::string& address, std::int64_t port) {
  if (port == 0) return {};
  const bool is_v6 = address.find(':') != std::string::npos;
  return (is_v6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

void set_cluster(node_actors_options& out, const options& set) {
  out.pace.tick = *set.cluster_tick_ms;
  out.pace.election_ticks = static_cast<int>(*set.cluster_election_ticks);
  out.pace.heartbeat_ticks = static_cast<int>(*set.cluster_heartbeat_ticks);
  out.routing.leader_wait = *set.cluster_leader_wait_ms;
  out.controlling.failure = *set.cluster_failure_ms;
  out.controlling.replace = *set.cluster_replace_after_ms;
  out.controlling.placement.replication = static_cast<std::size_t>(*set.cluster_replication);
}

node_options node_options_of(const options& set) {
  node_options out;
  out.directory = *set.data_dir;
  out.partitions = static_cast<std::uint32_t>(*set.cluster_partitions);
  out.workers = static_cast<int>(*set.cluster_workers);
  out.name = *set.node_name;
  out.region = *set.node_region;
  out.http = listener_of(*set.http_address, *set.http_port);
  out.admin = listener_of(*set.admin_address, *set.admin_port);
  out.join = *set.join;
  out.links = link_options_of(set);
  out.links_address = *set.links_address;
  out.links_port = static_cast<std::uint16_t>(*set.links_port);
  out.reached_at = [&set](std::uint16_t port) { return advertised_address(set, port); };
  out.handover = *set.cluster_handover_ms;
  set_cluster(out.actors, set);
  out.actors.entities_memory_bytes = static_cast<std::size_t>(*set.entities_memory_bytes);
  out.actors.asks_per_partition_max =
      static_cast<std::uint32_t>(*set.limits_asks_in_flight_per_partition);
  out.free_bytes_min = static_cast<std::uint64_t>(*set.storage_free_min_bytes);
  out.log_write_buffer_bytes = static_cast<std::size_t>(*set.storage_log_write_buffer_bytes);
  out.state_write_buffer_bytes = static_cast<std::size_t>(*set.storage_state_write_buffer_bytes);
  out.state_cache_bytes = static_cast<std::size_t>(*set.storage_state_cache_bytes);
  out.actors.log_kept_bytes = static_cast<std::uint64_t>(*set.storage_log_kept_bytes);
  out.actors.sync_every_bytes = static_cast<std::size_t>(*set.storage_sync_every_bytes);
  out.actors.limits.works_max = out.actors.asks_per_partition_max;
  out.actors.limits.outbox_in_flight = static_cast<std::size_t>(*set.outbox_in_flight);
  out.actors.limits.repeat_wait = *set.limits_idempotency_wait_ms;
  return out;
}

/// Entities are hosted before anybody can watch, and watched before anybody can ask: the gateway's
/// ears are bound to the node when both exist.
class late_pushes final : public push_sink {
 public:
  void publish(std::vector<push> batch) override {
    if (auto* to = target.load()) to->publish(std::move(batch));
  }
  void missed() override {
    if (auto* to = target.load()) to->missed();
  }
  std::atomic<push_sink*> target{nullptr};
};

class late_port final : public outside_port {
 public:
  void perform(const std::string& key, const std::string& request, steady_instant deadline,
               callback done) override {
    auto* to = target.load();
    if (to == nullptr) return done(problem{code::provider_error, "the provider is not there yet"});
    to->perform(key, request, deadline, std::move(done));
  }
  std::atomic<outside_port*> target{nullptr};
};

/// What all nodes of the cluster sign with: the node has put it there.
result<secret_key> cluster_secret(data_directory& directory) {
  auto kept = directory.secret("cluster", std::string(32, '\0'));
  if (!kept) return std::move(kept).problem();
  secret_key key;
  std::copy(kept->begin(), kept->end(), key.begin());
  return key;
}

}  // namespace

/// Members stand in the order of their making and are ended in reverse.
struct running_server::floors {
  using refusal = std::optional<problem>;

  explicit floors(const options& set) : stop_within(*set.server_stop_ms) {}

  // -- from below ------------------------------------------------------------------------------
  refusal raise_node(const options& set, const operator_ports& who);
  refusal raise_gateway(const options& set);
  refusal open_listeners(const options& set);
  // -- and back --------------------------------------------------------------------------------
  void close_listeners();
  void stop_below_them();

  milliseconds stop_within;
  real_clock clock;
  real_entropy chance;
  late_pushes pushes;
  late_port payment;
  std::unique_ptr<node_page> page = node_page::make();
  std::unique_ptr<node> entities;
  std::unique_ptr<outside_port> sandbox;
  std::unique_ptr<loop_group> loops;
  std::unique_ptr<gateway> door;
  std::unique_ptr<http_server> shop;
  std::unique_ptr<http_server> office;
  std::uint16_t shop_port = 0;
  std::uint16_t office_port = 0;
};

running_server::floors::refusal running_server::floors::raise_node(const options& set,
                                                                  const operator_ports& who) {
  auto started = node::start(node_options_of(set),
                             {&clock, &chance, &pushes, kind_of, {{"payment", &payment}},
                              who.pause, who.tell, who.expelled});
  if (!started) return std::move(started).problem();
  entities = *std::move(started);
  page->show(*entities);
  sandbox = make_sandbox_payment_port(*entities);
  payment.target = sandbox.get();
  return std::nullopt;
}

running_server::floors::refusal running_server::floors::raise_gateway(const options& set) {
  auto secret = cluster_secret(entities->directory());
  if (!secret) return std::move(secret).problem();
  loops = std::make_unique<loop_group>(static_cast<std::size_t>(*set.http_threads));
  std::vector<loop_executor> executors;
  for (std::size_t i = 0; i < loops->size(); ++i) executors.push_back(loops->executor(i));
  door = std::make_unique<gateway>(application_options(set),
                                   gateway_ports{*entities, clock, chance, *page,
                                                 entities.get()}, *secret,
                                   executors);
  pushes.target = &door->pushes();
  door->start();
  return std::nullopt;
}

running_server::floors::refusal running_server::floors::open_listeners(const options& set) {
  shop = std::make_unique<http_server>(
      http_server_parts{*loops, door->public_door(), clock, chance, edge_limits(set),
                        {*set.http_certificate, *set.http_key}});
  office = std::make_unique<http_server>(
      http_server_parts{*loops, door->admin_door(), clock, chance, admin_limits(set)});
  page->show(shop->counts());
  auto bound = shop->listen(*set.http_address, static_cast<std::uint16_t>(*set.http_port));
  if (!bound) return std::move(bound).problem();
  shop_port = *bound;
  bound = office->listen(*set.admin_address, static_cast<std::uint16_t>(*set.admin_port));
  if (!bound) return std::move(bound).problem();
  office_port = *bound;
  loops->start();
  return std::nullopt;
}

void running_server::floors::close_listeners() {
  page->stop_being_ready();
  std::promise<void> shop_stopped, office_stopped;
  shop->stop(stop_within, [&] { shop_stopped.set_value(); });
  office->stop(stop_within, [&] { office_stopped.set_value(); });
  shop_stopped.get_future().wait();
  office_stopped.get_future().wait();
}

void running_server::floors::stop_below_them() {
  pushes.target = nullptr;
  door->stop();
  entities->stop();
  loops->stop();
}

// -- the whole ------------------------------------------------------------------------------------

result<std::unique_ptr<running_server>> running_server::start(const options& set,
                                                              const operator_ports& who) {
  if (auto why = refusal_of_admin(set)) return *std::move(why);
  if (auto why = refusal_of_origins(set)) return *std::move(why);
  auto all = std::make_unique<floors>(set);
  if (auto why = all->raise_node(set, who)) return *std::move(why);
  if (auto why = all->raise_gateway(set)) return *std::move(why);
  if (auto why = all->open_listeners(set)) return *std::move(why);
  return std::unique_ptr<running_server>(new running_server(std::move(all)));
}

running_server::running_server(std::unique_ptr<floors> all) : floors_(std::move(all)) {}

void running_server::leave() {
  floors_->page->stop_being_ready();
  floors_->entities->hand_over();
}

running_server::~running_server() {
  floors_->close_listeners();
  floors_->stop_below_them();
}

std::uint16_t running_server::http_port() const { return floors_->shop_port; }
std::uint16_t running_server::admin_port() const { return floors_->office_port; }

}  // namespace resalehub
