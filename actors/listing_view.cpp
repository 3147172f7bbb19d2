#include "actors/listing_view.hpp"

#include "actors/listing.hpp"
#include "actors/listing_machine.hpp"
#include "actors/refusals.hpp"
#include "actors/row_key.hpp"
#include "base/json.hpp"
#include "base/message_pack.hpp"

namespace resalehub::listing {

// -- ask ------------------------------------------------------------------------------------------

namespace {

bool may_see(const state& s, const entity_id& viewer) {
  if (s.phase == phase::absent) return false;
  return (s.phase != phase::draft && s.phase != phase::removed) || s.seller == viewer;
}

sale sale_of(phase now) {
  if (now == phase::published) return sale::on_sale;
  return now == phase::sold_out ? sale::sold_out : sale::off_sale;
}

result<answer> read_as(const state& s, const read&, const context& ctx) {
  if (!may_see(s, ctx.by)) return nothing_here();
  return answer{show(s, ctx.by), false, s.version, false};
}
result<answer> read_as(const state& s, const read_quote&, const context&) {
  if (!may_see(s, {})) return nothing_here();
  const quote q{s.id, s.seller, s.title, s.price, s.available(), sale_of(s.phase), s.version};
  return answer{packed(q), false, s.version, false};
}

}  // namespace

result<answer> ask(const state& s, const query& q, const context& ctx) {
  return std::visit([&](const auto& one) { return read_as(s, one, ctx); }, q);
}

// -- show -----------------------------------------------------------------------------------------

std::string show(const state& s, const entity_id& viewer) {
  view v{s.id,       s.seller,      s.title, s.description, s.category,   s.condition,
         s.price,    s.quantity,    s.available(), s.phase, s.version,    s.created_at,
         s.updated_at, s.published_at, {}};
  if (s.seller == viewer) v.allowed_actions = table.allowed(s.phase, party::seller);
  return to_json(v);
}

// -- index ----------------------------------------------------------------------------------------

std::string category_created_index(std::string_view category) {
  return "category/" + std::string{category} + "/created";
}
std::string category_price_index(std::string_view category) {
  return "category/" + std::string{category} + "/price";
}
std::string seller_created_index(const user_id& seller) {
  return "seller/" + to_text(seller) + "/created";
}
std::string own_index(const user_id& seller) { return "mine/" + to_text(seller); }

void index(const state& s, std::vector<index_row>& rows) {
  if (s.phase == phase::absent || s.phase == phase::removed) return;
  const auto newest = row_key::newest_first(s.created_at, s.id);
  rows.push_back({own_index(s.seller), newest, packed(own_row{s.phase})});
  if (s.phase != phase::published) return;
  const auto lowest = row_key::lowest_first(s.price.amount, s.id);
  const auto value = packed(row{s.category, s.condition, s.seller, s.price});
  rows.push_back({std::string{created_index}, newest, value});
  rows.push_back({std::string{price_index}, lowest, value});
  rows.push_back({category_created_index(s.category), newest, value});
  rows.push_back({category_price_index(s.category), lowest, value});
  rows.push_back({seller_created_index(s.seller), newest, value});
}

}  // namespace resalehub::listing
