// Processor seconds of a thousand commands with one, three and five nodes, and of a cluster of
// three that nobody asks anything.

#include <chrono>
#include <thread>

#include "bench/benchmarks.hpp"
#include "bench/chatter.hpp"
#include "bench/local_nodes.hpp"

namespace resalehub::bench {
namespace {

constexpr std::size_t connections = 64;
constexpr std::size_t idle_nodes = 3;
constexpr double idle_percent_max = 3;  ///< of one core, for each node
constexpr auto settling = std::chrono::seconds(3);

void measure_commands(const settings& all, const local_nodes& nodes, report& into) {
  const talking_market market(nodes.doors().front());
  chatter talk(market.rooms);
  std::vector<double> per_s;
  usage before, after;
  std::uint64_t answers = 0;
  for (int round = 0; round < all.rounds; ++round) {
    before += usage_of(nodes);
    const auto run = run_load(nodes.doors(),
                              {.connections = connections,
                               .warm_up_s = all.seconds / 5,
                               .measured_s = all.seconds},
                              talk.what());
    after += usage_of(nodes);
    per_s.push_back(run.per_s());
    answers += run.all_answers;
  }
  figure found{.name = "cluster.cost_" + std::to_string(nodes.nodes().size()),
               .value = 1e3 * (after.server_s - before.server_s) / static_cast<double>(answers),
               .unit = "s/1000",
               .details = {{"per_s", median(per_s)}}};
  add_costs(found, before, after, answers);
  into.add(std::move(found));
}

void measure_idle(const settings& all, const local_nodes& nodes, report& into) {
  std::this_thread::sleep_for(settling);
  const auto used = [&] {
    double sum = 0;
    for (const auto& one : nodes.nodes()) sum += processor_s(one.id);
    return sum;
  };
  const auto idle_s = 2 * all.seconds;
  const auto before = used();
  std::this_thread::sleep_for(std::chrono::duration<double>(idle_s));
  const auto nodes_count = static_cast<double>(nodes.nodes().size());
  into.add({.name = "cluster.idle_" + std::to_string(nodes.nodes().size()),
            .value = 100 * (used() - before) / idle_s / nodes_count,
            .unit = "% of core",
            .most = idle_percent_max});
}

}  // namespace

void measure_cluster_costs(const settings& all, report& into) {
  for (const std::size_t count : {1, 3, 5}) {
    const work_directory place(all.directory);
    const local_nodes nodes(all, place.path(), count);
    if (count == idle_nodes) measure_idle(all, nodes, into);
    measure_commands(all, nodes, into);
  }
}

}  // namespace resalehub::bench
