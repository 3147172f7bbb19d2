#include "gateway/handlers.hpp"

#include "actors/order.hpp"
#include "actors/user.hpp"
#include "gateway/bodies.hpp"
#include "gateway/exchange.hpp"
#include "gateway/lists.hpp"

namespace resalehub {

namespace shapes {
const answer_kind order = answer_kind_of<order::view>();
const answer_kind order_page = page_kind_of<order::view>();
}  // namespace shapes

task<result<http_response>> list_orders(exchange& x) {
  const bool sold = x.given.word("role") == "seller";
  listing_plan plan{.index = sold ? user::sales_index(x.user()) : order::bought_index(x.user()),
                    .place = x.user().slot,
                    .kind = order_id::kind,
                    .query = packed(order::query{order::read{}})};
  plan.row_fits = [](std::string_view) { return true; };
  plan.still_fits = [](const std::string&) { return true; };
  co_return co_await respond_list(x, std::move(plan));
}

task<result<http_response>> read_order(exchange& x) {
  auto id = x.place<order_id>();
  if (!id) co_return std::move(id).problem();
  co_return entity_response(co_await x.ask_one(x.query<order::query>(*id, order::read{})));
}

}  // namespace resalehub
