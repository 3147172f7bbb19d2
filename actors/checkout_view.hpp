#pragma once
/// What clients send to and see of a checkout. Values.

#include <optional>
#include <string>
#include <vector>

#include "actors/ids.hpp"
#include "actors/sale_line.hpp"
#include "base/described.hpp"

namespace resalehub::checkout {

enum class phase {
  absent, open, reserving, reserved, awaiting_payment, voiding, releasing, completing,
  completed, expired, cancelled
};
BOOST_DESCRIBE_ENUM(phase, absent, open, reserving, reserved, awaiting_payment, voiding, releasing,
                    completing, completed, expired, cancelled)

// -- bodies ---------------------------------------------------------------------------------------

/// Either a cart, or a listing and a quantity (see `shape_refusal`).
struct start_body {
  std::optional<id_text> cart_id;
  std::optional<id_text> listing_id;
  std::optional<whole<1, line_quantity_max>> quantity;
};
struct complete_body {
  text<1, 200, text_form::opaque> payment_method;
};
RESALEHUB_DESCRIBE(start_body, cart_id, listing_id, quantity)
RESALEHUB_DESCRIBE(complete_body, payment_method)

/// validation_failed unless exactly one of the two forms is there.
std::optional<problem> shape_refusal(const start_body& body);

// -- views ----------------------------------------------------------------------------------------

struct totals_view {
  money items;
  money total;
};
struct view {
  checkout_id id;
  phase status = phase::open;
  std::vector<line_view> lines;
  totals_view totals;
  std::optional<instant> reservation_expires_at;
  std::optional<resalehub::order_group_id> order_group_id;
  std::vector<order_id> order_ids;
  std::uint64_t version = 0;
  std::vector<std::string> allowed_actions;
};
RESALEHUB_DESCRIBE(totals_view, items, total)
RESALEHUB_DESCRIBE(view, id, status, lines, totals, reservation_expires_at, order_group_id,
                   order_ids, version, allowed_actions)

}  // namespace resalehub::checkout
