#include "actors/cart.hpp"

#include <algorithm>
#include <charconv>

#include "actors/refusals.hpp"
#include "base/json.hpp"
#include "base/typed_entity.hpp"

namespace resalehub::cart {

std::optional<std::uint32_t> line_number(std::string_view written) {
  std::uint32_t number = 0;
  const auto* end = written.data() + written.size();
  const auto read = std::from_chars(written.data(), end, number);
  if (read.ec != std::errc{} || read.ptr != end || written.front() == '0') return std::nullopt;
  return number;
}

// -- the machine ----------------------------------------------------------------------------------

namespace {

enum class action { open, add_item, set_quantity, remove_item, claim, buy_part, complete };
BOOST_DESCRIBE_ENUM(action, open, add_item, set_quantity, remove_item, claim, buy_part, complete)

constexpr auto table = machine_of<phase, action>(
    "cart", {{phase::absent, action::open, party::owner, phase::open},
             {phase::open, action::add_item, party::owner, phase::open},
             {phase::open, action::set_quantity, party::owner, phase::open},
             {phase::open, action::remove_item, party::owner, phase::open},
             {phase::open, action::claim, party::process, phase::open},
             {phase::open, action::buy_part, party::process, phase::open},
             {phase::open, action::complete, party::process, phase::completed}});

using decided = result<decision<event>>;

const sale_line* line_of(const state& s, std::uint32_t number) {
  const auto found = std::lower_bound(
      s.lines.begin(), s.lines.end(), number,
      [](const sale_line& line, std::uint32_t wanted) { return line.number < wanted; });
  return found != s.lines.end() && found->number == number ? &*found : nullptr;
}

const sale_line* line_with(const state& s, const listing_id& listing) {
  const auto found = std::find_if(s.lines.begin(), s.lines.end(), [&](const sale_line& line) {
    return line.listing_id == listing;
  });
  return found != s.lines.end() ? &*found : nullptr;
}

bool fits_a_line(std::int64_t quantity) { return quantity >= 1 && quantity <= line_quantity_max; }

problem too_many_of_one() {
  return problem{code::limit_exceeded, "a line takes no more than that"}.with("max",
                                                                             line_quantity_max);
}

// -- decide ---------------------------------------------------------------------------------------

decided on(const state& s, const open&, const context& ctx) {
  if (s.phase != phase::absent) return decision<event>{};
  if (!user_id::holds(ctx.by)) return nothing_here();
  if (auto to = table.next(s.phase, action::open, party::owner); !to) return to.problem();
  return decision<event>{{opened{cart_id{ctx.self}, user_id{ctx.by}}}, {shown{}, true}};
}

decided on(const state& s, const add_item& c, const context&) {
  if (auto to = table.next(s.phase, action::add_item, party::owner); !to) return to.problem();
  const auto& q = c.listing;
  if (q.seller_id == s.owner)
    return problem{code::forbidden, "a seller cannot buy what is their own"};
  if (q.sale == listing::sale::off_sale) return nothing_here();
  if (q.sale == listing::sale::sold_out) return not_enough(0);
  if (!fits_a_line(c.quantity)) return too_many_of_one();
  const auto* known = line_with(s, q.listing_id);
  const auto* other = std::find_if(s.lines.data(), s.lines.data() + s.lines.size(),
                                   [&](const sale_line& line) { return &line != known; });
  if (other != s.lines.data() + s.lines.size() &&
      other->unit_price.currency != q.unit_price.currency)
    return problem{code::currency_mismatch, "a cart has one currency"};
  if (known) {
    const auto sum = known->quantity + c.quantity;
    if (!fits_a_line(sum)) return too_many_of_one();
    return decision<event>{{item_repriced{known->number, sum, q.title, q.unit_price}}};
  }
  if (s.lines.size() >= sale_lines_max)
    return problem{code::limit_exceeded, "a cart takes no more lines"}.with(
        "max", std::int64_t{sale_lines_max});
  return decision<event>{{item_added{
      {s.lines_made + 1, q.listing_id, q.seller_id, q.title, c.quantity, q.unit_price}}}};
}

decided on(const state& s, const set_quantity& c, const context&) {
  if (auto to = table.next(s.phase, action::set_quantity, party::owner); !to) return to.problem();
  const auto* line = line_of(s, c.line);
  if (!line) return nothing_here();
  if (!fits_a_line(c.quantity)) return too_many_of_one();
  if (line->quantity == c.quantity) return decision<event>{};
  return decision<event>{{quantity_set{c.line, c.quantity}}};
}

decided on(const state& s, const remove_item& c, const context&) {
  if (auto to = table.next(s.phase, action::remove_item, party::owner); !to) return to.problem();
  if (!line_of(s, c.line)) return nothing_here();
  return decision<event>{{item_removed{c.line}}};
}

decided on(const state& s, const complete& c, const context& ctx) {
  if (s.phase == phase::completed) return decision<event>{{}, {said{packed(remainder{true})}}};
  const lines_bought bought{checkout_id{ctx.by}, c.bought};
  state after = s;
  apply(after, bought);
  const bool emptied = after.lines.empty();
  const auto which = emptied ? action::complete : action::buy_part;
  if (auto to = table.next(s.phase, which, party::process); !to) return to.problem();
  decision<event> d{{bought}, {said{packed(remainder{emptied})}}};
  if (emptied) d.events.push_back(completed{checkout_id{ctx.by}});
  return d;
}

/// Whether everything a checkout wants is still in the cart.
bool has_all(const state& s, const std::vector<bought_line>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const bought_line& one) {
    const auto* line = line_with(s, one.listing_id);
    return line && line->quantity >= one.quantity;
  });
}

