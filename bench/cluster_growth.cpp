// How long it takes until a node that joins three others has its share of partitions and
// leaderships; and how long from kill -9 until a node serves again, by how much was logged.

#include "bench/benchmarks.hpp"
#include "bench/chatter.hpp"
#include "bench/local_nodes.hpp"

namespace resalehub::bench {
namespace {

constexpr std::size_t node_count = 3;
constexpr std::uint64_t written_before_join = 20'000;
constexpr double join_s_max = 60;
constexpr std::size_t writers = 256;

double since_s(std::int64_t begin_ns) { return static_cast<double>(now_ns() - begin_ns) / 1e9; }

/// So many commands.
void write_entries(const local_nodes& nodes, chatter& talk, std::uint64_t count) {
  const auto what = talk.what();
  std::uint64_t asked = 0;
  run_load(nodes.doors(), {.connections = writers},
           {.ask = [&](std::size_t which,
                       std::string& out) { return asked++ < count && what.ask(which, out); },
            .take = what.take});
}

}  // namespace

void measure_cluster_join(const settings& all, report& into) {
  std::vector<double> even_s, ready_s;
  for (int round = 0; round < all.rounds; ++round) {
    const work_directory place(all.directory);
    local_nodes nodes(all, place.path(), node_count);
    const talking_market market(nodes.doors().front());
    chatter talk(market.rooms);
    write_entries(nodes, talk, written_before_join);
    const auto begin = now_ns();
    nodes.add();
    ready_s.push_back(since_s(begin));
    nodes.wait_until_even();
    even_s.push_back(since_s(begin));
  }
  into.add({.name = "cluster.join_even",
            .value = median(even_s),
            .unit = "s",
            .most = join_s_max,
            .details = {{"ready_s", median(ready_s)},
                        {"entries_before", static_cast<double>(written_before_join)}}});
}

void measure_cluster_recovery(const settings& all, report& into) {
  constexpr std::size_t victim = 1;
  const work_directory place(all.directory);
  local_nodes nodes(all, place.path(), node_count);
  const talking_market market(nodes.doors().front());
  chatter talk(market.rooms);
  std::uint64_t written = 0;
  for (const std::uint64_t entries : {10'000, 100'000, 1'000'000}) {
    if (entries > all.log_entries) break;
    write_entries(nodes, talk, entries - written);
    written = entries;
    std::vector<double> took_s;
    const auto bytes = static_cast<double>(nodes.log_bytes(victim));
    for (int round = 0; round < all.rounds; ++round) {
      const auto begin = now_ns();
      nodes.kill(victim);
      nodes.start(victim);
      nodes.wait_until_ready(victim);
      took_s.push_back(since_s(begin));
      nodes.wait_until_even();
    }
    into.add({.name = "cluster.recovery_" + std::to_string(entries / 1000) + "k",
              .value = median(took_s),
              .unit = "s",
              .details = {{"log_mib_on_disk", bytes / (1 << 20)}}});
  }
}

}  // namespace resalehub::bench
