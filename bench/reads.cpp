// A listing by id, linearizable and with the token checked, at 64 connections; beside a bare Beast
// server that answers the same bytes to the same requests.

#include <fstream>

#include "bench/benchmarks.hpp"
#include "bench/market.hpp"

namespace resalehub::bench {
namespace {

constexpr std::size_t connections = 64;
constexpr std::size_t listings = 1'000;
constexpr std::size_t readers = 16;
constexpr double floor_ratio = 0.45;

std::vector<std::string> prepare(const std::vector<std::string>& ids,
                                 const std::vector<person>& people) {
  std::vector<std::string> prepared;
  for (std::size_t i = 0; i < ids.size(); ++i)
    append(prepared.emplace_back(), {.method = "GET",
                                     .path = "/v1/listings/" + ids[i],
                                     .token = people[i % people.size()].token});
  return prepared;
}

load_outcome read_for(const settings& all, const endpoint& from,
                      const std::vector<std::string>& requests) {
  std::size_t next = 0;
  return run_load(from,
                  {.connections = connections,
                   .warm_up_s = all.seconds / 5,
                   .measured_s = all.seconds},
                  {.ask =
                       [&](std::size_t, std::string& out) {
                         out += requests[next++ % requests.size()];
                         return true;
                       },
                   .take = [](std::size_t, const reply& answer) { expect(answer, 200); }});
}

}  // namespace

void measure_reads(const settings& all, report& into) {
  const work_directory place(all.directory);
  const server node(all, place.path());
  const auto seller = sign_up_seller(node.http());
  const auto people = sign_up(node.http(), readers);
  const auto ids = publish_listings(node.http(), seller, {.listings = listings});
  const auto requests = prepare(ids, people);

  const auto answer = place.path() / "answer";
  std::ofstream(answer) << ask_once(node.http(), {.method = "GET",
                                                  .path = "/v1/listings/" + ids[0],
                                                  .token = people[0].token});
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
    const auto ceiling = read_for(all, bare, requests);
    ceiling_per_s.push_back(ceiling.per_s());
    ceiling_answers += ceiling.all_answers;
    before += usage_of(node);
    const auto run = read_for(all, node.http(), requests);
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
