#include "actors/listing.hpp"

#include "actors/listing_machine.hpp"
#include "actors/refusals.hpp"
#include "base/bug.hpp"
#include "base/typed_entity.hpp"

namespace resalehub::listing {

namespace {

using decided = result<decision<event>>;

// -- decide ---------------------------------------------------------------------------------------

/// sold_out and published follow from the stock that the events of this decision leave.
void follow_stock(phase after, std::int64_t stock, std::vector<event>& events) {
  if (after == phase::published && stock == 0) events.push_back(ran_out{});
  if (after == phase::sold_out && stock > 0) events.push_back(restocked{});
}

decided said_available(std::int64_t available, std::vector<event> events = {}) {
  return decision<event>{std::move(events), {said{packed(availability{available})}}};
}

decided on(const state& s, const create& c, const context& ctx) {
  if (s.phase != phase::absent) {
    if (s.seller == ctx.by && s.creation == ctx.request) return decision<event>{};
    return problem{code::already_exists, "there is a listing with this id already"};
  }
  if (!user_id::holds(ctx.by) || c.seller.user_id != ctx.by) return nothing_here();
  if (!c.seller.sells)
    return problem{code::seller_not_ready, "open your seller account before you list something"};
  decision<event> d;
  d.reply.created = true;
  d.events.push_back(created{listing_id{ctx.self}, c.seller.user_id, ctx.request,
                             c.body.title.value, c.body.description.value, c.body.category.value,
                             c.body.condition, c.body.price.value, c.body.quantity.value, ctx.now});
  return d;
}

/// What of an edit differs from what is there.
template <class Kept, class Wanted>
bool differing(std::optional<Kept>& out, const Kept& kept, const std::optional<Wanted>& wanted) {
  if (!wanted) return false;
  const Kept& value = [&]() -> const Kept& {
    if constexpr (requires { wanted->value; }) return wanted->value;
    else return *wanted;
  }();
  if (value == kept) return false;
  out = value;
  return true;
}

decided on(const state& s, const edit& c, const context& ctx) {
  if (auto to = table.next(s.phase, action::edit, party::seller); !to) return to.problem();
  edited e;
  e.at = ctx.now;
  bool any = differing(e.title, s.title, c.body.title);
  any |= differing(e.description, s.description, c.body.description);
  any |= differing(e.category, s.category, c.body.category);
  any |= differing(e.condition, s.condition, c.body.condition);
  any |= differing(e.price, s.price, c.body.price);
  if (!any) return decision<event>{};
  return decision<event>{{std::move(e)}};
}

/// A change of phase by the seller; already being there is no change. What is put on sale with
/// nothing in stock is sold out at once: asked again, it is there.
template <class Event>
decided moved(const state& s, action which, phase target, Event e) {
  const bool there =
      s.phase == target || (target == phase::published && s.phase == phase::sold_out);
  if (there) return decision<event>{};
  if (auto to = table.next(s.phase, which, party::seller); !to) return to.problem();
  decision<event> d{{std::move(e)}};
  follow_stock(target, s.stock(), d.events);
  return d;
}

decided on(const state& s, const publish&, const context& ctx) {
  return moved(s, action::publish, phase::published, published{ctx.now});
}
decided on(const state& s, const pause&, const context& ctx) {
  return moved(s, action::pause, phase::paused, paused{ctx.now});
}
decided on(const state& s, const resume&, const context& ctx) {
  return moved(s, action::resume, phase::published, resumed{ctx.now});
}
decided on(const state& s, const close&, const context& ctx) {
  return moved(s, action::close, phase::closed, closed{ctx.now});
}
decided on(const state& s, const remove&, const context& ctx) {
  return moved(s, action::remove, phase::removed, removed{ctx.now});
}

decided on(const state& s, const adjust_stock& c, const context& ctx) {
  const auto delta = c.body.delta.value;
  if (delta == 0) return field_refused("/delta", code::out_of_range, "zero changes nothing");
  const auto to = table.next(s.phase, action::adjust_stock, party::seller);
  if (!to) return to.problem();
  if (c.body.expected_quantity && c.body.expected_quantity->value != s.quantity)
    return problem{code::version_conflict, "the quantity is not the expected one"}.with(
        "quantity", s.quantity);
  if (s.available() + delta < 0) return not_enough(s.available());
  if (s.quantity + delta > quantity_max)
    return problem{code::limit_exceeded, "no listing takes that many"}.with("max", quantity_max);
  decision<event> d{{stock_adjusted{delta, c.body.reason ? c.body.reason->value : "", ctx.now}}};
  follow_stock(*to, s.stock() + delta, d.events);
  return d;
}

/// What this checkout holds; an end iterator unless it is of this round.
auto hold_of(const state& s, const entity_id& checkout, std::uint32_t round) {
  const auto found = s.holds.find(checkout_id{checkout});
  return found != s.holds.end() && found->second.round == round ? found : s.holds.end();
}

decided on(const state& s, const hold& c, const context& ctx) {
  const checkout_id checkout{ctx.by};
  const auto kept = s.holds.find(checkout);
  const bool again = kept != s.holds.end();
  if (again && kept->second.round >= c.round) return said_available(s.available());
  if (s.phase == phase::draft || s.phase == phase::removed) return nothing_here();
  if (c.buyer == s.seller)
    return problem{code::forbidden, "a seller cannot buy what is their own"};
  if (s.phase == phase::sold_out) return not_enough(0);
  if (auto to = table.next(s.phase, action::hold, party::process); !to)
    return problem{code::invalid_transition, "this listing is not on sale now"}.with(
        "from", std::string{name_of(s.phase)});
  if (c.quantity < 1) return problem{code::out_of_range, "nothing was asked for"};
  if (c.unit_price != s.price) return price_moved(c.unit_price, s.price);
  // What a repeated hold of an earlier round took makes room for this one.
  const auto available = s.available() + (again ? kept->second.quantity : 0);
  if (c.quantity > available) return not_enough(available);
  std::vector<event> events;
  if (again) events.push_back(hold_released{checkout});
  events.push_back(stock_held{checkout, c.round, c.quantity});
  return said_available(available - c.quantity, std::move(events));
}

decided on(const state& s, const release& c, const context& ctx) {
  const auto found = hold_of(s, ctx.by, c.round);
  if (found == s.holds.end()) return said_available(s.available());
  if (auto to = table.next(s.phase, action::release, party::process); !to) return to.problem();
  return said_available(s.available() + found->second.quantity, {hold_released{found->first}});
}

decided on(const state& s, const convert& c, const context& ctx) {
  const auto found = hold_of(s, ctx.by, c.round);
  if (found == s.holds.end())
    return problem{code::invalid_transition, "nothing is held for this checkout"};
  const auto to = table.next(s.phase, action::convert, party::process);
  if (!to) return to.problem();
  std::vector<event> events{hold_converted{found->first}};
  follow_stock(*to, s.stock() - found->second.quantity, events);
  return said_available(s.available(), std::move(events));
}

/// Whose command it is: the seller's own, or a checkout's.
template <class Command>
inline constexpr bool of_process = std::is_same_v<Command, hold> ||
                                   std::is_same_v<Command, release> ||
                                   std::is_same_v<Command, convert>;

}  // namespace

result<decision<event>> decide(const state& s, const command& c, const context& ctx) {
  return std::visit(
      [&]<class Command>(const Command& one) -> decided {
        if constexpr (!std::is_same_v<Command, create>) {
          if (s.phase == phase::absent) return nothing_here();
          const bool theirs = of_process<Command> ? checkout_id::holds(ctx.by) : ctx.by == s.seller;
          if (!theirs) return nothing_here();
        }
        return on(s, one, ctx);
      },
      c);
}

// -- apply ----------------------------------------------------------------------------------------

namespace {

void fold(state& s, const created& e) {
  s.id = e.id;
  s.seller = e.seller;
  s.creation = e.creation;
  s.title = e.title;
  s.description = e.description;
  s.category = e.category;
  s.condition = e.condition;
  s.price = e.price;
  s.quantity = e.quantity;
  s.phase = phase::draft;
  s.created_at = s.updated_at = e.at;
}
void fold(state& s, const edited& e) {
  if (e.title) s.title = *e.title;
  if (e.description) s.description = *e.description;
  if (e.category) s.category = *e.category;
  if (e.condition) s.condition = *e.condition;
  if (e.price) s.price = *e.price;
  s.updated_at = e.at;
}
void fold(state& s, const published& e) {
  s.phase = phase::published;
  s.published_at = s.updated_at = e.at;
}
void move(state& s, phase to, instant at) {
  s.phase = to;
  s.updated_at = at;
}
void fold(state& s, const paused& e) { move(s, phase::paused, e.at); }
void fold(state& s, const resumed& e) { move(s, phase::published, e.at); }
void fold(state& s, const closed& e) { move(s, phase::closed, e.at); }
void fold(state& s, const removed& e) { move(s, phase::removed, e.at); }
void fold(state& s, const stock_adjusted& e) {
  s.quantity += e.delta;
  s.updated_at = e.at;
}
void fold(state& s, const ran_out&) { s.phase = phase::sold_out; }
void fold(state& s, const restocked&) { s.phase = phase::published; }
void fold(state& s, const stock_held& e) {
  if (s.holds.emplace(e.checkout, hold_kept{e.round, e.quantity}).second) s.held += e.quantity;
}
void fold(state& s, const hold_released& e) {
  const auto found = s.holds.find(e.checkout);
  if (found == s.holds.end()) return;
  s.held -= found->second.quantity;
  if (!broken(bug::hold_released_twice)) s.holds.erase(found);
}
void fold(state& s, const hold_converted& e) {
  const auto found = s.holds.find(e.checkout);
  if (found == s.holds.end()) return;
  s.held -= found->second.quantity;
  s.sold += found->second.quantity;
  s.holds.erase(found);
}

}  // namespace

void apply(state& s, const event& e) {
  std::visit([&](const auto& one) { fold(s, one); }, e);
  ++s.version;
}

drawn_machine drawn() { return table.drawn(); }

// -- kind -----------------------------------------------------------------------------------------

inline constexpr rules_of<state, command, event, query> rules{decide, apply, ask, show, index};

const entity_kind& kind() {
  static const auto made =
      make_kind<state, command, event, query, rules>(listing_id::kind, "listing");
  return made;
}

}  // namespace resalehub::listing
