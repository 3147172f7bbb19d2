// Whole purchases over the doors of three nodes, beside equal transactions of PostgreSQL with one
// synchronous standby.

#include "bench/benchmarks.hpp"
#include "bench/local_nodes.hpp"
#include "bench/postgres.hpp"
#include "bench/shoppers.hpp"

namespace resalehub::bench {
namespace {

constexpr std::size_t node_count = 3;
constexpr double floor_ratio = 0.2;

/// The same, by PostgreSQL.
struct beside {
  std::vector<double> per_s, stepwise_per_s, processor_us, stepwise_us;
};

void add_beside(figure& to, const beside& peer) {
  to.ceiling = median(peer.per_s);
  to.floor = floor_ratio;
  to.details.emplace_back("postgres_us", median(peer.processor_us));
  to.details.emplace_back("postgres_stepwise_per_s", median(peer.stepwise_per_s));
  to.details.emplace_back("postgres_stepwise_us", median(peer.stepwise_us));
}

void measure_peer(const settings& all, const postgres_pair& postgres, beside& peer) {
  const auto whole = postgres.buy_for(all.seconds, postgres_pair::shape::one_transaction);
  peer.per_s.push_back(whole.per_s);
  peer.processor_us.push_back(whole.processor_us);
  const auto stepwise = postgres.buy_for(all.seconds, postgres_pair::shape::a_step_each);
  peer.stepwise_per_s.push_back(stepwise.per_s);
  peer.stepwise_us.push_back(stepwise.processor_us);
}

}  // namespace

void measure_cluster_purchases(const settings& all, report& into) {
  const work_directory place(all.directory);
  const local_nodes nodes(all, place.path(), node_count);
  const shop where(nodes.doors().front());
  std::optional<postgres_pair> postgres;
  if (const auto reason = postgres_pair::why_not(all))
    into.note(*reason);
  else
    postgres.emplace(all);

  std::vector<double> per_s, requests_per_s;
  latency_histogram latency;
  usage before, after;
  std::uint64_t count = 0, repeats = 0;
  beside peer;
  for (int round = 0; round < all.rounds; ++round) {
    before += usage_of(nodes);
    const auto run = buy_for(all.seconds, nodes.doors(), where);
    after += usage_of(nodes);
    per_s.push_back(run.per_s);
    requests_per_s.push_back(run.requests_per_s);
    latency.add(run.latency);
    count += run.count;
    repeats += run.repeats;
    if (postgres) measure_peer(all, *postgres, peer);
  }
  figure found{.name = "cluster.purchases", .value = median(per_s), .unit = "purchases/s"};
  add_latency(found, latency);
  add_costs(found, before, after, count);
  found.details.emplace_back("requests_per_s", median(requests_per_s));
  found.details.emplace_back("repeated", static_cast<double>(repeats));
  if (postgres) add_beside(found, peer);
  into.add(std::move(found));
  if (postgres)
    into.note("Beside: PostgreSQL, a purchase in one transaction, synced on two disks, by pgbench; "
              "stepwise: one for each request.");
}

}  // namespace resalehub::bench
