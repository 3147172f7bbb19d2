// Holds on one listing at 64 connections, beside the same holds spread over many listings. The
// checkouts are made first; only their reservations are timed.

#include "bench/benchmarks.hpp"
#include "bench/market.hpp"

namespace resalehub::bench {
namespace {

constexpr std::size_t buyers = 32;
constexpr std::size_t many_listings = 1'000;
constexpr double floor_ratio = 0.8;
constexpr double holds_per_second_of_measuring = 2'000;  ///< so --seconds says how long it takes

struct side {
  std::vector<double> per_s;
  latency_histogram latency;
  usage before, after;
  std::uint64_t answers = 0;
};

void hold_all(const server& node, const std::vector<owned>& checkouts, side& into) {
  into.before += usage_of(node);
  const auto run = ask_all(
      node.http(), {.count = checkouts.size(),
                    .at =
                        [&](std::size_t which) {
                          const auto& one = checkouts[which];
                          return request{.method = "POST",
                                         .path = "/v1/checkouts/" + one.id + "/reserve",
                                         .token = one.owner->token,
                                         .body = "{}",
                                         .keyed = true};
                        },
                    .take = [](std::size_t, const reply& answer) { expect(answer, 200); }});
  into.after += usage_of(node);
  into.per_s.push_back(run.per_s());
  into.latency.add(run.latency);
  into.answers += run.all_answers;
}

figure figure_of(const char* name, const side& one) {
  figure found{.name = name, .value = median(one.per_s), .unit = "holds/s"};
  add_latency(found, one.latency);
  add_costs(found, one.before, one.after, one.answers);
  return found;
}

}  // namespace

void measure_hot(const settings& all, report& into) {
  const work_directory place(all.directory);
  const server node(all, place.path());
  const auto& http = node.http();
  const auto seller = sign_up_seller(http);
  const auto people = sign_up(http, buyers);
  const auto many = publish_listings(http, seller, {.listings = many_listings});
  const auto count = static_cast<std::size_t>(all.seconds * holds_per_second_of_measuring);

  side hot, spread;
  for (int round = 0; round < all.rounds; ++round) {
    // A new one each round, so that every round begins without holds.
    const auto one = publish_listings(http, seller, {.listings = 1});
    hold_all(node, start_checkouts(http, count, people, many), spread);
    hold_all(node, start_checkouts(http, count, people, one), hot);
  }
  auto ceiling = figure_of("hot.spread", spread);
  auto found = figure_of("hot.one_listing", hot);
  found.ceiling = ceiling.value;
  found.floor = floor_ratio;
  into.add(std::move(ceiling));
  into.add(std::move(found));
}

}  // namespace resalehub::bench
