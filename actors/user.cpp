#include "actors/user.hpp"

#include "actors/email_claim.hpp"
#include "actors/refusals.hpp"
#include "actors/row_key.hpp"
#include "base/json.hpp"
#include "base/typed_entity.hpp"

namespace resalehub::user {

user_id id_for_signup(std::string_view idempotency_key) {
  return {derived_slot("signup", idempotency_key), derived_ulid("signup", idempotency_key)};
}

std::string sales_index(const user_id& seller) { return "sales/" + to_text(seller); }

// -- the machine ----------------------------------------------------------------------------------

namespace {

enum class action { sign_up, admit, refuse, open_seller };
BOOST_DESCRIBE_ENUM(action, sign_up, admit, refuse, open_seller)

constexpr auto table = machine_of<phase, action>(
    "user", {{phase::absent, action::sign_up, party::anyone, phase::registering},
             {phase::registering, action::admit, party::system, phase::active},
             {phase::registering, action::refuse, party::system, phase::absent},
             {phase::active, action::open_seller, party::owner, phase::active}});

using decided = result<decision<event>>;

// -- decide: registration -------------------------------------------------------------------------

/// A grant for this session, as the account will be after `events`.
session_grant grant_after(state s, const std::vector<event>& events, std::uint64_t number) {
  for (const auto& e : events) apply(s, e);
  const auto& opened = s.sessions.at(number);
  return {show(s, s.id), s.id, number, opened.generation, opened.refreshed_at};
}

decided on(const state& s, const sign_up& c, const context& ctx) {
  if (!ctx.by.is_nobody()) return nothing_here();
  if (s.phase == phase::active)
    return problem{code::already_exists, "this account exists already"};
  if (s.phase == phase::registering) {
    if (s.waiting.request == ctx.request) return decision<event>{{}, {later{}}};
    return problem{code::idempotency_in_progress, "this account is being made"};
  }
  if (auto to = table.next(s.phase, action::sign_up, party::anyone); !to) return to.problem();
  decision<event> d;
  d.reply.what = later{};
  const auto tag = "claim/" + std::to_string(s.version);
  d.events.push_back(registration_started{user_id{ctx.self}, c.email, c.password_hash,
                                          c.display_name, {ctx.request, ctx.by, tag}});
  d.effects.push_back(to<email_claim::command>(email_claim::id_for(c.email),
                                               email_claim::claim{c.email}, tag));
  return d;
}

decided on(const state& s, const answered& c, const context& ctx) {
  decision<event> d;
  d.reply.what = said{};
  if (s.phase != phase::registering || c.tag != s.waiting.tag) return d;  // late, or twice
  if (c.refused) {
    if (auto to = table.next(s.phase, action::refuse, party::system); !to) return to.problem();
    d.events.push_back(registration_refused{});
    d.settlements.push_back({s.waiting.request, s.waiting.by, *c.refused});
    return d;
  }
  if (auto to = table.next(s.phase, action::admit, party::system); !to) return to.problem();
  const auto number = s.sessions_started + 1;
  d.events = {registered{ctx.now}, session_opened{number, ctx.now}};
  d.effects.push_back(
      to<email_claim::command>(email_claim::id_for(s.email), email_claim::confirm{}));
  d.settlements.push_back({s.waiting.request, s.waiting.by,
                           said{packed(grant_after(s, d.events, number))}, true});
  return d;
}

// -- decide: sessions -----------------------------------------------------------------------------

problem session_over() {
  return {code::session_revoked, "this session has ended: sign in again"};
}

decided granted(const state& s, std::vector<event> events, std::uint64_t number) {
  auto bytes = packed(grant_after(s, events, number));
  return decision<event>{std::move(events), {said{std::move(bytes)}}};
}

decided on(const state& s, const open_session&, const context& ctx) {
  if (!ctx.by.is_nobody()) return nothing_here();
  const auto number = s.sessions_started + 1;
  return granted(s, {session_opened{number, ctx.now}}, number);
}

decided on(const state& s, const refresh& c, const context& ctx) {
  if (!ctx.by.is_nobody()) return nothing_here();
  const auto found = s.sessions.find(c.session);
  if (found == s.sessions.end() || c.generation > found->second.generation) return session_over();
  if (c.generation == found->second.generation)
    return granted(s, {session_refreshed{c.session, ctx.now}}, c.session);
  // A token that was exchanged before is in two hands: the refusal ends the session for both, so it
  // has to be committed, and is a settlement of this very request.
  decision<event> d{{session_revoked{c.session}}, {later{}}};
  d.settlements.push_back({ctx.request, ctx.by, session_over()});
  return d;
}

decided on(const state& s, const end_session& c, const context& ctx) {
  if (!ctx.by.is_nobody() && ctx.by != s.id) return nothing_here();
  decision<event> d;
  d.reply.what = said{};
  if (s.sessions.contains(c.session)) d.events.push_back(session_ended{c.session});
  return d;
}

/// Nothing of it stays in the account: the record of its request is what makes it happen once.
decided on(const state& s, const use_ticket& c, const context& ctx) {
  if (!ctx.by.is_nobody()) return nothing_here();
  if (!s.sessions.contains(c.session)) return session_over();
  return decision<event>{{}, {said{}}};
}

// -- decide: seller, cart, sales ------------------------------------------------------------------

decided on(const state& s, const open_seller&, const context& ctx) {
  if (ctx.by != s.id) return nothing_here();
  decision<event> d;
  d.reply.what = said{to_json(seller_view{"open", s.id})};
  if (auto to = table.next(s.phase, action::open_seller, party::owner); !to) return to.problem();
  if (!s.sells) d.events.push_back(seller_opened{});
  return d;
}

decided on(const state& s, const open_cart&, const context& ctx) {
  if (ctx.by != s.id) return nothing_here();
  decision<event> d;
  const auto id = s.cart ? *s.cart : ctx.fresh<cart_id>(s.id.slot);
  if (!s.cart) d.events.push_back(cart_opened{id});
  d.reply.what = said{packed(cart_pointer{id, !s.cart})};
  return d;
}

decided on(const state& s, const close_cart& c, const context& ctx) {
  if (!checkout_id::holds(ctx.by)) return nothing_here();
  decision<event> d;
  d.reply.what = said{};
  if (s.cart == c.cart_id) d.events.push_back(cart_closed{});
  return d;
}

decided on(const state& s, const note_sale& c, const context& ctx) {
  if (!order_id::holds(ctx.by)) return nothing_here();
  decision<event> d{{sale_noted{order_id{ctx.by}}}, {said{}}};
  d.effects.push_back(keep_row{sales_index(s.id), row_key::newest_first(c.placed_at, ctx.by), {}});
  return d;
}

}  // namespace

result<decision<event>> decide(const state& s, const command& c, const context& ctx) {
  return std::visit(
      [&]<class Command>(const Command& one) -> decided {
        constexpr bool of_registration =
            std::is_same_v<Command, sign_up> || std::is_same_v<Command, answered>;
        if (!of_registration && s.phase != phase::active) return nothing_here();
        return on(s, one, ctx);
      },
      c);
}

// -- apply ----------------------------------------------------------------------------------------

namespace {

void fold(state& s, const registration_started& e) {
  s.id = e.id;
  s.email = e.email;
  s.password_hash = e.password_hash;
  s.display_name = e.display_name;
  s.waiting = e.waiting;
  s.phase = phase::registering;
}
void fold(state& s, const registered& e) {
  s.phase = phase::active;
  s.created_at = e.at;
  s.waiting = {};
}
void fold(state& s, const registration_refused&) { s = {.version = s.version}; }
void fold(state& s, const session_opened& e) {
  s.sessions_started = e.session;
  s.sessions[e.session] = {1, e.at, e.at};
  if (s.sessions.size() > sessions_max) s.sessions.erase(s.sessions.begin());
}
void fold(state& s, const session_refreshed& e) {
  const auto found = s.sessions.find(e.session);
  if (found == s.sessions.end()) return;
  ++found->second.generation;
  found->second.refreshed_at = e.at;
}
void fold(state& s, const session_ended& e) { s.sessions.erase(e.session); }
void fold(state& s, const session_revoked& e) { s.sessions.erase(e.session); }
void fold(state& s, const seller_opened&) { s.sells = true; }
void fold(state& s, const cart_opened& e) { s.cart = e.cart_id; }
void fold(state& s, const cart_closed&) { s.cart.reset(); }
void fold(state& s, const sale_noted&) { ++s.sales; }

}  // namespace

void apply(state& s, const event& e) {
  std::visit([&](const auto& one) { fold(s, one); }, e);
  ++s.version;
}

// -- ask ------------------------------------------------------------------------------------------

namespace {

bool is_self_or_gateway(const state& s, const context& ctx) {
  return ctx.by.is_nobody() || ctx.by == s.id;
}

result<answer> read_as(const state& s, const read&, const context& ctx) {
  if (ctx.by != s.id) return nothing_here();
  return answer{show(s, ctx.by), false, s.version, false};
}
result<answer> read_as(const state& s, const read_credentials&, const context& ctx) {
  if (!ctx.by.is_nobody()) return nothing_here();
  return answer{packed(credentials{s.id, s.email, s.password_hash}), false, s.version, false};
}
result<answer> read_as(const state& s, const read_session& q, const context& ctx) {
  if (!is_self_or_gateway(s, ctx)) return nothing_here();
  const auto found = s.sessions.find(q.session);
  const bool alive = found != s.sessions.end();
  return answer{packed(session_state{alive, alive ? found->second.generation : 0}), false,
                s.version, false};
}
result<answer> read_as(const state& s, const read_standing&, const context& ctx) {
  if (!is_self_or_gateway(s, ctx)) return nothing_here();
  return answer{packed(standing{s.id, s.sells}), false, s.version, false};
}

}  // namespace

result<answer> ask(const state& s, const query& q, const context& ctx) {
  if (s.phase != phase::active) return nothing_here();
  return std::visit([&](const auto& one) { return read_as(s, one, ctx); }, q);
}

// -- show, index ----------------------------------------------------------------------------------

std::string show(const state& s, const entity_id& viewer) {
  view v{s.id, s.email, s.display_name, {"buyer"}, s.phase, s.created_at, s.version, {}};
  if (s.sells) v.capabilities.push_back("seller");
  if (viewer == s.id && !s.sells) v.allowed_actions = table.allowed(s.phase, party::owner);
  return to_json(v);
}

void index(const state&, std::vector<index_row>&) {}

drawn_machine drawn() { return table.drawn(); }

// -- kind -----------------------------------------------------------------------------------------

inline constexpr rules_of<state, command, event, query> rules{decide, apply, ask, show, index};

const entity_kind& kind() {
  static const auto made = make_kind<state, command, event, query, rules>(user_id::kind, "user",
                                                                     {"password_hash"});
  return made;
}

}  // namespace resalehub::user
