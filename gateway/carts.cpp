#include "gateway/handlers.hpp"

#include "actors/cart.hpp"
#include "actors/user.hpp"
#include "gateway/bodies.hpp"
#include "gateway/exchange.hpp"
#include "gateway/facts.hpp"

namespace resalehub {

namespace bodies {
const body_kind cart_item = body_kind_of<cart::add_item_body>();
const body_kind cart_item_quantity = body_kind_of<cart::item_body>();
}  // namespace bodies

namespace shapes {
const answer_kind cart = answer_kind_of<cart::view>();
}  // namespace shapes

namespace {

problem no_line() { return {code::not_found, "There is no such line in this cart."}; }

/// With the prices and problems of now.
task<result<answer>> priced_cart(exchange& x, cart_id id) {
  auto sheet = unpacked<cart::sheet>(
      co_await x.ask_one(x.query<cart::query>(id, cart::read_sheet{})));
  if (!sheet) co_return std::move(sheet).problem();
  auto quotes = co_await quotes_of(x, sheet->lines);
  if (!quotes) co_return std::move(quotes).problem();
  co_return answer{cart::compose(*sheet, *quotes), false, sheet->version, false};
}

/// After a change the cart is shown as a reader would see it; where the prices cannot be had, as it
/// was changed.
task<result<http_response>> changed_cart(exchange& x, cart_id id, result<answer> changed) {
  if (!changed || changed->created) co_return entity_response(std::move(changed));
  auto shown = co_await priced_cart(x, id);
  co_return entity_response(shown ? std::move(shown) : std::move(changed));
}

}  // namespace

task<result<http_response>> open_cart(exchange& x) {
  auto pointer = unpacked<user::cart_pointer>(
      co_await x.ask_one(x.command<user::command>(x.user(), user::open_cart{})));
  if (!pointer) co_return std::move(pointer).problem();
  const auto id = pointer->cart_id;
  co_return co_await changed_cart(
      x, id, co_await x.ask_one(x.command<cart::command>(id, cart::open{})));
}

task<result<http_response>> read_cart(exchange& x) {
  auto id = x.place<cart_id>();
  if (!id) co_return std::move(id).problem();
  co_return entity_response(co_await priced_cart(x, *id));
}

task<result<http_response>> add_cart_item(exchange& x) {
  auto id = x.place<cart_id>();
  if (!id) co_return std::move(id).problem();
  const auto& body = x.body<cart::add_item_body>();
  const auto listing = named<listing_id>(body.listing_id);
  if (!listing) co_return listing.problem();
  auto quote = co_await quote_of(x, *listing);
  // Without its facts the command can only be refused, or be a repetition that has its answer.
  const auto facts = quote ? *quote : listing::quote{};
  auto asked = x.command<cart::command>(*id, cart::add_item{facts, body.quantity.value});
  auto answered = co_await x.ask_one(std::move(asked));
  co_return entity_response(answered_on_facts(std::move(answered), quote));
}

task<result<http_response>> change_cart_item(exchange& x) {
  auto id = x.place<cart_id>();
  if (!id) co_return std::move(id).problem();
  const auto line = cart::line_number(x.places[1]);
  if (!line) co_return no_line();
  auto changed = co_await x.ask_one(x.command<cart::command>(
      *id, cart::set_quantity{*line, x.body<cart::item_body>().quantity.value}));
  co_return co_await changed_cart(x, *id, std::move(changed));
}

task<result<http_response>> remove_cart_item(exchange& x) {
  auto id = x.place<cart_id>();
  if (!id) co_return std::move(id).problem();
  const auto line = cart::line_number(x.places[1]);
  if (!line) co_return no_line();
  auto changed = co_await x.ask_one(x.command<cart::command>(*id, cart::remove_item{*line}));
  co_return co_await changed_cart(x, *id, std::move(changed));
}

}  // namespace resalehub
