#pragma once
/// The handlers that rows of the route table name, by noun; each in the file of its noun. Run on
/// the request's loop, after dispatch has checked all that the row says.

#include "gateway/loop.hpp"
#include "gateway/route.hpp"

namespace resalehub {

using handled = task<result<http_response>>;

// accounts.cpp
handled sign_up(exchange& x);
handled login(exchange& x);
handled refresh_session(exchange& x);
handled logout(exchange& x);
handled read_me(exchange& x);
handled open_seller(exchange& x);
handled make_ticket(exchange& x);
handled read_key_set(exchange& x);
handled refuse_without_upgrade(exchange& x);

// market.cpp
handled create_listing(exchange& x);
handled read_listing(exchange& x);
handled edit_listing(exchange& x);
handled remove_listing(exchange& x);
handled publish_listing(exchange& x);
handled pause_listing(exchange& x);
handled resume_listing(exchange& x);
handled close_listing(exchange& x);
handled adjust_stock(exchange& x);
handled browse_listings(exchange& x);
handled list_own_listings(exchange& x);

// carts.cpp
handled open_cart(exchange& x);
handled read_cart(exchange& x);
handled add_cart_item(exchange& x);
handled change_cart_item(exchange& x);
handled remove_cart_item(exchange& x);

// checkouts.cpp
handled start_checkout(exchange& x);
handled read_checkout(exchange& x);
handled reserve_checkout(exchange& x);
handled complete_checkout(exchange& x);
handled cancel_checkout(exchange& x);

// orders.cpp
handled list_orders(exchange& x);
handled read_order(exchange& x);

// rooms.cpp
handled open_room(exchange& x);
handled read_room(exchange& x);
handled post_message(exchange& x);
handled list_messages(exchange& x);
handled mark_room_read(exchange& x);

// operations.cpp
handled read_health(exchange& x);
handled read_readiness(exchange& x);
handled read_metrics(exchange& x);
handled read_openapi(exchange& x);
handled list_captures(exchange& x);

// problem_pages.cpp
handled read_problem(exchange& x);
handled list_problems(exchange& x);

// operators.cpp
handled list_nodes(exchange& x);
handled list_partitions(exchange& x);
handled find_entity(exchange& x);
handled inspect_entity(exchange& x);
handled drain_node(exchange& x);
handled keep_node(exchange& x);
handled remove_node(exchange& x);
handled transfer_partition(exchange& x);

/// 429, with how long to wait.
problem rate_refusal(const rate_verdict& verdict);

}  // namespace resalehub
