#include "bench/readers.hpp"

namespace resalehub::bench {
namespace {

constexpr std::size_t connections = 64;

}  // namespace

std::vector<std::string> prepare_reads(const shop& of) {
  std::vector<std::string> prepared;
  for (std::size_t i = 0; i < of.listings.size(); ++i)
    append(prepared.emplace_back(), {.method = "GET",
                                     .path = "/v1/listings/" + of.listings[i],
                                     .token = of.people[i % of.people.size()].token});
  return prepared;
}

load_outcome read_for(double seconds, const std::vector<endpoint>& doors,
                      const std::vector<std::string>& requests) {
  std::size_t next = 0;
  return run_load(
      doors, {.connections = connections, .warm_up_s = seconds / 5, .measured_s = seconds},
      {.ask =
           [&](std::size_t, std::string& out) {
             out += requests[next++ % requests.size()];
             return true;
           },
       .take = [](std::size_t, const reply& answer) { expect(answer, 200); }});
}

}  // namespace resalehub::bench
