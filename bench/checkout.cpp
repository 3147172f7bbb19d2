// Whole purchases: a cart of 1 to 5 lines, a checkout of it, the hold, the payment. And adding to a
// cart when the line is its first and when it is its fiftieth. The ceiling of purchases is what
// RocksDB alone could make durable, were a purchase's commits its entries.

#include <stdexcept>

#include "bench/benchmarks.hpp"
#include "bench/market.hpp"

namespace resalehub::bench {
namespace {

constexpr std::size_t connections = 64;
constexpr std::size_t listings = 1'000;
constexpr std::size_t lines_max = 5;
constexpr double flat_within = 2;

/// One buyer buying again and again; a buyer has one open cart, so a connection is a buyer.
class shopper {
 public:
  shopper(const person& who, const std::vector<std::string>& listings, std::size_t first)
      : who_(who), listings_(listings), listing_(first), lines_(first % lines_max + 1) {}

  request ask();
  /// True when a purchase is complete.
  bool take(const reply& answer);

 private:
  enum class step { open, add, check_out, reserve, complete };

  request post(std::string path, std::string body) const {
    return {.method = "POST",
            .path = std::move(path),
            .token = who_.token,
            .body = std::move(body),
            .keyed = true};
  }

  const person& who_;
  const std::vector<std::string>& listings_;
  std::size_t listing_;
  std::size_t lines_;
  std::size_t added_ = 0;
  step next_ = step::open;
  std::string cart_, checkout_;
};

request shopper::ask() {
  switch (next_) {
    case step::open: return post("/v1/carts", "{}");
    case step::add: {
      const auto& listing = listings_[listing_++ % listings_.size()];
      return post("/v1/carts/" + cart_ + "/items",
                  R"({"listing_id":")" + listing + R"(","quantity":1})");
    }
    case step::check_out: return post("/v1/checkouts", R"({"cart_id":")" + cart_ + R"("})");
    case step::reserve: return post("/v1/checkouts/" + checkout_ + "/reserve", "{}");
    case step::complete:
      return post("/v1/checkouts/" + checkout_ + "/complete",
                  R"({"payment_method":"pm_card_visa"})");
  }
  throw std::logic_error("a step that is none");
}

bool shopper::take(const reply& answer) {
  if (answer.status != 201) expect(answer, 200);
  switch (next_) {
    case step::open:
      cart_ = text_in(answer.body, "id");
      next_ = step::add;
      return false;
    case step::add:
      if (++added_ == lines_) next_ = step::check_out;
      return false;
    case step::check_out:
      checkout_ = text_in(answer.body, "id");
      next_ = step::reserve;
      return false;
    case step::reserve: next_ = step::complete; return false;
    case step::complete:
      if (text_in(answer.body, "status") != "completed") expect(answer, 0);
      added_ = 0;
      lines_ = lines_ % lines_max + 1;
      next_ = step::open;
      return true;
  }
  return false;
}

struct purchases_outcome {
  double per_s = 0, requests_per_s = 0;
  latency_histogram latency;  ///< of whole purchases
  std::uint64_t count = 0;
};

purchases_outcome buy_for(const settings& all, const endpoint& to,
                          const std::vector<person>& people,
                          const std::vector<std::string>& ids) {
  std::vector<shopper> shoppers;
  for (std::size_t i = 0; i < connections; ++i) shoppers.emplace_back(people[i], ids, 17 * i);
  const auto begin = now_ns();
  std::vector<std::int64_t> begun(connections, begin);
  const auto measured_from = begin + static_cast<std::int64_t>(all.seconds / 5 * 1e9);
  const auto measured_to = measured_from + static_cast<std::int64_t>(all.seconds * 1e9);
  purchases_outcome out;
  std::uint64_t measured = 0;
  const auto run = run_load(
      to,
      {.connections = connections, .warm_up_s = all.seconds / 5, .measured_s = all.seconds},
      {.ask =
           [&](std::size_t which, std::string& request) {
             append(request, shoppers[which].ask());
             return true;
           },
       .take =
           [&](std::size_t which, const reply& answer) {
             if (!shoppers[which].take(answer)) return;
             const auto now = now_ns();
             ++out.count;
             if (now >= measured_from && now < measured_to) {
               ++measured;
               out.latency.record(now - begun[which]);
             }
             begun[which] = now;
           }});
  out.per_s = static_cast<double>(measured) / all.seconds;
  out.requests_per_s = run.per_s();
  return out;
}

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
  const auto seller = sign_up_seller(node.http());
  const auto people = sign_up(node.http(), connections);
  const auto ids = publish_listings(node.http(), seller, {.listings = listings});

  std::vector<double> per_s, requests_per_s, ceiling_per_s;
  latency_histogram latency;
  usage before, after;
  std::uint64_t count = 0;
  for (int round = 0; round < all.rounds; ++round) {
    ceiling_per_s.push_back(rocksdb_alone(all, {}));
    before += usage_of(node);
    const auto run = buy_for(all, node.http(), people, ids);
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
  report_adding(all, node.http(), ids, into);
}

}  // namespace resalehub::bench
