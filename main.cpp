// The composition root: chooses the real clock, chance, disk and network, wires the floors, runs.

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <future>
#include <iostream>

#include "actors/catalog.hpp"
#include "base/log.hpp"
#include "cert_command.hpp"
#include "cluster/node.hpp"
#include "config/explain.hpp"
#include "config/load.hpp"
#include "gateway/gateway.hpp"
#include "gateway/http_server.hpp"
#include "gateway/node_page.hpp"
#include "gateway/sandbox_payment_port.hpp"
#include "gateway/settings.hpp"
#include "real_ports.hpp"

extern char** environ;

namespace resalehub {
namespace {

int refuse(const std::string& sentence) {
  std::fprintf(stderr, "resalehub: %s\n", sentence.c_str());
  return exit_misused;
}

node_options node_options_of(const options& set) {
  node_options out;
  out.directory = *set.data_dir;
  out.partitions = static_cast<std::uint32_t>(*set.cluster_partitions);
  out.workers = static_cast<int>(*set.cluster_workers);
  out.tick = *set.cluster_tick_ms;
  out.entities_memory_bytes = static_cast<std::size_t>(*set.entities_memory_bytes);
  out.asks_per_partition_max =
      static_cast<std::uint32_t>(*set.limits_asks_in_flight_per_partition);
  out.log_write_buffer_bytes = static_cast<std::size_t>(*set.storage_log_write_buffer_bytes);
  out.state_write_buffer_bytes = static_cast<std::size_t>(*set.storage_state_write_buffer_bytes);
  out.state_cache_bytes = static_cast<std::size_t>(*set.storage_state_cache_bytes);
  out.log_kept_bytes = static_cast<std::uint64_t>(*set.storage_log_kept_bytes);
  out.sync_every_bytes = static_cast<std::size_t>(*set.storage_sync_every_bytes);
  out.limits.works_max = out.asks_per_partition_max;
  out.limits.outbox_in_flight = static_cast<std::size_t>(*set.outbox_in_flight);
  out.limits.repeat_wait = *set.limits_idempotency_wait_ms;
  return out;
}

/// Entities are hosted before anybody can watch, and watched before anybody can ask: the gateway's
/// ears are bound to the node when both exist.
class late_pushes final : public push_sink {
 public:
  void publish(std::vector<push> batch) override {
    if (auto* to = target.load()) to->publish(std::move(batch));
  }
  std::atomic<push_sink*> target{nullptr};
};

class late_port final : public outside_port {
 public:
  void perform(const std::string& key, const std::string& request, instant deadline,
               callback done) override {
    auto* to = target.load();
    if (to == nullptr) return done(problem{code::provider_error, "the provider is not there yet"});
    to->perform(key, request, deadline, std::move(done));
  }
  std::atomic<outside_port*> target{nullptr};
};

result<secret_key> cluster_secret(data_directory& directory, entropy_port& chance) {
  std::string fresh(32, '\0');
  chance.fill(fresh.data(), fresh.size());
  auto kept = directory.secret("cluster", fresh);
  if (!kept) return std::move(kept).problem();
  secret_key key;
  std::copy(kept->begin(), kept->end(), key.begin());
  return key;
}

/// Blocks until the operator wants an end. The signals are blocked in every thread.
void wait_for_end(const sigset_t& ends) {
  int which = 0;
  sigwait(&ends, &which);
  log_event(log_level::info, "stopping", {{"signal", which}});
}

int serve(const options& set, const sigset_t& ends) {
  log_settings logging;
  log_level_from_text(*set.log_level, logging.least);
  logging.file = *set.log_file;
  if (!open_log(logging)) return refuse("the log file " + logging.file + " cannot be opened");

  real_clock clock;
  real_entropy chance;
  late_pushes pushes;
  late_port payment;
  auto page = node_page::make();
  auto started = node::start(node_options_of(set),
                             {&clock, &chance, &pushes, kind_of, {{"payment", &payment}}});
  if (!started) return refuse(started.problem().detail);
  auto& running = **started;
  page->show(running);
  auto sandbox = make_sandbox_payment_port(running);
  payment.target = sandbox.get();
  auto secret = cluster_secret(running.directory(), chance);
  if (!secret) return refuse(secret.problem().detail);

  loop_group loops(static_cast<std::size_t>(*set.http_threads));
  std::vector<loop_executor> executors;
  for (std::size_t i = 0; i < loops.size(); ++i) executors.push_back(loops.executor(i));
  gateway door(application_options(set), {running, clock, chance, *page}, *secret, executors);
  pushes.target = &door.pushes();
  door.start();
  http_server shop({loops, door.public_door(), clock, chance, edge_limits(set),
                    {*set.http_certificate, *set.http_key}});
  http_server office({loops, door.admin_door(), clock, chance, admin_limits(set)});
  auto shop_port = shop.listen(*set.http_address, static_cast<std::uint16_t>(*set.http_port));
  if (!shop_port) return refuse(shop_port.problem().detail);
  auto office_port =
      office.listen(*set.admin_address, static_cast<std::uint16_t>(*set.admin_port));
  if (!office_port) return refuse(office_port.problem().detail);
  loops.start();
  const auto* scheme = set.http_certificate->empty() ? "http" : "https";
  std::printf("resalehub serves %s://%s:%u and, for operators, http://%s:%u\n", scheme,
              set.http_address->c_str(), unsigned{*shop_port}, set.admin_address->c_str(),
              unsigned{*office_port});
  std::fflush(stdout);

  wait_for_end(ends);
  page->stop_being_ready();
  std::promise<void> shop_stopped, office_stopped;
  shop.stop(*set.server_stop_ms, [&] { shop_stopped.set_value(); });
  office.stop(*set.server_stop_ms, [&] { office_stopped.set_value(); });
  shop_stopped.get_future().wait();
  office_stopped.get_future().wait();
  pushes.target = nullptr;
  door.stop();
  running.stop();
  loops.stop();
  log_event(log_level::info, "stopped");
  close_log();
  return 0;
}

int run(int count, char** words) {
  if (sodium_init() < 0) return refuse("libsodium cannot be initialised");
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  options set;
  flags given;
  CLI::App app{"Resale Hub: a peer-to-peer resale marketplace in one program"};
  app.require_subcommand(1);
  auto* serving = app.add_subcommand("serve", "run one node");
  auto* config = app.add_subcommand("config", "what may be set");
  auto* explaining = config->add_subcommand("explain", "each option's value and its source");
  config->require_subcommand(1);
  bool as_json = false;
  explaining->add_flag("--json", as_json, "for programs");
  add_flags(*serving, set, given);
  add_flags(*explaining, set, given);
  real_clock clock;
  real_entropy chance;
  cert_command certificates(app, clock, chance);
  if (auto status = parse_flags(app, count, words)) return *status;
  if (auto status = certificates.run()) return *status;
  if (auto wrong = load(set, given, environ)) return refuse(*wrong);
  if (explaining->parsed()) {
    std::cout << (as_json ? explain_json(set) : explain(set));
    return 0;
  }
  return serve(set, ends);
}

}  // namespace
}  // namespace resalehub

int main(int count, char** words) { return resalehub::run(count, words); }
