// Whole purchases: a cart of 1 to 5 lines, a checkout of it, the hold, the payment. And adding to a
// cart when the line is its first and when it is its fiftieth. The ceiling of purchases is what
// RocksDB alone could make durable, were a purchase's commits its entries.

#include "bench/benchmarks.hpp"
#include "bench/shoppers.hpp"

namespace resalehub::bench {
namespace {

constexpr double flat_within = 2;

// -- adding to a cart -----------------------------------------------------------------------------

request adding(const person& who, const std::string& cart, const std::string& listing) {
  return {.method = "POST",
          .path = "/v1/carts/" + cart + "/items",
          .token = who.token,
          .body = R"({"listing_id":")" + listing + R"(","quantity":1})",
          .keyed = true};
}

/// The id of a cart's last line.
std::string last_line_in(std::string_view cart) {
  const auto last = cart.rfind(R"("listing_id":)");
  const auto object = cart.rfind('{', last);
  return std::string(text_in(cart.substr(object), "id"));
}

/// Adds the line that makes the cart that long, takes it out again, and so on; adding is timed.
latency_histogram add_at(const settings& all, const endpoint& to, std::size_t lines,
                         const std::vector<std::string>& ids) {
  const auto who = std::move(sign_up(to, 1).front());
  const auto opened = ask_once(
      to, {.method = "POST", .path = "/v1/carts", .token = who.token, .body = "{}"});
  const std::string cart(text_in(opened, "id"));
  ask_all(to, {.count = lines - 1,
               .at = [&](std::size_t which) { return adding(who, cart, ids[which]); },
               .take = [](std::size_t, const reply& answer) { expect(answer, 200); },
               .connections = 1});
  std::string line;
  latency_histogram latency;
  run_load(to, {.connections = 1, .measured_s = all.seconds},
           {.ask =
                [&](std::size_t, std::string& out) {
                  append(out, line.empty()
                                  ? adding(who, cart, ids[lines - 1])
                                  : request{.method = "DELETE",
                                            .path = "/v1/carts/" + cart + "/items/" + line,
                                            .token = who.token});
                  return true;
                },
            .take =
                [&](std::size_t, const reply& answer) {
                  expect(answer, 200);
                  if (line.empty()) latency.record(answer.took_ns);
                  line = line.empty() ? last_line_in(answer.body) : "";
                }});
  return latency;
}

void report_adding(const settings& all, const endpoint& to, const std::vector<std::string>& ids,
                   report& into) {
  latency_histogram first, fiftieth;
  for (int round = 0; round < all.rounds; ++round) {
    first.add(add_at(all, to, 1, ids));
    fiftieth.add(add_at(all, to, 50, ids));
  }
  const auto compare = [&](const char* name, double share) {
    figure found{.name = name,
                 .value = fiftieth.quantile_us(share) / first.quantile_us(share),
                 .unit = "times",
                 .most = flat_within};
    found.details = {{"at_1_line_us", first.quantile_us(share)},
                     {"at_50_lines_us", fiftieth.quantile_us(share)}};
    into.add(std::move(found));
  };
  compare("checkout.add_p50", 0.50);
  compare("checkout.add_p99", 0.99);
}

}  // namespace

void measure_checkout(const settings& all, report& into) {
  const work_directory place(all.directory);
  const server node(all, place.path());
  const shop where(node.http());

  std::vector<double> per_s, requests_per_s, ceiling_per_s;
  latency_histogram latency;
  usage before, after;
  std::uint64_t count = 0;
  for (int round = 0; round < all.rounds; ++round) {
    ceiling_per_s.push_back(rocksdb_alone(all, {}));
    before += usage_of(node);
    const auto run = buy_for(all.seconds, {node.http()}, where);
    after += usage_of(node);
    per_s.push_back(run.per_s);
    requests_per_s.push_back(run.requests_per_s);
    latency.add(run.latency);
    count += run.count;
  }
  const auto commits_each = (after.commits - before.commits) / static_cast<double>(count);
  figure found{.name = "checkout.purchases",
               .value = median(per_s),
               .unit = "purchases/s",
               .ceiling = median(ceiling_per_s) / commits_each};
  add_latency(found, latency);
  add_costs(found, before, after, count);
  found.details.emplace_back("requests_per_s", median(requests_per_s));
  into.add(std::move(found));
  report_adding(all, node.http(), where.listings, into);
}

}  // namespace resalehub::bench
