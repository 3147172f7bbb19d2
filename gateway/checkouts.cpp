#include "gateway/handlers.hpp"

#include "actors/cart.hpp"
#include "actors/checkout.hpp"
#include "gateway/bodies.hpp"
#include "gateway/exchange.hpp"
#include "gateway/facts.hpp"

namespace resalehub {

namespace bodies {
const body_kind checkout = body_kind_of<checkout::start_body>();
const body_kind payment = body_kind_of<checkout::complete_body>();
}  // namespace bodies

namespace shapes {
const answer_kind checkout = answer_kind_of<checkout::view>();
}  // namespace shapes

namespace {

/// What cannot be had any more goes along as off sale, so that the checkout says what it thinks.
checkout::wanted_line wanted(listing_id id, const std::optional<listing::quote>& quote,
                             std::int64_t quantity) {
  checkout::wanted_line out{.quantity = quantity};
  if (quote) out.listing = *quote;
  out.listing.listing_id = id;
  return out;
}

task<result<checkout::start>> start_of_cart(const exchange& x, cart_id id) {
  auto sheet = unpacked<cart::sheet>(
      co_await x.ask_one(x.query<cart::query>(id, cart::read_sheet{})));
  if (!sheet) co_return std::move(sheet).problem();
  if (sheet->phase != cart::phase::open)
    co_return problem{code::invalid_transition, "The cart is not open any more."};
  auto quotes = co_await quotes_of(x, sheet->lines);
  if (!quotes) co_return std::move(quotes).problem();
  checkout::start out{.cart = id};
  for (std::size_t i = 0; i < sheet->lines.size(); ++i)
    out.lines.push_back(
        wanted(sheet->lines[i].listing_id, (*quotes)[i], sheet->lines[i].quantity));
  co_return out;
}

task<result<checkout::start>> start_of_listing(const exchange& x, listing_id id,
                                               std::int64_t quantity) {
  auto quote = co_await quote_of(x, id);
  if (!quote && quote.problem().code != code::not_found) co_return std::move(quote).problem();
  checkout::start out;
  out.lines.push_back(wanted(id, quote ? std::optional{*quote} : std::nullopt, quantity));
  co_return out;
}

task<result<checkout::start>> start_of(const exchange& x) {
  const auto& body = x.body<checkout::start_body>();
  if (body.cart_id) {
    const auto id = named<cart_id>(*body.cart_id);
    if (!id) co_return id.problem();
    co_return co_await start_of_cart(x, *id);
  }
  const auto id = named<listing_id>(*body.listing_id);
  if (!id) co_return id.problem();
  co_return co_await start_of_listing(x, *id, body.quantity->value);
}

task<result<http_response>> change_checkout(exchange& x, std::string command) {
  auto id = x.place<checkout_id>();
  if (!id) co_return std::move(id).problem();
  auto request = x.packed_command(*id, std::move(command));
  co_return entity_response(co_await x.ask_one(std::move(request)));
}

std::string bytes_of(checkout::command command) { return packed(command); }

milliseconds hold_of(const exchange& x) { return milliseconds{x.shared().options.hold_ms}; }

}  // namespace

task<result<http_response>> start_checkout(exchange& x) {
  if (auto refusal = checkout::shape_refusal(x.body<checkout::start_body>()))
    co_return *std::move(refusal);
  const auto facts = co_await start_of(x);
  const checkout_id id{x.user().slot, x.keyed_ulid("checkout")};
  // Without lines it can only be refused, or be a repetition that has its answer.
  auto what = facts ? *facts : checkout::start{};
  auto asked = x.command<checkout::command>(id, std::move(what));
  auto answered = co_await x.ask_one(std::move(asked));
  co_return entity_response(answered_on_facts(std::move(answered), facts));
}

task<result<http_response>> read_checkout(exchange& x) {
  auto id = x.place<checkout_id>();
  if (!id) co_return std::move(id).problem();
  co_return entity_response(
      co_await x.ask_one(x.query<checkout::query>(*id, checkout::read{})));
}

task<result<http_response>> reserve_checkout(exchange& x) {
  return change_checkout(x, bytes_of(checkout::reserve{hold_of(x)}));
}

task<result<http_response>> complete_checkout(exchange& x) {
  const auto& method = x.body<checkout::complete_body>().payment_method.value;
  return change_checkout(x, bytes_of(checkout::complete{method, hold_of(x)}));
}

task<result<http_response>> cancel_checkout(exchange& x) {
  return change_checkout(x, bytes_of(checkout::cancel{}));
}

}  // namespace resalehub
