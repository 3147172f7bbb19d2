#include "tests/simulation/example/account.hpp"

#include "base/typed_entity.hpp"

namespace resalehub::simulation::example {
namespace {

using decided = result<decision<event>>;

problem no_account() { return {code::not_found, "this account is frozen"}; }

decision<event> only(event made) {
  decision<event> out;
  out.events.push_back(std::move(made));
  return out;
}

/// What comes in is told to whoever watches this account now.
decision<event> comes_in(const context& ctx, std::int64_t amount_minor) {
  auto out = only(deposited{amount_minor});
  out.effects.push_back(
      push{"account:" + to_text(ctx.self), ctx.version + 1, "account.deposited", "{}"});
  return out;
}

// -- decide ---------------------------------------------------------------------------------------

decided on(const state& s, const deposit& c, const context& ctx) {
  if (s.frozen) return no_account();
  return comes_in(ctx, c.amount_minor);
}

decided on(const state& s, const transfer& c, const context&) {
  if (s.frozen) return no_account();
  if (s.balance_minor < c.amount_minor)
    return problem{code::insufficient_stock, "there is not so much on this account"};
  auto out = only(sent{c.amount_minor});
  const auto amount = std::to_string(c.amount_minor);
  out.effects.push_back(to<command>(c.to, credit{c.amount_minor}, amount));
  return out;
}

decided on(const state& s, const credit& c, const context& ctx) {
  if (s.frozen) return no_account();
  if (!account_id::holds(ctx.by))
    return problem{code::forbidden, "only an account sends money"};
  return comes_in(ctx, c.amount_minor);
}

decided on(const state& s, const freeze&, const context&) {
  if (s.frozen) return decision<event>{};
  return only(frozen{});
}

/// What became of a credit, whose tag is the amount.
decided on(const state&, const answered& c, const context&) {
  const std::int64_t amount_minor = std::stoll(c.tag);
  if (c.refused) return only(came_back{amount_minor});
  return only(arrived{amount_minor});
}

decided decide(const state& s, const command& c, const context& ctx) {
  return std::visit([&](const auto& one) { return on(s, one, ctx); }, c);
}

// -- apply ----------------------------------------------------------------------------------------

void fold(state& s, const deposited& e) { s.balance_minor += e.amount_minor; }
void fold(state& s, const sent& e) {
  s.balance_minor -= e.amount_minor;
  s.under_way_minor += e.amount_minor;
}
void fold(state& s, const arrived& e) { s.under_way_minor -= e.amount_minor; }
void fold(state& s, const came_back& e) {
  s.under_way_minor -= e.amount_minor;
  s.balance_minor += e.amount_minor;
}
void fold(state& s, const frozen&) { s.frozen = true; }

void apply(state& s, const event& e) {
  std::visit([&](const auto& one) { fold(s, one); }, e);
}

// -- show -----------------------------------------------------------------------------------------

std::string show(const state& s, const entity_id&) {
  return "{\"balance_minor\":" + std::to_string(s.balance_minor) + "}";
}

result<answer> ask(const state& s, const query&, const context&) { return answer{packed(s)}; }

void index(const state& s, std::vector<index_row>& rows) {
  rows.push_back({"balances", std::to_string(s.balance_minor), ""});
}

constexpr rules_of<state, command, event, query> rules{decide, apply, ask, show, index};

}  // namespace

const entity_kind& kind() {
  static const auto made = make_kind<state, command, event, query, rules>("acc", "account");
  return made;
}

}  // namespace resalehub::simulation::example
