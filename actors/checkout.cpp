#include "actors/checkout.hpp"

#include <algorithm>

#include "actors/checkout_process.hpp"
#include "actors/refusals.hpp"
#include "base/json.hpp"
#include "base/typed_entity.hpp"

namespace resalehub::checkout {

namespace {

using decided = result<decision<event>>;

constexpr std::size_t cancelling_max = 8;

bool is_running(const state& s, const request_id& request) {
  return (s.waiting && s.waiting->request == request) ||
         std::any_of(s.cancelling.begin(), s.cancelling.end(),
                     [&](const waiter& one) { return one.request == request; });
}

decided told_later() { return decision<event>{{}, {later{}}}; }

/// The timer may be late; what has fallen due is over all the same.
bool is_due(const state& s, const context& ctx) {
  return s.phase == phase::reserved && ctx.now >= *s.expires_at;
}

/// Why nothing more can be done with this checkout, if it is so; none: the table decides.
std::optional<problem> ended(const state& s, const context& ctx) {
  const bool on_the_way = s.phase == phase::voiding || s.phase == phase::releasing;
  if (s.phase == phase::completed) return already_completed();
  if (s.phase == phase::expired || (on_the_way && s.ending == ending::expired) || is_due(s, ctx))
    return reservation_over();
  return std::nullopt;
}

// -- decide: start --------------------------------------------------------------------------------

std::optional<problem> refusal_of_line(const wanted_line& line, const user_id& buyer) {
  const auto& q = line.listing;
  if (q.seller_id == buyer)
    return problem{code::forbidden, "a seller cannot buy what is their own"};
  if (q.sale == listing::sale::off_sale) return nothing_here();
  if (line.quantity < 1 || line.quantity > line_quantity_max)
    return problem{code::out_of_range, "the quantity is out of range"};
  if (q.sale == listing::sale::sold_out) return not_enough(0);
  if (q.available < line.quantity) return not_enough(q.available);
  return std::nullopt;
}

std::optional<problem> refusal_of_lines(const std::vector<wanted_line>& lines,
                                        const user_id& buyer) {
  if (lines.empty()) return field_refused("/cart_id", code::validation_failed, "the cart is empty");
  if (lines.size() > sale_lines_max)
    return problem{code::limit_exceeded, "a checkout takes no more lines"};
  std::set<listing_id> seen;
  for (const auto& line : lines) {
    if (auto refused = refusal_of_line(line, buyer))
      return about(*std::move(refused), line.listing.listing_id);
    if (!seen.insert(line.listing.listing_id).second)
      return problem{code::validation_failed, "a listing stands in two lines"};
    if (line.listing.unit_price.currency != lines.front().listing.unit_price.currency)
      return problem{code::currency_mismatch, "a checkout has one currency"};
  }
  return std::nullopt;
}

decided on(const state& s, const start& c, const context& ctx) {
  if (s.phase != phase::absent) {
    if (s.buyer == ctx.by && s.creation == ctx.request) return decision<event>{};
    return problem{code::already_exists, "there is a checkout with this id already"};
  }
  if (!user_id::holds(ctx.by)) return nothing_here();
  const user_id buyer{ctx.by};
  if (auto refused = refusal_of_lines(c.lines, buyer)) return *refused;
  started e{checkout_id{ctx.self}, buyer, ctx.request, c.cart, {}, {}};
  for (const auto& line : c.lines) {
    const auto& q = line.listing;
    e.lines.push_back({static_cast<std::uint32_t>(e.lines.size() + 1), q.listing_id, q.seller_id,
                       q.title, line.quantity, q.unit_price});
  }
  const auto total = total_of(e.lines);
  if (!total) return problem{code::out_of_range, "the total is out of range"};
  e.total = *total;
  course d{s, ctx};
  d.move(action::start, party::buyer, std::move(e));
  d.mark_created();
  return std::move(d).made();
}

// -- decide: reserve, complete, cancel ------------------------------------------------------------

decided reserving(const state& s, action which, reserving_started e, const context& ctx) {
  if (auto to = table.next(s.phase, which, party::buyer); !to) return to.problem();
  course d{s, ctx};
  d.move(which, party::buyer, std::move(e));
  // What is held meanwhile is held no longer than what is reserved, whatever the rest waits for.
  d.carry_out(at<command>(hold_timer, ctx.now + d.now.hold_ms, fall_due{d.now.round}));
  d.carry_out_pending();
  d.answer(later{});
  return std::move(d).made();
}

decided on(const state& s, const reserve& c, const context& ctx) {
  if (is_running(s, ctx.request)) return told_later();
  if (auto refused = ended(s, ctx)) return *refused;
  if (s.phase == phase::reserved) return decision<event>{};
  return reserving(s, action::reserve, {{ctx.request, ctx.by}, c.hold_ms, {}}, ctx);
}

decided on(const state& s, const complete& c, const context& ctx) {
  if (is_running(s, ctx.request)) return told_later();
  if (auto refused = ended(s, ctx)) return *refused;
  if (auto refused = payment::refusal_of_method(c.payment_method)) return *refused;
  const waiter asked{ctx.request, ctx.by};
  if (s.phase != phase::reserved)
    return reserving(s, action::complete, {asked, c.hold_ms, c.payment_method}, ctx);
  course d{s, ctx};
  d.pay(asked, c.payment_method);
  d.answer(later{});
  return std::move(d).made();
}

decided on(const state& s, const cancel&, const context& ctx) {
  if (is_running(s, ctx.request)) return told_later();
  if (s.phase == phase::cancelled) return decision<event>{};
  if (s.phase == phase::completing || s.phase == phase::completed) return already_completed();
  if (s.phase == phase::expired) return reservation_over();
  course d{s, ctx};
  if (s.phase == phase::open) {
    d.move(action::cancel, party::buyer, cancelled{});
    return std::move(d).made();
  }
  if (s.cancelling.size() >= cancelling_max)
    return problem{code::idempotency_in_progress, "this checkout is being cancelled"};
  d.emit(cancel_asked{{ctx.request, ctx.by}});
  d.answer(later{});
  if (s.phase == phase::reserved || s.phase == phase::awaiting_payment)
    d.carry_out(disarm{hold_timer});
  if (s.phase == phase::reserved)
    d.release_all(action::cancel, party::buyer, ending::cancelled);
  else if (s.phase == phase::awaiting_payment)
    d.cancel_payment(action::cancel, party::buyer, ending::cancelled);
  return std::move(d).made();
}

// -- decide: the process --------------------------------------------------------------------------

template <class Command, void (*Step)(course&, const Command&)>
decided stepped(const state& s, const Command& c, const context& ctx) {
  course d{s, ctx};
  d.answer(said{});
  Step(d, c);
  return std::move(d).made();
}

decided on(const state& s, const fall_due& c, const context& ctx) {
  return stepped<fall_due, on_due>(s, c, ctx);
}
decided on(const state& s, const repeat_step& c, const context& ctx) {
  return stepped<repeat_step, on_repeat>(s, c, ctx);
}
decided on(const state& s, const answered& c, const context& ctx) {
  return stepped<answered, on_answer>(s, c, ctx);
}

template <class Command>
inline constexpr bool of_buyer =
    std::is_same_v<Command, reserve> || std::is_same_v<Command, complete> ||
    std::is_same_v<Command, cancel>;

}  // namespace

result<decision<event>> decide(const state& s, const command& c, const context& ctx) {
  return std::visit(
      [&]<class Command>(const Command& one) -> decided {
        if constexpr (!std::is_same_v<Command, start>) {
          if (s.phase == phase::absent) return nothing_here();
          // What the process is told comes from entities, timers and ports, never from a user.
          if (of_buyer<Command> ? ctx.by != s.buyer : user_id::holds(ctx.by)) return nothing_here();
        }
        return on(s, one, ctx);
      },
      c);
}

std::optional<problem> shape_refusal(const start_body& body) {
  if (body.cart_id.has_value() == body.listing_id.has_value())
    return field_refused("", code::validation_failed, "either cart_id, or listing_id and quantity");
  if (body.cart_id && body.quantity)
    return field_refused("/quantity", code::unknown_field, "a cart has its quantities");
  if (body.listing_id && !body.quantity)
    return field_refused("/quantity", code::validation_failed, "how many?");
  return std::nullopt;
}

// -- ask, show, index -----------------------------------------------------------------------------

result<answer> ask(const state& s, const query&, const context& ctx) {
  if (s.phase == phase::absent || ctx.by != s.buyer) return nothing_here();
  return answer{show(s, ctx.by), false, s.version, false};
}

std::string show(const state& s, const entity_id&) {
  view v{s.id, s.phase, views_of(s.lines), {s.total, s.total}, s.expires_at, s.group, {}, s.version,
         table.allowed(s.phase, party::buyer)};
  for (const auto& one : s.orders) v.order_ids.push_back(one.order_id);
  return to_json(v);
}

void index(const state&, std::vector<index_row>&) {}

drawn_machine drawn() { return table.drawn(); }

// -- kind -----------------------------------------------------------------------------------------

inline constexpr rules_of<state, command, event, query> rules{decide, apply, ask, show, index};

const entity_kind& kind() {
  static const auto made =
      make_kind<state, command, event, query, rules>(checkout_id::kind, "checkout");
  return made;
}

}  // namespace resalehub::checkout
