// Linearizable reads by id over the doors of three nodes, beside one node.

#include "bench/benchmarks.hpp"
#include "bench/local_nodes.hpp"
#include "bench/readers.hpp"

namespace resalehub::bench {
namespace {

constexpr std::size_t node_count = 3;

struct side {
  side(const settings& all, std::size_t count)
      : place(all.directory),
        nodes(all, place.path(), count),
        requests(prepare_reads(shop(nodes.doors().front()))) {}

  void read(double seconds) {
    before += usage_of(nodes);
    const auto run = read_for(seconds, nodes.doors(), requests);
    after += usage_of(nodes);
    per_s.push_back(run.per_s());
    latency.add(run.latency);
    answers += run.all_answers;
  }

  work_directory place;
  local_nodes nodes;
  std::vector<std::string> requests;
  std::vector<double> per_s;
  latency_histogram latency;
  usage before, after;
  std::uint64_t answers = 0;
};

}  // namespace

void measure_cluster_reads(const settings& all, report& into) {
  side three(all, node_count), one(all, 1);
  for (int round = 0; round < all.rounds; ++round) {
    three.read(all.seconds);
    one.read(all.seconds);
  }
  figure found{.name = "cluster.reads_64",
               .value = median(three.per_s),
               .unit = "reads/s",
               .ceiling = median(one.per_s)};
  add_latency(found, three.latency);
  add_costs(found, three.before, three.after, three.answers);
  found.details.emplace_back("one_node_us", 1e6 * (one.after.server_s - one.before.server_s) /
                                                static_cast<double>(one.answers));
  into.add(std::move(found));
  into.note("Beside: one node, on the same cores as the three.");
}

}  // namespace resalehub::bench
