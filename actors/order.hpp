#pragma once
/// What one seller sold in one purchase, as it was when it was paid. Placed by the checkout that
/// took the money; seen by its buyer and its seller.

#include <string>
#include <variant>
#include <vector>

#include "actors/ids.hpp"
#include "actors/machine.hpp"
#include "actors/sale_line.hpp"
#include "base/entity_kind.hpp"

namespace resalehub::order {

/// The buyer's orders, in the buyer's partition: key newest_first(placed_at, id), value empty.
/// A seller's are in user::sales_index.
std::string bought_index(const user_id& buyer);

// -- state ----------------------------------------------------------------------------------------

enum class phase { absent, paid };
BOOST_DESCRIBE_ENUM(phase, absent, paid)
enum class payment_phase { captured };
BOOST_DESCRIBE_ENUM(payment_phase, captured)

struct state {
  order_id id;
  order_group_id group;
  checkout_id checkout;
  charge_id charge;
  user_id buyer;
  user_id seller;
  std::vector<sale_line> lines;
  money total;
  instant placed_at;
  order::phase phase = phase::absent;
  std::uint64_t version = 0;
};
RESALEHUB_DESCRIBE(state, id, group, checkout, charge, buyer, seller, lines, total, placed_at,
                   phase, version)

// -- commands -------------------------------------------------------------------------------------

struct place {  ///< by the checkout -> nothing
  order_group_id group;
  charge_id charge;
  user_id buyer;
  user_id seller;
  std::vector<sale_line> lines;
  money total;
  instant placed_at;
};
using command = std::variant<place>;
RESALEHUB_DESCRIBE(place, group, charge, buyer, seller, lines, total, placed_at)

// -- events ---------------------------------------------------------------------------------------

struct placed {
  order_id id;
  order_group_id group;
  checkout_id checkout;
  charge_id charge;
  user_id buyer;
  user_id seller;
  std::vector<sale_line> lines;
  money total;
  instant placed_at;
};
using event = std::variant<placed>;
RESALEHUB_DESCRIBE(placed, id, group, checkout, charge, buyer, seller, lines, total, placed_at)

// -- queries --------------------------------------------------------------------------------------

struct read {};  ///< by buyer or seller -> JSON view
using query = std::variant<read>;
RESALEHUB_DESCRIBE(read)

// -- views ----------------------------------------------------------------------------------------

struct totals_view {
  money total;
};
struct view {
  order_id id;
  resalehub::order_group_id order_group_id;
  resalehub::checkout_id checkout_id;
  user_id buyer_id;
  user_id seller_id;
  phase status = phase::paid;
  payment_phase payment_status = payment_phase::captured;
  std::vector<line_view> lines;
  totals_view totals;
  instant placed_at;
  std::uint64_t version = 0;
  std::vector<std::string> allowed_actions;
};
RESALEHUB_DESCRIBE(totals_view, total)
RESALEHUB_DESCRIBE(view, id, order_group_id, checkout_id, buyer_id, seller_id, status,
                   payment_status, lines, totals, placed_at, version, allowed_actions)

// -- rules ----------------------------------------------------------------------------------------

result<decision<event>> decide(const state& s, const command& c, const context& ctx);
void apply(state& s, const event& e);
result<answer> ask(const state& s, const query& q, const context& ctx);
std::string show(const state& s, const entity_id& viewer);
void index(const state& s, std::vector<index_row>& rows);
const entity_kind& kind();
drawn_machine drawn();

}  // namespace resalehub::order