decided on(const state& s, const claim& c, const context& ctx) {
  if (s.phase == phase::completed)
    return problem{code::checkout_completed, "this cart was bought already"};
  if (auto to = table.next(s.phase, action::claim, party::process); !to) return to.problem();
  const checkout_id by{ctx.by};
  if (s.claim && s.claim->checkout != by)
    return problem{code::invalid_transition, "another checkout of this cart is being paid"};
  if (!has_all(s, c.wanted))
    return problem{code::invalid_transition, "the cart has changed: start another checkout"}.with(
        "next_step", std::string{another_checkout});
  return decision<event>{{claimed{by, c.attempt}}, {said{}}};
}

decided on(const state& s, const unclaim& c, const context& ctx) {
  const payment_claim own{checkout_id{ctx.by}, c.attempt};
  if (s.claim != own) return decision<event>{{}, {said{}}};
  return decision<event>{{unclaimed{}}, {said{}}};
}

template <class Command>
inline constexpr bool of_checkout = std::is_same_v<Command, complete> ||
                                    std::is_same_v<Command, claim> ||
                                    std::is_same_v<Command, unclaim>;

}  // namespace

result<decision<event>> decide(const state& s, const command& c, const context& ctx) {
  return std::visit(
      [&]<class Command>(const Command& one) -> decided {
        const bool made = s.phase != phase::absent;
        if (of_checkout<Command> ? !made || !checkout_id::holds(ctx.by)
            : made                            ? ctx.by != s.owner
                                              : !std::is_same_v<Command, open>)
          return nothing_here();
        return on(s, one, ctx);
      },
      c);
}

// -- apply ----------------------------------------------------------------------------------------

namespace {

sale_line* line_in(state& s, std::uint32_t number) {
  return const_cast<sale_line*>(line_of(s, number));
}

void fold(state& s, const opened& e) {
  s.id = e.id;
  s.owner = e.owner;
  s.phase = phase::open;
}
void fold(state& s, const item_added& e) {
  s.lines.push_back(e.line);
  s.lines_made = e.line.number;
}
void fold(state& s, const quantity_set& e) {
  if (auto* line = line_in(s, e.line)) line->quantity = e.quantity;
}
void fold(state& s, const item_repriced& e) {
  auto* line = line_in(s, e.line);
  if (!line) return;
  line->quantity = e.quantity;
  line->title = e.title;
  line->unit_price = e.unit_price;
}
void fold(state& s, const item_removed& e) {
  std::erase_if(s.lines, [&](const sale_line& line) { return line.number == e.line; });
}
void fold(state& s, const completed&) { s.phase = phase::completed; }
void fold(state& s, const claimed& e) { s.claim = {e.checkout, e.attempt}; }
void fold(state& s, const unclaimed&) { s.claim.reset(); }
void fold(state& s, const lines_bought& e) {
  if (s.claim && s.claim->checkout == e.checkout) s.claim.reset();
  for (const auto& one : e.lines)
    std::erase_if(s.lines, [&](sale_line& line) {
      return line.listing_id == one.listing_id && (line.quantity -= one.quantity) <= 0;
    });
}

}  // namespace

