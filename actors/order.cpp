#include "actors/order.hpp"

#include "actors/refusals.hpp"
#include "actors/row_key.hpp"
#include "actors/user.hpp"
#include "base/json.hpp"
#include "base/typed_entity.hpp"

namespace resalehub::order {

std::string bought_index(const user_id& buyer) { return "orders/" + to_text(buyer); }

// -- the machine ----------------------------------------------------------------------------------

namespace {

enum class action { place };
BOOST_DESCRIBE_ENUM(action, place)

constexpr auto table = machine_of<phase, action>(
    "order", {{phase::absent, action::place, party::process, phase::paid}});

bool may_see(const state& s, const entity_id& viewer) {
  return s.phase != phase::absent && (viewer == s.buyer || viewer == s.seller);
}

}  // namespace

// -- decide ---------------------------------------------------------------------------------------

result<decision<event>> decide(const state& s, const command& c, const context& ctx) {
  if (!checkout_id::holds(ctx.by)) return nothing_here();
  const auto& asked = std::get<place>(c);
  const checkout_id checkout{ctx.by};
  decision<event> d;
  d.reply.what = said{};
  if (s.phase != phase::absent) {
    if (s.checkout == checkout) return d;
    return problem{code::already_exists, "this order belongs to another checkout"};
  }
  if (auto to = table.next(s.phase, action::place, party::process); !to) return to.problem();
  const order_id own{ctx.self};
  d.events.push_back(placed{own, asked.group, checkout, asked.charge, asked.buyer, asked.seller,
                            asked.lines, asked.total, asked.placed_at});
  d.effects.push_back(to<user::command>(asked.seller, user::note_sale{asked.placed_at}));
  return d;
}

// -- apply ----------------------------------------------------------------------------------------

void apply(state& s, const event& e) {
  const auto& p = std::get<placed>(e);
  s = {p.id,    p.group, p.checkout,  p.charge,    p.buyer,      p.seller,
       p.lines, p.total, p.placed_at, phase::paid, s.version + 1};
}

// -- ask, show, index -----------------------------------------------------------------------------

result<answer> ask(const state& s, const query&, const context& ctx) {
  if (!may_see(s, ctx.by)) return nothing_here();
  return answer{show(s, ctx.by), false, s.version, false};
}

std::string show(const state& s, const entity_id& viewer) {
  const auto part = viewer == s.seller ? party::seller : party::buyer;
  return to_json(view{s.id, s.group, s.checkout, s.buyer, s.seller, s.phase,
                      payment_phase::captured, views_of(s.lines), {s.total}, s.placed_at, s.version,
                      table.allowed(s.phase, part)});
}

void index(const state& s, std::vector<index_row>& rows) {
  if (s.phase == phase::absent) return;
  rows.push_back({bought_index(s.buyer), row_key::newest_first(s.placed_at, s.id), {}});
}

drawn_machine drawn() { return table.drawn(); }

// -- kind -----------------------------------------------------------------------------------------

inline constexpr rules_of<state, command, event, query> rules{decide, apply, ask, show, index};

const entity_kind& kind() {
  static const auto made = make_kind<state, command, event, query, rules>(order_id::kind, "order");
  return made;
}

}  // namespace resalehub::order
