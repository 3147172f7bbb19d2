#pragma once
/// What a buyer means to buy: lines with the price and title they were added at; holds nothing.
/// Its owner changes it, a checkout completes it. The gateway re-prices it when it is read:
/// `sheet`, then a quote of each line, then `compose`.

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "actors/ids.hpp"
#include "actors/listing.hpp"
#include "actors/machine.hpp"
#include "actors/sale_line.hpp"
#include "base/entity_kind.hpp"

namespace resalehub::cart {

// -- bodies ---------------------------------------------------------------------------------------

struct add_item_body {
  id_text listing_id;
  whole<1, line_quantity_max> quantity;
};
struct item_body {
  whole<1, line_quantity_max> quantity;
};
RESALEHUB_DESCRIBE(add_item_body, listing_id, quantity)
RESALEHUB_DESCRIBE(item_body, quantity)

// -- state ----------------------------------------------------------------------------------------

enum class phase { absent, open, completed };
BOOST_DESCRIBE_ENUM(phase, absent, open, completed)

struct payment_claim {
  checkout_id checkout;
  std::uint32_t attempt = 0;  ///< of its payments
};
RESALEHUB_DESCRIBE(payment_claim, checkout, attempt)

struct state {
  cart_id id;
  user_id owner;
  cart::phase phase = phase::absent;
  std::vector<sale_line> lines;  ///< by number, ascending; one a listing
  std::uint32_t lines_made = 0;
  std::uint64_t version = 0;
  std::optional<payment_claim> claim;  ///< by the one checkout that is being paid
};
RESALEHUB_DESCRIBE(state, id, owner, phase, lines, lines_made, version, claim)

// -- commands: by the owner -> JSON view ----------------------------------------------------------

struct open {};  ///< created the first time; again shown
struct add_item {
  listing::quote listing;
  std::int64_t quantity = 1;
};
struct set_quantity {
  std::uint32_t line = 0;
  std::int64_t quantity = 1;
};
struct remove_item {
  std::uint32_t line = 0;
};
struct bought_line {
  resalehub::listing_id listing_id;
  std::int64_t quantity = 0;
};
/// By a checkout that bought these -> [mp] remainder. What was added in the meantime stays.
struct complete {
  std::vector<bought_line> bought;
};
/// By a checkout, before it is paid -> nothing: of several checkouts of a cart one is paid at a
/// time, and none for what is not in the cart any more. invalid_transition, checkout_completed.
struct claim {
  std::uint32_t attempt = 0;
  std::vector<bought_line> wanted;
};
struct unclaim {  ///< by that checkout, when the attempt came to nothing -> nothing
  std::uint32_t attempt = 0;
};
using command =
    std::variant<open, add_item, set_quantity, remove_item, complete, claim, unclaim>;
RESALEHUB_DESCRIBE(open)
RESALEHUB_DESCRIBE(add_item, listing, quantity)
RESALEHUB_DESCRIBE(set_quantity, line, quantity)
RESALEHUB_DESCRIBE(remove_item, line)
RESALEHUB_DESCRIBE(bought_line, listing_id, quantity)
RESALEHUB_DESCRIBE(complete, bought)
RESALEHUB_DESCRIBE(claim, attempt, wanted)
RESALEHUB_DESCRIBE(unclaim, attempt)

/// The number in a path's {line_id}; nothing for another shape.
/// The `next_step` of a refused claim that no repetition can mend.
inline constexpr std::string_view another_checkout = "start_another_checkout";

std::optional<std::uint32_t> line_number(std::string_view written);

// -- events ---------------------------------------------------------------------------------------

struct opened {
  cart_id id;
  user_id owner;
};
struct item_added {
  sale_line line;
};
struct quantity_set {
  std::uint32_t line = 0;
  std::int64_t quantity = 0;
};
struct item_repriced {  ///< the same listing was added again
  std::uint32_t line = 0;
  std::int64_t quantity = 0;
  std::string title;
  money unit_price;
};
struct item_removed {
  std::uint32_t line = 0;
};
struct completed {
  checkout_id checkout;
};
struct lines_bought {
  checkout_id checkout;
  std::vector<bought_line> lines;
};
struct claimed {
  checkout_id checkout;
  std::uint32_t attempt = 0;
};
struct unclaimed {};
using event = std::variant<opened, item_added, quantity_set, item_repriced, item_removed,
                           completed, lines_bought, claimed, unclaimed>;
RESALEHUB_DESCRIBE(opened, id, owner)
RESALEHUB_DESCRIBE(item_added, line)
RESALEHUB_DESCRIBE(quantity_set, line, quantity)
RESALEHUB_DESCRIBE(item_repriced, line, quantity, title, unit_price)
RESALEHUB_DESCRIBE(item_removed, line)
RESALEHUB_DESCRIBE(completed, checkout)
RESALEHUB_DESCRIBE(lines_bought, checkout, lines)
RESALEHUB_DESCRIBE(claimed, checkout, attempt)
RESALEHUB_DESCRIBE(unclaimed)

// -- queries: by the owner ------------------------------------------------------------------------

struct read {};        ///< -> JSON view at the prices that the lines were added at
struct read_sheet {};  ///< -> [mp] sheet
using query = std::variant<read, read_sheet>;
RESALEHUB_DESCRIBE(read)
RESALEHUB_DESCRIBE(read_sheet)

// -- views ----------------------------------------------------------------------------------------

struct remainder {  ///< after a purchase
  bool emptied = false;
};
struct sheet {
  cart_id id;
  user_id owner;
  cart::phase phase = phase::absent;
  std::vector<sale_line> lines;
  std::uint64_t version = 0;
};
struct problem_meta {
  std::optional<std::int64_t> available;
  std::optional<money> old;
  std::optional<money> new_;
};
struct line_problem {
  std::string line_id;
  resalehub::code code = {};
  std::string detail;
  problem_meta meta;
};
struct totals_view {
  money items;
};
struct view {
  cart_id id;
  phase status = phase::open;
  std::vector<line_view> lines;
  std::vector<line_problem> problems;
  totals_view totals;
  std::uint64_t version = 0;
  std::vector<std::string> allowed_actions;
};
RESALEHUB_DESCRIBE(remainder, emptied)
RESALEHUB_DESCRIBE(sheet, id, owner, phase, lines, version)
RESALEHUB_DESCRIBE(problem_meta, available, old, new_)
RESALEHUB_DESCRIBE(line_problem, line_id, code, detail, meta)
RESALEHUB_DESCRIBE(totals_view, items)
RESALEHUB_DESCRIBE(view, id, status, lines, problems, totals, version, allowed_actions)

/// The JSON view at today's prices. now[i] is the quote of lines[i]; nothing: not to be had any
/// more (code gone). Problems: price_changed (old, new), insufficient_stock (available), gone,
/// invalid_transition (off sale).
std::string compose(const sheet& cart, const std::vector<std::optional<listing::quote>>& now);

// -- rules ----------------------------------------------------------------------------------------

result<decision<event>> decide(const state& s, const command& c, const context& ctx);
void apply(state& s, const event& e);
result<answer> ask(const state& s, const query& q, const context& ctx);
std::string show(const state& s, const entity_id& viewer);
void index(const state& s, std::vector<index_row>& rows);
const entity_kind& kind();
drawn_machine drawn();

}  // namespace resalehub::cart
