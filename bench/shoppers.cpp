#include "bench/shoppers.hpp"

#include <stdexcept>

namespace resalehub::bench {
namespace {

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

}  // namespace

shop::shop(const endpoint& to) {
  const auto seller = sign_up_seller(to);
  people = sign_up(to, shoppers_count);
  listings = publish_listings(to, seller, {.listings = shop_listings});
}

purchases_outcome buy_for(double seconds, const std::vector<endpoint>& doors, const shop& where) {
  std::vector<shopper> shoppers;
  for (std::size_t i = 0; i < shoppers_count; ++i)
    shoppers.emplace_back(where.people[i], where.listings, 17 * i);
  const auto begin = now_ns();
  std::vector<std::int64_t> begun(shoppers_count, begin);
  const auto measured_from = begin + static_cast<std::int64_t>(seconds / 5 * 1e9);
  const auto measured_to = measured_from + static_cast<std::int64_t>(seconds * 1e9);
  purchases_outcome out;
  std::uint64_t measured = 0;
  const auto run = run_load(
      doors,
      {.connections = shoppers_count, .warm_up_s = seconds / 5, .measured_s = seconds},
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
  out.per_s = static_cast<double>(measured) / seconds;
  out.requests_per_s = run.per_s();
  out.repeats = run.repeats;
  return out;
}

}  // namespace resalehub::bench
