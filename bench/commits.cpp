// Durable commands (chat messages) at 1, 64 and 256 connections, on one node.

#include "bench/benchmarks.hpp"
#include "bench/chatter.hpp"

namespace resalehub::bench {
namespace {

/// At one number of connections.
struct series {
  std::size_t connections;
  int batch;  ///< entries of the ceiling's batches
  double floor;
  std::vector<double> per_s, ceiling_per_s, plain_per_s;
  latency_histogram latency;
  usage before, after;
  std::uint64_t answers = 0;
};

void measure_round(const settings& all, const server& node, chatter& talk, series& one) {
  one.ceiling_per_s.push_back(rocksdb_alone(all, {.batch = one.batch}));
  one.plain_per_s.push_back(rocksdb_alone(all, {.how = "plain", .batch = one.batch}));
  const auto before = usage_of(node);
  const auto run = run_load(node.http(),
                            {.connections = one.connections,
                             .warm_up_s = all.seconds / 5,
                             .measured_s = all.seconds},
                            talk.what());
  const auto after = usage_of(node);
  one.per_s.push_back(run.per_s());
  one.latency.add(run.latency);
  one.before += before;
  one.after += after;
  one.answers += run.all_answers;
}

}  // namespace

void measure_commits(const settings& all, report& into) {
  const work_directory place(all.directory);
  const server node(all, place.path());
  const talking_market market(node.http());
  chatter talk(market.rooms);

  // The busiest first: by the time of one connection the log's files are recycled, as the
  // ceiling's.
  series all_series[] = {{.connections = 256, .batch = 32, .floor = 0.30},
                         {.connections = 64, .batch = 32, .floor = 0.25},
                         {.connections = 1, .batch = 1, .floor = 0.45}};
  for (int round = 0; round < all.rounds; ++round)
    for (auto& one : all_series) measure_round(all, node, talk, one);
  for (auto& one : all_series) {
    figure found{.name = "commits." + std::to_string(one.connections),
                 .value = median(one.per_s),
                 .unit = "commands/s",
                 .ceiling = median(one.ceiling_per_s),
                 .floor = one.floor};
    add_latency(found, one.latency);
    add_costs(found, one.before, one.after, one.answers);
    found.details.emplace_back("plain_rocksdb", median(one.plain_per_s));
    found.details.emplace_back("ratio_to_plain", found.value / median(one.plain_per_s));
    into.add(std::move(found));
  }
}

}  // namespace resalehub::bench
