// The rows. Router, body reading, access check, metric label and OpenAPI document come from here.

#include "gateway/bodies.hpp"
#include "gateway/handlers.hpp"
#include "gateway/route.hpp"

namespace resalehub {
namespace {

using enum http_method;

constexpr std::int64_t sequence_max = 9'007'199'254'740'991;
constexpr std::int64_t amount_max = 1'000'000'000'000;

const parameter_row limit{.name = "limit", .kind = parameter_kind::whole,
                          .sentence = "How many at most.", .low = 1, .high = 100,
                          .fallback = "20"};
const parameter_row cursor{.name = "cursor", .kind = parameter_kind::sealed,
                           .sentence = "Where the page before ended."};
const parameter_row ticket{.name = "ticket", .kind = parameter_kind::sealed,
                           .sentence = "Good once."};

parameter_row choice(std::string_view name, std::string_view choices, std::string_view sentence,
                     std::string_view fallback = {}) {
  return {.name = name, .kind = parameter_kind::choice, .sentence = sentence,
          .choices = choices, .fallback = fallback};
}
parameter_row whole_number(std::string_view name, std::int64_t high, std::string_view sentence) {
  return {.name = name, .kind = parameter_kind::whole, .sentence = sentence, .high = high};
}
parameter_row word(std::string_view name, std::string_view sentence) {
  return {.name = name, .sentence = sentence};
}

std::vector<success> one(int status, const answer_kind& shape) { return {{status, &shape}}; }
std::vector<success> made_or_met(const answer_kind& shape) {
  return {{200, &shape}, {201, &shape}};
}

std::vector<route> account_rows() {
  return {
      {.method = post, .pattern = "/v1/auth/signup", .sentence = "Opens an account.",
       .who = access::anonymous, .key = keyed::required, .rate = rate_class::sign_up,
       .body = &bodies::signup, .respond = sign_up, .successes = one(201, shapes::session),
       .refusals = {code::already_exists}},
      {.method = post, .pattern = "/v1/auth/login", .sentence = "Opens a session.",
       .who = access::anonymous, .rate = rate_class::login, .body = &bodies::login,
       .respond = login, .successes = one(200, shapes::session),
       .refusals = {code::unauthenticated}},
      {.method = post, .pattern = "/v1/auth/refresh", .sentence = "Goes on with a session.",
       .who = access::anonymous, .rate = rate_class::write, .body = &bodies::refresh,
       .respond = refresh_session, .successes = one(200, shapes::session),
       .refusals = {code::unauthenticated, code::session_revoked}},
      {.method = post, .pattern = "/v1/auth/logout", .sentence = "Ends a session.",
       .who = access::anonymous, .rate = rate_class::write, .body = &bodies::refresh,
       .respond = logout, .successes = {{204}}, .refusals = {code::unauthenticated}},
      {.method = get, .pattern = "/v1/me", .sentence = "One's own account.",
       .respond = read_me, .successes = one(200, shapes::user),
       .repeats = conditional::by_version},
      {.method = post, .pattern = "/v1/me/seller", .sentence = "Begins to sell.",
       .rate = rate_class::write, .body = &bodies::nothing, .respond = open_seller,
       .successes = one(200, shapes::seller), .own_version = true},
      {.method = post, .pattern = "/v1/ws/tickets",
       .sentence = "A ticket for one WebSocket connection.", .rate = rate_class::write,
       .body = &bodies::nothing, .respond = make_ticket, .successes = one(201, shapes::ticket)},
      {.method = get, .pattern = "/v1/ws",
       .sentence = "The live channel: a WebSocket, by the ticket.", .who = access::anonymous,
       .parameters = {ticket}, .respond = refuse_without_upgrade,
       .successes = {{101}},
       .refusals = {code::unauthenticated, code::origin_not_allowed, code::upgrade_required}},
      {.method = get, .pattern = "/.well-known/jwks.json",
       .sentence = "The key that access tokens are signed with.", .who = access::anonymous,
       .respond = read_key_set, .successes = one(200, shapes::key_set)},
  };
}

/// One of a listing's transitions.
route listing_action(std::string_view pattern, std::string_view sentence, handler respond) {
  return {.method = post, .pattern = pattern, .sentence = sentence, .rate = rate_class::write,
          .body = &bodies::nothing, .respond = respond, .successes = one(200, shapes::listing),
          .refusals = {code::invalid_transition}};
}

std::vector<route> market_rows() {
  return {
      {.method = post, .pattern = "/v1/listings", .sentence = "Makes a draft.",
       .key = keyed::required, .rate = rate_class::write, .body = &bodies::listing,
       .respond = create_listing, .successes = one(201, shapes::listing),
       .refusals = {code::seller_not_ready, code::already_exists}},
      {.method = get, .pattern = "/v1/listings", .sentence = "What is on sale.",
       .who = access::anyone,
       .parameters = {word("category", "Of this category."),
                      choice("condition", "new|like_new|good|fair|poor", "In this condition."),
                      word("seller_id", "Of this seller."),
                      whole_number("price[gte]", amount_max, "From this amount."),
                      whole_number("price[lte]", amount_max, "Up to this amount."),
                      choice("sort", "-created_at|price|-price", "In which order.",
                             "-created_at"),
                      limit, cursor},
       .respond = browse_listings, .successes = one(200, shapes::listing_page)},
      {.method = get, .pattern = "/v1/me/listings", .sentence = "One's own listings.",
       .parameters = {choice("status", "draft|published|paused|sold_out|closed",
                             "In this state."),
                      limit, cursor},
       .respond = list_own_listings, .successes = one(200, shapes::listing_page)},
      {.method = get, .pattern = "/v1/listings/{id}", .sentence = "A listing.",
       .who = access::anyone, .respond = read_listing, .successes = one(200, shapes::listing),
       .repeats = conditional::by_version},
      {.method = patch, .pattern = "/v1/listings/{id}", .sentence = "Edits a listing.",
       .rate = rate_class::write, .body = &bodies::listing_edit, .respond = edit_listing,
       .successes = one(200, shapes::listing),
       .refusals = {code::invalid_transition, code::currency_mismatch}},
      {.method = del, .pattern = "/v1/listings/{id}", .sentence = "Removes a listing.",
       .rate = rate_class::write, .respond = remove_listing,
       .successes = one(200, shapes::listing), .refusals = {code::invalid_transition}},
      listing_action("/v1/listings/{id}/publish", "Puts it on sale.", publish_listing),
      listing_action("/v1/listings/{id}/pause", "Takes it off sale for a while.", pause_listing),
      listing_action("/v1/listings/{id}/resume", "Puts it on sale again.", resume_listing),
      listing_action("/v1/listings/{id}/close", "Takes it off sale for good.", close_listing),
      {.method = post, .pattern = "/v1/listings/{id}/stock-adjustments",
       .sentence = "Changes what is in stock.", .key = keyed::required,
       .rate = rate_class::write, .body = &bodies::stock_adjustment, .respond = adjust_stock,
       .successes = one(200, shapes::listing),
       .refusals = {code::insufficient_stock, code::invalid_transition, code::limit_exceeded}},
  };
}

std::vector<route> cart_rows() {
  return {
      {.method = post, .pattern = "/v1/carts", .sentence = "One's open cart.",
       .rate = rate_class::write, .body = &bodies::nothing, .respond = open_cart,
       .successes = made_or_met(shapes::cart)},
      {.method = get, .pattern = "/v1/carts/{id}", .sentence = "A cart at today's prices.",
       .respond = read_cart, .successes = one(200, shapes::cart)},
      {.method = post, .pattern = "/v1/carts/{id}/items", .sentence = "Adds to a cart.",
       .key = keyed::required, .rate = rate_class::write, .body = &bodies::cart_item,
       .respond = add_cart_item, .successes = one(200, shapes::cart),
       .refusals = {code::forbidden, code::currency_mismatch, code::limit_exceeded,
                    code::insufficient_stock, code::invalid_transition}},
      {.method = patch, .pattern = "/v1/carts/{id}/items/{line_id}",
       .sentence = "Changes a line's quantity.", .rate = rate_class::write,
       .body = &bodies::cart_item_quantity, .respond = change_cart_item,
       .successes = one(200, shapes::cart), .refusals = {code::invalid_transition}},
      {.method = del, .pattern = "/v1/carts/{id}/items/{line_id}", .sentence = "Removes a line.",
       .rate = rate_class::write, .respond = remove_cart_item,
       .successes = one(200, shapes::cart), .refusals = {code::invalid_transition}},
  };
}

std::vector<route> purchase_rows() {
  return {
      {.method = post, .pattern = "/v1/checkouts",
       .sentence = "Begins a purchase, of a cart or of one listing.", .key = keyed::required,
       .rate = rate_class::write, .body = &bodies::checkout, .respond = start_checkout,
       .successes = one(201, shapes::checkout),
       .refusals = {code::not_found, code::forbidden, code::insufficient_stock,
                    code::currency_mismatch, code::invalid_transition, code::already_exists}},
      {.method = get, .pattern = "/v1/checkouts/{id}", .sentence = "A purchase.",
       .respond = read_checkout, .successes = one(200, shapes::checkout),
       .repeats = conditional::by_version},
      {.method = post, .pattern = "/v1/checkouts/{id}/reserve",
       .sentence = "Holds all of it for a while.", .key = keyed::required,
       .rate = rate_class::write, .body = &bodies::nothing, .respond = reserve_checkout,
       .successes = one(200, shapes::checkout),
       .refusals = {code::insufficient_stock, code::price_changed, code::reservation_expired,
                    code::checkout_completed, code::invalid_transition, code::forbidden}},
      {.method = post, .pattern = "/v1/checkouts/{id}/complete", .sentence = "Pays and orders.",
       .key = keyed::required, .rate = rate_class::write, .body = &bodies::payment,
       .respond = complete_checkout, .successes = one(200, shapes::checkout),
       .refusals = {code::payment_declined, code::payment_action_required, code::provider_error,
                    code::insufficient_stock, code::price_changed, code::reservation_expired,
                    code::checkout_completed, code::invalid_transition, code::forbidden}},
      {.method = del, .pattern = "/v1/checkouts/{id}", .sentence = "Gives a purchase up.",
       .rate = rate_class::write, .respond = cancel_checkout,
       .successes = one(200, shapes::checkout),
       .refusals = {code::checkout_completed, code::reservation_expired,
                    code::invalid_transition}},
      {.method = get, .pattern = "/v1/orders", .sentence = "One's orders, newest first.",
       .parameters = {choice("role", "buyer|seller", "In which part.", "buyer"), limit, cursor},
       .respond = list_orders, .successes = one(200, shapes::order_page)},
      {.method = get, .pattern = "/v1/orders/{id}", .sentence = "An order.",
       .respond = read_order, .successes = one(200, shapes::order),
       .repeats = conditional::by_version},
  };
}

std::vector<route> room_rows() {
  return {
      {.method = post, .pattern = "/v1/rooms", .sentence = "A conversation about a listing.",
       .key = keyed::required, .rate = rate_class::write, .body = &bodies::room,
       .respond = open_room, .successes = made_or_met(shapes::room),
       .refusals = {code::not_found, code::forbidden}},
      {.method = get, .pattern = "/v1/rooms/{id}", .sentence = "A conversation.",
       .respond = read_room, .successes = one(200, shapes::room),
       .repeats = conditional::by_version},
      {.method = post, .pattern = "/v1/rooms/{id}/messages", .sentence = "Says something.",
       .rate = rate_class::chat, .body = &bodies::message, .respond = post_message,
       .successes = made_or_met(shapes::message), .refusals = {code::idempotency_key_reused}},
      {.method = get, .pattern = "/v1/rooms/{id}/messages", .sentence = "What was said.",
       .parameters = {whole_number("after_seq", sequence_max, "Behind this one, ascending."),
                      whole_number("before_seq", sequence_max, "Before this one, descending."),
                      limit, cursor},
       .respond = list_messages, .successes = one(200, shapes::message_page)},
      {.method = put, .pattern = "/v1/rooms/{id}/read", .sentence = "Marks as read.",
       .rate = rate_class::write, .body = &bodies::read_mark, .respond = mark_room_read,
       .successes = one(200, shapes::room), .refusals = {code::invalid_sequence}},
  };
}

std::vector<route> operation_rows() {
  return {
      {.method = get, .pattern = "/v1/openapi.json", .sentence = "This document.",
       .who = access::anonymous, .respond = read_openapi,
       .successes = one(200, shapes::document)},
      {.method = get, .pattern = "/problems", .sentence = "What problems there are.",
       .who = access::anonymous, .respond = list_problems,
       .successes = {{200, &shapes::text, "text/html"}}, .where = door::both},
      {.method = get, .pattern = "/problems/{code}", .sentence = "What a problem's type means.",
       .who = access::anonymous, .respond = read_problem,
       .successes = {{200, &shapes::text, "text/html"}}, .where = door::both},
      {.method = get, .pattern = "/healthz", .sentence = "Whether the process lives.",
       .who = access::anonymous, .rate = rate_class::none, .respond = read_health,
       .successes = one(200, shapes::condition), .where = door::both},
      {.method = get, .pattern = "/readyz", .sentence = "Whether the node serves.",
       .who = access::anonymous, .rate = rate_class::none, .respond = read_readiness,
       .successes = one(200, shapes::condition), .where = door::both},
      {.method = get, .pattern = "/metrics", .sentence = "What the node counts.",
       .who = access::anonymous, .rate = rate_class::none, .respond = read_metrics,
       .successes = {{200, &shapes::text, "text/plain"}}, .where = door::admin},
      {.method = get, .pattern = "/sandbox/payments",
       .sentence = "What the sandbox's provider captured.", .who = access::anonymous,
       .rate = rate_class::none, .parameters = {limit, cursor}, .respond = list_captures,
       .successes = one(200, shapes::capture_page), .where = door::admin},
  };
}

/// A row of the operators' listener, which has its own token.
route operator_row(http_method method, std::string_view pattern, std::string_view sentence,
                   handler respond) {
  return {.method = method, .pattern = pattern, .sentence = sentence, .who = access::anonymous,
          .rate = rate_class::none, .respond = respond, .where = door::admin};
}

route node_order(http_method method, std::string_view pattern, std::string_view sentence,
                 handler respond) {
  auto row = operator_row(method, pattern, sentence, respond);
  if (method == post) row.body = &bodies::nothing;
  row.successes = one(200, shapes::node);
  row.refusals = {code::invalid_transition, code::gone};
  return row;
}

std::vector<route> operator_rows() {
  auto nodes = operator_row(get, "/admin/nodes", "The nodes of the cluster.", list_nodes);
  nodes.successes = one(200, shapes::nodes);
  auto partitions =
      operator_row(get, "/admin/partitions", "Who holds which partition.", list_partitions);
  partitions.successes = one(200, shapes::partitions);
  auto where = operator_row(get, "/admin/where/{id}", "Where an entity lives.", find_entity);
  where.successes = one(200, shapes::where);
  auto inspect = operator_row(get, "/admin/entities/{id}", "An entity as it is kept.",
                              inspect_entity);
  inspect.parameters = {whole_number("history", 1, "1: with its events."),
                        whole_number("after", sequence_max, "Events behind this version.")};
  inspect.successes = one(200, shapes::inspected);
  auto remove = node_order(del, "/admin/nodes/{name}", "A drained node leaves for ever.",
                           remove_node);
  remove.parameters = {whole_number("dead", 1, "1: it is lost, with what it holds.")};
  auto transfer = operator_row(post, "/admin/partitions/{number}/transfer",
                               "Another replica shall lead.", transfer_partition);
  transfer.body = &bodies::transfer;
  transfer.successes = {{200, &shapes::partition}, {202, &shapes::partition}};
  transfer.refusals = {code::invalid_transition};
  return {nodes, partitions, where, inspect, remove, transfer,
          node_order(post, "/admin/nodes/{name}/drain", "All replicas shall leave a node.",
                     drain_node),
          node_order(post, "/admin/nodes/{name}/keep", "A node is drained no more.", keep_node)};
}

}  // namespace

const std::vector<route>& routes() {
  static const std::vector<route> rows = [] {
    std::vector<route> all;
    for (auto part : {account_rows(), market_rows(), cart_rows(), purchase_rows(), room_rows(),
                      operation_rows(), operator_rows()})
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }();
  return rows;
}

}  // namespace resalehub
