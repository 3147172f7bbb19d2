#pragma once
/// People at the market, on the real runtime without threads (actor_world): what the gateway would
/// ask for them, in one line each. Keys are given, so anything may be repeated.

#include <memory>
#include <string>
#include <vector>

#include "actors/cart.hpp"
#include "actors/checkout.hpp"
#include "actors/listing.hpp"
#include "actors/room.hpp"
#include "actors/user.hpp"
#include "tests/support/actor_world.hpp"

namespace resalehub::testing {

class market_day {
 public:
  explicit market_day(world_options options = {},
                      actor_world::kinds_lookup kinds = kind_of_market());
  ~market_day();

  static actor_world::kinds_lookup kind_of_market();

  using came = std::optional<result<answer>>;
  template <class Command, class What>
  resalehub::ask asking(const entity_id& to, const entity_id& by, What what, std::string key = {}) {
    resalehub::ask request;
    request.to = to;
    request.by = by;
    request.body = packed(Command{std::move(what)});
    if (!key.empty()) {
      request.mode = ask_mode::keyed;
      request.request = derived_request(to_text(by), to_text(to), key);
      request.fingerprint = 1;
    }
    return request;
  }
  template <class Command, class What>
  came tell(const entity_id& to, const entity_id& by, What what, std::string key = {}) {
    return world.answer_to(asking<Command>(to, by, std::move(what), std::move(key)));
  }
  template <class Query, class What>
  came read(const entity_id& of, const entity_id& by, What what) {
    auto request = asking<Query>(of, by, std::move(what));
    request.mode = ask_mode::query;
    return world.answer_to(std::move(request));
  }

  user_id sign_up(const std::string& name);
  user_id sign_up_seller(const std::string& name);
  listing_id publish(const user_id& seller, const std::string& title, std::int64_t quantity);
  std::optional<listing::quote> quote(const listing_id& id);
  cart_id open_cart(const user_id& buyer);
  checkout_id start(const user_id& buyer, const std::vector<listing_id>& wanted,
                    std::optional<cart_id> cart = {});

  std::size_t captures();
  std::size_t orders(const user_id& buyer);

  actor_world world;

 private:
  std::unique_ptr<outside_port> payment_;
  int made_ = 0;
};

inline const money ten_euro{1000, *currency::from_text("EUR")};
inline constexpr milliseconds hold_for{60'000};

}  // namespace resalehub::testing
