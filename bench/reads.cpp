// A listing by id, linearizable and with the token checked, at 64 connections; beside a bare Beast
// server that answers the same bytes to the same requests.

#include <fstream>

#include "bench/benchmarks.hpp"
#include "bench/readers.hpp"

namespace resalehub::bench {
namespace {

constexpr double floor_ratio = 0.45;

}  // namespace

void measure_reads(const settings& all, report& into) {
  const work_directory place(all.directory);
  const server node(all, place.path());
  const shop where(node.http());
  const auto requests = prepare_reads(where);

  const auto answer = place.path() / "answer";
  std::ofstream(answer) << ask_once(node.http(), {.method = "GET",
                                                  .path = "/v1/listings/" + where.listings[0],
                                                  .token = where.people[0].token});
  const endpoint bare{.port = free_port()};
  child_process beast({(all.programs / "bench/bare_beast").string(), std::to_string(bare.port),
                       answer.string()},
                      place.path() / "beast.log");
  wait_for_listener(bare, beast);

  std::vector<double> per_s, ceiling_per_s;
  latency_histogram latency;
  usage before, after;
  std::uint64_t answers = 0, ceiling_answers = 0;
  for (int round = 0; round < all.rounds; ++round) {
    const auto ceiling = read_for(all.seconds, {bare}, requests);
    ceiling_per_s.push_back(ceiling.per_s());
    ceiling_answers += ceiling.all_answers;
    before += usage_of(node);
    const auto run = read_for(all.seconds, {node.http()}, requests);
    after += usage_of(node);
    per_s.push_back(run.per_s());
    latency.add(run.latency);
    answers += run.all_answers;
  }
  figure found{.name = "reads.64",
               .value = median(per_s),
               .unit = "reads/s",
               .ceiling = median(ceiling_per_s),
               .floor = floor_ratio};
  add_latency(found, latency);
  add_costs(found, before, after, answers);
  found.details.emplace_back(
      "ceiling_us", 1e6 * processor_s(beast.id()) / static_cast<double>(ceiling_answers));
  into.add(std::move(found));
}

}  // namespace resalehub::bench