void apply(state& s, const event& e) {
  std::visit([&](const auto& one) { fold(s, one); }, e);
  ++s.version;
}

// -- ask ------------------------------------------------------------------------------------------

namespace {

sheet sheet_of(const state& s) { return {s.id, s.owner, s.phase, s.lines, s.version}; }

result<answer> read_as(const state& s, const read&, const context& ctx) {
  return answer{show(s, ctx.by), false, s.version, false};
}
result<answer> read_as(const state& s, const read_sheet&, const context&) {
  return answer{packed(sheet_of(s)), false, s.version, false};
}

}  // namespace

result<answer> ask(const state& s, const query& q, const context& ctx) {
  if (s.phase == phase::absent || ctx.by != s.owner) return nothing_here();
  return std::visit([&](const auto& one) { return read_as(s, one, ctx); }, q);
}

// -- show, compose --------------------------------------------------------------------------------

namespace {

/// What stands between this line and its purchase; takes today's price and title into the line.
std::vector<line_problem> repriced(sale_line& line, const std::optional<listing::quote>& now) {
  std::vector<line_problem> found;
  const auto add = [&](code which, std::string detail, problem_meta meta) {
    found.push_back({std::to_string(line.number), which, std::move(detail), std::move(meta)});
  };
  if (!now) {
    add(code::gone, "this listing is gone", {});
    return found;
  }
  if (now->unit_price != line.unit_price) {
    const bool same = now->unit_price.currency == line.unit_price.currency;
    add(same ? code::price_changed : code::currency_mismatch, "the price has changed",
        {{}, line.unit_price, now->unit_price});
    if (same) line.unit_price = now->unit_price;
  }
  line.title = now->title;
  if (now->sale == listing::sale::off_sale)
    add(code::invalid_transition, "this listing is not on sale now", {});
  else if (now->available < line.quantity)
    add(code::insufficient_stock, "fewer are available than the line asks for",
        {now->available, {}, {}});
  return found;
}

std::string written(const sheet& s, std::vector<line_problem> problems) {
  // An empty cart has no currency of its own, and a sum has to have one.
  const auto sum = s.lines.empty() ? money{0, *currency::from_text("EUR")} : total_of(s.lines);
  check(sum.has_value(), "a cart's bounds keep its total in range");
  return to_json(view{s.id, s.phase, views_of(s.lines), std::move(problems), {*sum}, s.version,
                      table.allowed(s.phase, party::owner)});
}

}  // namespace

std::string show(const state& s, const entity_id&) { return written(sheet_of(s), {}); }

std::string compose(const sheet& cart, const std::vector<std::optional<listing::quote>>& now) {
  check(now.size() == cart.lines.size(), "each line is quoted");
  sheet today = cart;
  std::vector<line_problem> problems;
  for (std::size_t i = 0; i < now.size() && cart.phase == phase::open; ++i)
    for (auto& one : repriced(today.lines[i], now[i])) problems.push_back(std::move(one));
  return written(today, std::move(problems));
}

void index(const state&, std::vector<index_row>&) {}

drawn_machine drawn() { return table.drawn(); }

// -- kind -----------------------------------------------------------------------------------------

inline constexpr rules_of<state, command, event, query> rules{decide, apply, ask, show, index};

const entity_kind& kind() {
  static const auto made = make_kind<state, command, event, query, rules>(cart_id::kind, "cart");
  return made;
}

}  // namespace resalehub::cart
