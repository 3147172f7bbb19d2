#pragma once
/// A thing on sale and its stock. Its seller edits and publishes it; checkouts hold, release and
/// convert. available = quantity - sold - held, never negative. A hold is one of a checkout's
/// round: the checkout releases a round only after its hold was answered, and releases again
/// whatever a repeated hold took later, so nothing has to be remembered here of holds that are
/// over.

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "actors/ids.hpp"
#include "actors/listing_view.hpp"
#include "actors/machine.hpp"
#include "actors/user.hpp"
#include "base/entity_kind.hpp"

namespace resalehub::listing {

inline constexpr std::int64_t quantity_max = 1'000'000'000;  ///< ever put in

// -- bodies ---------------------------------------------------------------------------------------

struct create_body {
  text<1, 140> title;
  text<0, 20000, text_form::paragraph> description;
  text<1, 64, text_form::opaque> category;
  listing::condition condition = condition::new_;
  resalehub::price price;
  whole<1, 1'000'000> quantity;
};
struct edit_body {
  std::optional<text<1, 140>> title;
  std::optional<text<0, 20000, text_form::paragraph>> description;
  std::optional<text<1, 64, text_form::opaque>> category;
  std::optional<listing::condition> condition;
  std::optional<resalehub::price> price;
};
struct adjust_stock_body {
  whole<-1'000'000, 1'000'000> delta;
  std::optional<text<0, 500, text_form::paragraph>> reason;
  std::optional<whole<0, quantity_max>> expected_quantity;
};
RESALEHUB_DESCRIBE(create_body, title, description, category, condition, price, quantity)
RESALEHUB_DESCRIBE(edit_body, title, description, category, condition, price)
RESALEHUB_DESCRIBE(adjust_stock_body, delta, reason, expected_quantity)

// -- state ----------------------------------------------------------------------------------------

struct hold_kept {
  std::uint32_t round = 0;
  std::int64_t quantity = 0;
};
RESALEHUB_DESCRIBE(hold_kept, round, quantity)

struct state {
  listing_id id;
  user_id seller;
  request_id creation;
  std::string title;
  std::string description;
  std::string category;
  listing::condition condition = condition::new_;
  money price;
  std::int64_t quantity = 0;  ///< what was put in
  std::int64_t sold = 0;
  std::int64_t held = 0;                   ///< sum of holds
  std::map<checkout_id, hold_kept> holds;  ///< running ones only
  listing::phase phase = phase::absent;
  instant created_at;
  instant updated_at;
  std::optional<instant> published_at;
  std::uint64_t version = 0;

  std::int64_t stock() const { return quantity - sold; }
  std::int64_t available() const { return quantity - sold - held; }
};
RESALEHUB_DESCRIBE(state, id, seller, creation, title, description, category, condition, price,
                   quantity, sold, held, holds, phase, created_at, updated_at, published_at,
                   version)

// -- commands: by the seller -> JSON view; by a checkout -> [mp] availability ---------------------

struct create {  ///< created; seller_not_ready unless the standing is open
  create_body body;
  user::standing seller;
};
struct edit {
  edit_body body;
};
struct publish {};
struct pause {};
struct resume {};
struct close {};
struct remove {};
struct adjust_stock {
  adjust_stock_body body;
};
/// insufficient_stock (meta available), price_changed (meta old, new), invalid_transition,
/// not_found, forbidden when the buyer is the seller.
struct hold {
  std::uint32_t round = 0;  ///< of the checkout's reservations
  user_id buyer;
  std::int64_t quantity = 0;
  money unit_price;
};
struct release {  ///< of that round; nothing when it is not held
  std::uint32_t round = 0;
};
struct convert {  ///< the hold becomes sold
  std::uint32_t round = 0;
};
using command = std::variant<create, edit, publish, pause, resume, close, remove, adjust_stock,
                             hold, release, convert>;
RESALEHUB_DESCRIBE(create, body, seller)
RESALEHUB_DESCRIBE(edit, body)
RESALEHUB_DESCRIBE(publish)
RESALEHUB_DESCRIBE(pause)
RESALEHUB_DESCRIBE(resume)
RESALEHUB_DESCRIBE(close)
RESALEHUB_DESCRIBE(remove)
RESALEHUB_DESCRIBE(adjust_stock, body)
RESALEHUB_DESCRIBE(hold, round, buyer, quantity, unit_price)
RESALEHUB_DESCRIBE(release, round)
RESALEHUB_DESCRIBE(convert, round)

// -- events ---------------------------------------------------------------------------------------

struct created {
  listing_id id;
  user_id seller;
  request_id creation;
  std::string title;
  std::string description;
  std::string category;
  listing::condition condition = condition::new_;
  money price;
  std::int64_t quantity = 0;
  instant at;
};
struct edited {  ///< only what changed
  std::optional<std::string> title;
  std::optional<std::string> description;
  std::optional<std::string> category;
  std::optional<listing::condition> condition;
  std::optional<money> price;
  instant at;
};
struct published {
  instant at;
};
struct paused {
  instant at;
};
struct resumed {
  instant at;
};
struct closed {
  instant at;
};
struct removed {
  instant at;
};
struct stock_adjusted {
  std::int64_t delta = 0;
  std::string reason;
  instant at;
  static constexpr bool moves_rows = false;
};
struct ran_out {};    ///< of stock: sold_out
struct restocked {};  ///< and on sale again
struct stock_held {
  checkout_id checkout;
  std::uint32_t round = 0;
  std::int64_t quantity = 0;
  static constexpr bool moves_rows = false;
};
struct hold_released {
  checkout_id checkout;
  static constexpr bool moves_rows = false;
};
struct hold_converted {
  checkout_id checkout;
  static constexpr bool moves_rows = false;
};
using event = std::variant<created, edited, published, paused, resumed, closed, removed,
                           stock_adjusted, ran_out, restocked, stock_held, hold_released,
                           hold_converted>;
RESALEHUB_DESCRIBE(created, id, seller, creation, title, description, category, condition, price,
                   quantity, at)
RESALEHUB_DESCRIBE(edited, title, description, category, condition, price, at)
RESALEHUB_DESCRIBE(published, at)
RESALEHUB_DESCRIBE(paused, at)
RESALEHUB_DESCRIBE(resumed, at)
RESALEHUB_DESCRIBE(closed, at)
RESALEHUB_DESCRIBE(removed, at)
RESALEHUB_DESCRIBE(stock_adjusted, delta, reason, at)
RESALEHUB_DESCRIBE(ran_out)
RESALEHUB_DESCRIBE(restocked)
RESALEHUB_DESCRIBE(stock_held, checkout, round, quantity)
RESALEHUB_DESCRIBE(hold_released, checkout)
RESALEHUB_DESCRIBE(hold_converted, checkout)

// -- queries --------------------------------------------------------------------------------------

struct read {};        ///< by anybody -> JSON view; a draft or removed one only by its seller
struct read_quote {};  ///< by anybody -> [mp] quote; not_found for a draft or removed one
using query = std::variant<read, read_quote>;
RESALEHUB_DESCRIBE(read)
RESALEHUB_DESCRIBE(read_quote)

// -- rules ----------------------------------------------------------------------------------------

result<decision<event>> decide(const state& s, const command& c, const context& ctx);
void apply(state& s, const event& e);
result<answer> ask(const state& s, const query& q, const context& ctx);
std::string show(const state& s, const entity_id& viewer);
void index(const state& s, std::vector<index_row>& rows);
const entity_kind& kind();
drawn_machine drawn();

}  // namespace resalehub::listing
