#include "tests/support/market_day.hpp"

#include "actors/catalog.hpp"
#include "actors/order.hpp"
#include "actors/ports/sandbox_payment.hpp"
#include "gateway/sandbox_payment_port.hpp"

namespace resalehub::testing {

actor_world::kinds_lookup market_day::kind_of_market() { return kind_of; }

market_day::market_day(world_options options, actor_world::kinds_lookup kinds)
    : world(std::move(kinds), options), payment_(make_sandbox_payment_port(world)) {
  world.outside = {{"payment", payment_.get()}};
  world.start();
}

market_day::~market_day() = default;

user_id market_day::sign_up(const std::string& name) {
  const auto id = user::id_for_signup(name);
  const auto outcome = tell<user::command>(
      id, {}, user::sign_up{name + "@example.org", "hash", name}, "sign-up");
  check(outcome && outcome->ok(), "a person signs up");
  return id;
}

user_id market_day::sign_up_seller(const std::string& name) {
  const auto id = sign_up(name);
  check(tell<user::command>(id, id, user::open_seller{})->ok(), "a seller opens");
  return id;
}

listing_id market_day::publish(const user_id& seller, const std::string& title,
                               std::int64_t quantity) {
  const listing_id id{seller.slot, derived_ulid(title, std::to_string(++made_))};
  listing::create what{{title, "", "things", listing::condition::good, ten_euro, quantity},
                       {seller, true}};
  check(tell<listing::command>(id, seller, what, "create")->ok(), "a listing is made");
  check(tell<listing::command>(id, seller, listing::publish{})->ok(), "and published");
  return id;
}

std::optional<listing::quote> market_day::quote(const listing_id& id) {
  const auto came = read<listing::query>(id, {}, listing::read_quote{});
  listing::quote q;
  if (!came || !came->ok() || !unpack((**came).bytes, q)) return std::nullopt;
  return q;
}

cart_id market_day::open_cart(const user_id& buyer) {
  user::cart_pointer pointer;
  const auto came = tell<user::command>(buyer, buyer, user::open_cart{});
  check(came && came->ok() && unpack((**came).bytes, pointer), "a cart is pointed at");
  check(tell<cart::command>(pointer.cart_id, buyer, cart::open{})->ok(), "and opens");
  return pointer.cart_id;
}

checkout_id market_day::start(const user_id& buyer, const std::vector<listing_id>& wanted,
                              std::optional<cart_id> cart) {
  const checkout_id id{buyer.slot, derived_ulid("checkout", std::to_string(++made_))};
  checkout::start what{cart, {}};
  for (const auto& listing : wanted) what.lines.push_back({*quote(listing), 1});
  check(tell<checkout::command>(id, buyer, what, "start")->ok(), "a checkout starts");
  return id;
}

std::size_t market_day::captures() {
  std::size_t count = 0;
  for (std::uint32_t slot = 0; slot < slots_max; slot += slots_max / world.partitions())
    count += world.rows_of(std::string(sandbox_charge::captures_index),
                           static_cast<slot_number>(slot)).size();
  return count;
}

std::size_t market_day::orders(const user_id& buyer) {
  return world.rows_of(order::bought_index(buyer), buyer.slot).size();
}

}  // namespace resalehub::testing
