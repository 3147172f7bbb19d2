#include "actors/ports/sandbox_payment.hpp"

#include "actors/refusals.hpp"
#include "actors/row_key.hpp"
#include "base/json.hpp"
#include "base/typed_entity.hpp"

namespace resalehub::sandbox_charge {

charge_id id_for(std::string_view key) {
  return {derived_slot("charge", key), derived_ulid("charge", key)};
}

// -- the machine ----------------------------------------------------------------------------------

namespace {

enum class action { capture, decline, require_action, ignore, cancel };
BOOST_DESCRIBE_ENUM(action, capture, decline, require_action, ignore, cancel)

constexpr auto table = machine_of<phase, action>(
    "sandbox_charge",
    {{phase::absent, action::capture, party::process, phase::captured},
     {phase::absent, action::decline, party::process, phase::declined},
     {phase::absent, action::require_action, party::process, phase::action_required},
     {phase::absent, action::ignore, party::process, phase::silent},
     {phase::absent, action::cancel, party::process, phase::cancelled},
     {phase::silent, action::cancel, party::process, phase::cancelled}});

action played_by(std::string_view method) {
  if (method == "pm_card_visa") return action::capture;
  if (method == "pm_card_authenticationRequired") return action::require_action;
  if (method == "pm_sandbox_timeout") return action::ignore;
  return action::decline;
}

std::string_view decline_code_of(std::string_view method) {
  return method == "pm_card_visa_chargeDeclined" ? "generic_decline" : "unknown_payment_method";
}

payment::outcome outcome_of(phase ended, const charge_id& id, std::string_view method) {
  switch (ended) {
    case phase::captured: return payment::captured{id};
    case phase::declined: return payment::declined{std::string{decline_code_of(method)}};
    case phase::action_required: return payment::action_required{};
    case phase::absent:
    case phase::silent:
    case phase::cancelled: break;
  }
  return payment::cancelled{};
}

using decided = result<decision<event>>;

// -- decide ---------------------------------------------------------------------------------------

decided on(const state& s, const payment::charge& c, const context& ctx) {
  decision<event> d;
  const charge_id own{ctx.self};
  auto ended = s.phase;
  if (s.phase == phase::absent) {
    const auto to = table.next(s.phase, played_by(c.method), party::process);
    if (!to) return to.problem();
    ended = *to;
    charge_asked e{own, c.amount, c.method, c.checkout_id, ctx.request, ended};
    d.events.emplace_back(std::move(e));
  }
  const auto& method = s.phase == phase::absent ? c.method : s.method;
  if (ended == phase::silent) d.reply.what = later{};
  else d.reply.what = said{packed(outcome_of(ended, own, method))};
  return d;
}

decided on(const state& s, const payment::cancel&, const context& ctx) {
  const charge_id own{ctx.self};
  if (s.phase == phase::captured)
    return decision<event>{{}, {said{packed(payment::outcome{payment::captured{own}})}}};
  const said answer{packed(payment::outcome{payment::cancelled{}})};
  decision<event> d{{}, {answer}};
  if (!table.next(s.phase, action::cancel, party::process).ok()) return d;  // over already
  d.events.emplace_back(cancelled{own});
  if (s.phase == phase::silent) d.settlements.push_back({s.waiting, {}, answer});
  return d;
}

}  // namespace

result<decision<event>> decide(const state& s, const command& c, const context& ctx) {
  if (user_id::holds(ctx.by)) return nothing_here();
  return std::visit([&](const auto& one) { return on(s, one, ctx); }, c);
}

// -- apply ----------------------------------------------------------------------------------------

namespace {

void fold(state& s, const charge_asked& e) {
  s = {e.id, e.outcome, e.amount, e.method, e.checkout_id, e.request, s.version};
}
void fold(state& s, const cancelled& e) {
  s.id = e.id;
  s.phase = phase::cancelled;
  s.waiting = {};
}

}  // namespace

void apply(state& s, const event& e) {
  std::visit([&](const auto& one) { fold(s, one); }, e);
  ++s.version;
}

// -- ask, show, index -----------------------------------------------------------------------------

result<answer> ask(const state& s, const query&, const context& ctx) {
  if (s.phase == phase::absent) return nothing_here();
  return answer{show(s, ctx.by), false, s.version, false};
}

std::string show(const state& s, const entity_id&) {
  return to_json(view{s.id, s.phase, s.amount, s.checkout_id, s.version});
}

void index(const state& s, std::vector<index_row>& rows) {
  if (s.phase != phase::captured) return;
  rows.push_back({std::string{captures_index}, row_key::lowest_first(0, s.id),
                  packed(capture_row{s.amount, s.checkout_id})});
}

drawn_machine drawn() { return table.drawn(); }

// -- kind -----------------------------------------------------------------------------------------

inline constexpr rules_of<state, command, event, query> rules{decide, apply, ask, show, index};

const entity_kind& kind() {
  static const auto made =
      make_kind<state, command, event, query, rules>(charge_id::kind, "sandbox_charge");
  return made;
}

}  // namespace resalehub::sandbox_charge
