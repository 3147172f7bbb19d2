// Replicated durable commands at 1, 64 and 256 connections over the doors of three nodes, beside
// puts into three nodes of etcd.

#include "bench/benchmarks.hpp"
#include "bench/chatter.hpp"
#include "bench/etcd.hpp"
#include "bench/local_nodes.hpp"

namespace resalehub::bench {
namespace {

constexpr std::size_t node_count = 3;

/// At one number of connections.
struct series {
  std::size_t connections;
  std::optional<double> floor;
  std::vector<double> per_s, puts_per_s;
  latency_histogram latency, put_latency;
  usage before, after;
  double puts_s = 0;
  std::uint64_t answers = 0, puts = 0, repeats = 0;
};

load_plan plan_of(const settings& all, const series& one) {
  return {.connections = one.connections,
          .warm_up_s = all.seconds / 5,
          .measured_s = all.seconds};
}

void measure_ours(const settings& all, const local_nodes& nodes, chatter& talk, series& one) {
  one.before += usage_of(nodes);
  const auto run = run_load(nodes.doors(), plan_of(all, one), talk.what());
  one.after += usage_of(nodes);
  one.per_s.push_back(run.per_s());
  one.latency.add(run.latency);
  one.answers += run.all_answers;
  one.repeats += run.repeats;
}

void measure_puts(const settings& all, const etcd_nodes& etcd, series& one) {
  const auto before = etcd.used_s();
  const auto run = run_load(etcd.doors(), plan_of(all, one), etcd_puts());
  one.puts_s += etcd.used_s() - before;
  one.puts_per_s.push_back(run.per_s());
  one.put_latency.add(run.latency);
  one.puts += run.all_answers;
}

figure figure_of(const series& one) {
  figure found{.name = "cluster.commands_" + std::to_string(one.connections),
               .value = median(one.per_s),
               .unit = "commands/s"};
  add_latency(found, one.latency);
  add_costs(found, one.before, one.after, one.answers);
  found.details.emplace_back("repeated", static_cast<double>(one.repeats));
  if (one.puts == 0) return found;
  found.ceiling = median(one.puts_per_s);
  found.floor = one.floor;
  found.details.emplace_back("etcd_us", 1e6 * one.puts_s / static_cast<double>(one.puts));
  found.details.emplace_back("etcd_p50_us", one.put_latency.quantile_us(0.50));
  found.details.emplace_back("etcd_p99_us", one.put_latency.quantile_us(0.99));
  return found;
}

}  // namespace

void measure_cluster_commands(const settings& all, report& into) {
  const work_directory place(all.directory), beside(all.directory);
  const local_nodes nodes(all, place.path(), node_count);
  const talking_market market(nodes.doors().front());
  chatter talk(market.rooms);
  std::optional<etcd_nodes> etcd;
  if (const auto reason = etcd_nodes::why_not())
    into.note(*reason);
  else
    etcd.emplace(all, beside.path());

  series all_series[] = {{.connections = 1},
                         {.connections = 64, .floor = 1.0},
                         {.connections = 256, .floor = 0.8}};
  for (int round = 0; round < all.rounds; ++round) {
    for (auto& one : all_series) {
      measure_ours(all, nodes, talk, one);
      if (etcd) measure_puts(all, *etcd, one);
    }
  }
  for (const auto& one : all_series) into.add(figure_of(one));
  if (etcd)
    into.note("Beside: three-node etcd, a put of as many bytes over its HTTP/JSON gateway, "
              "same generator, same cores.");
}

}  // namespace resalehub::bench
