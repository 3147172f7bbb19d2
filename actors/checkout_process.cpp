#include "actors/checkout_process.hpp"

#include <algorithm>
#include <charconv>

#include "actors/cart.hpp"
#include "actors/listing.hpp"
#include "actors/order.hpp"
#include "actors/user.hpp"
#include "base/check.hpp"

namespace resalehub::checkout {

problem reservation_over() {
  return {code::reservation_expired, "the reservation has expired; nothing is held any more"};
}

problem already_completed() {
  return {code::checkout_completed, "this checkout is completed"};
}

problem about(problem why, const listing_id& listing) {
  return std::move(why).with("listing_id", to_text(listing));
}

// -- tags -----------------------------------------------------------------------------------------

namespace {

std::string tag_of(std::string_view kind, std::uint32_t number) {
  return std::string{kind} + '/' + std::to_string(number);
}

std::string_view kind_of(std::string_view tag) { return tag.substr(0, tag.find('/')); }

std::uint32_t number_at(std::string_view tag, std::size_t slash) {
  std::uint32_t number = 0;
  check(slash != std::string_view::npos, "this tag has a number");
  std::from_chars(tag.data() + slash + 1, tag.data() + tag.size(), number);
  return number;
}
std::uint32_t first_number_of(std::string_view tag) { return number_at(tag, tag.find('/')); }
std::uint32_t last_number_of(std::string_view tag) { return number_at(tag, tag.rfind('/')); }

const sale_line& line_of(const state& s, std::uint32_t number) {
  const auto found = std::find_if(s.lines.begin(), s.lines.end(), [&](const sale_line& line) {
    return line.number == number;
  });
  check(found != s.lines.end(), "a tag names a line of this checkout");
  return *found;
}

}  // namespace

std::string hold_tag(const state& s, std::uint32_t line) {
  return tag_of(tag_of("hold", s.round), line);
}
std::string release_tag(const state& s, std::uint32_t line) {
  return tag_of(tag_of("release", s.round), line);
}
std::string claim_tag(const state& s) { return tag_of("claim", s.attempt); }
std::string charge_tag(const state& s) { return tag_of("charge", s.attempt); }
std::string void_tag(const state& s) { return tag_of("void", s.attempt); }

std::set<std::string> completion_tags(const state& s) {
  std::set<std::string> tags;
  for (const auto& line : s.lines) tags.insert(tag_of("convert", line.number));
  for (std::uint32_t n = 0; n < s.orders.size(); ++n) tags.insert(tag_of("place", n));
  if (s.cart) tags.insert(cart_tag);
  return tags;
}

// -- what a tag stands for ------------------------------------------------------------------------

namespace {

effect place_of(const state& s, const std::string& tag) {
  const auto& own = s.orders.at(last_number_of(tag));
  order::place p{*s.group, *s.charge, s.buyer, own.seller, {}, {}, s.captured_at};
  for (const auto& line : s.lines)
    if (line.seller_id == own.seller) p.lines.push_back(line);
  p.total = total_of(p.lines).value();
  return to<order::command>(own.order_id, std::move(p), tag);
}

std::vector<cart::bought_line> bought_of(const state& s) {
  std::vector<cart::bought_line> all;
  for (const auto& line : s.lines) all.push_back({line.listing_id, line.quantity});
  return all;
}

/// One key an attempt, for its charge and its cancellation.
effect payment_of(const state& s, payment::request asked, const std::string& tag) {
  return call{std::string{payment::port}, to_text(s.id) + '/' + std::to_string(s.attempt),
              packed(asked), tag};
}

}  // namespace

effect effect_of(const state& s, const std::string& tag) {
  const auto kind = kind_of(tag);
  if (kind == cart_tag) return to<cart::command>(*s.cart, cart::complete{bought_of(s)}, tag);
  if (kind == pointer_tag) return to<user::command>(s.buyer, user::close_cart{*s.cart}, tag);
  if (kind == "claim")
    return to<cart::command>(*s.cart, cart::claim{s.attempt, bought_of(s)}, tag);
  if (kind == "place") return place_of(s, tag);
  if (kind == "charge") return payment_of(s, payment::charge{s.total, s.payment_method, s.id}, tag);
  if (kind == "void") return payment_of(s, payment::cancel{}, tag);
  const auto& line = line_of(s, last_number_of(tag));
  if (kind == "release")
    return to<listing::command>(line.listing_id, listing::release{s.round}, tag);
  if (kind == "convert")
    return to<listing::command>(line.listing_id, listing::convert{s.round}, tag);
  check(kind == "hold", "a tag's kind is known");
  return to<listing::command>(line.listing_id,
                              listing::hold{s.round, s.buyer, line.quantity, line.unit_price}, tag);
}

// -- one decision in the making -------------------------------------------------------------------

void course::emit(event e) {
  checkout::apply(now, e);  // not std::apply
  made_.events.push_back(std::move(e));
}

void course::move(action which, party who, event e) {
  const auto to = table.next(now.phase, which, who);
  check(to.ok(), "a step of the process stands in its table");
  emit(std::move(e));
  check(now.phase == *to, "an event leads where the table says");
}

void course::carry_out_pending() {
  // Backwards: what was held last is given back first.
  for (auto tag = now.pending.rbegin(); tag != now.pending.rend(); ++tag)
    carry_out(effect_of(now, *tag));
}

void course::settle(const waiter& asked, std::variant<shown, said, problem> what) {
  made_.settlements.push_back({asked.request, asked.by, std::move(what)});
}

void course::settle_all(std::variant<shown, said, problem> for_waiting,
                        std::variant<shown, said, problem> for_cancelling) {
  if (now.waiting) settle(*now.waiting, std::move(for_waiting));
  for (const auto& one : now.cancelling) settle(one, for_cancelling);
}

void course::pay(const waiter& asked, const std::string& method) {
  move(action::complete, party::buyer, payment_started{asked, method});
  carry_out_pending();
}

void course::release_all(action which, party who, ending where) {
  move(which, who, releasing_started{where});
  carry_out_pending();
  go_on();
}

void course::cancel_payment(action which, party who, ending where) {
  move(which, who, voiding_started{where});
  carry_out_pending();
}

void course::capture(const charge_id& charge) {
  payment_captured e{charge, ctx.fresh<order_group_id>(now.buyer.slot), {}, ctx.now};
  for (const auto& line : now.lines) {
    const bool known = std::any_of(e.orders.begin(), e.orders.end(), [&](const placement& one) {
      return one.seller == line.seller_id;
    });
    if (!known)
      e.orders.push_back(
          {ctx.fresh<order_id>(now.buyer.slot, e.orders.size() + 1), line.seller_id});
  }
  move(action::capture, party::system, std::move(e));
  carry_out(disarm{hold_timer});
  carry_out_pending();
}

void course::go_on() {
  if (!now.pending.empty()) return;
  if (now.phase == phase::reserving) return go_on_reserving();
  if (now.phase == phase::releasing) return go_on_releasing();
  if (now.phase == phase::completing) finish();
}

void course::go_on_reserving() {
  if (now.refusal || now.ending == ending::cancelled)
    return release_all(action::undo, party::system, now.ending);
  const auto asked = now.waiting;
  move(action::secure, party::system, reserved{ctx.now + now.hold_ms});
  carry_out(at<command>(hold_timer, *now.expires_at, fall_due{now.round}));
  if (now.payment_method.empty()) return settle(*asked, shown{});
  pay(*asked, now.payment_method);
}

void course::go_on_releasing() {
  switch (now.ending) {
    case ending::open:
      settle_all(*now.refusal, shown{});
      carry_out(disarm{hold_timer});
      return move(action::reopen, party::system, reopened{});
    case ending::expired:
      settle_all(reservation_over(), reservation_over());
      return move(action::expire, party::system, expired{});
    case ending::cancelled:
      settle_all(now.refusal ? *now.refusal
                             : problem{code::invalid_transition, "the checkout was cancelled"}.with(
                                   "from", std::string{name_of(phase::cancelled)}),
                 shown{});
      carry_out(disarm{hold_timer});
      return move(action::withdraw, party::system, cancelled{});
  }
}

void course::finish() {
  settle_all(shown{}, already_completed());
  move(action::finish, party::system, completed{});
}

// -- what comes back ------------------------------------------------------------------------------

namespace {

/// A step without which the process cannot go on is repeated after a pause, however often.
void put_off(course& d, const std::string& tag, code why) {
  d.emit(step_refused{tag, why});
  d.carry_out(at<command>("again/" + tag, d.ctx.now + repeat_after, repeat_step{tag}));
}

/// The attempt came to nothing: another checkout of the cart may be paid. Nobody waits for it.
void unclaim_cart(course& d, std::uint32_t attempt) {
  if (d.now.cart) d.carry_out(to<cart::command>(*d.now.cart, cart::unclaim{attempt}));
}

void back_to_reserved(course& d, problem why) {
  unclaim_cart(d, d.now.attempt);
  d.settle(*d.now.waiting, std::move(why));
  d.move(action::refuse_payment, party::system, payment_refused{});
}

problem declined_with(std::string decline_code) {
  return problem{code::payment_declined, "the payment was declined; try another method"}
      .with("decline_code", std::move(decline_code))
      .with("next_step", "try_another_method");
}

void on_payment(course& d, const std::string& tag, const payment::outcome& came) {
  if (const auto* captured = std::get_if<payment::captured>(&came))
    return d.capture(captured->charge_id);
  if (kind_of(tag) == "void") {
    unclaim_cart(d, d.now.attempt);
    return d.release_all(action::void_payment, party::system, d.now.ending);
  }
  if (std::holds_alternative<payment::action_required>(came))
    return back_to_reserved(
        d, problem{code::payment_action_required, "this method needs a step of its owner first"}
               .with("next_step", "authenticate"));
  const auto* declined = std::get_if<payment::declined>(&came);
  back_to_reserved(d, declined_with(declined ? declined->decline_code : "cancelled"));
}

/// A hold that is told twice, once refused and once made, is given back: its round is released by
/// name, which harms no later one. The record of a refusal prevents that while it is kept.
void give_back_stray(course& d, const std::string& tag) {
  const stray_hold_met met{first_number_of(tag), last_number_of(tag)};
  if (met.round == d.now.round && d.now.held.contains(met.line)) return;  // it is the one we have
  d.emit(met);
  d.carry_out(to<listing::command>(line_of(d.now, met.line).listing_id,
                                   listing::release{met.round}));
}

/// The same of a claim whose attempt is over: it would keep the cart's other checkouts from being
/// paid. Of the attempt under way there is nothing to give back.
void give_back_stray_claim(course& d, std::uint32_t attempt) {
  const bool in_use = attempt == d.now.attempt && (d.now.phase == phase::awaiting_payment ||
                                                   d.now.phase == phase::completing ||
                                                   d.now.phase == phase::completed);
  if (!in_use) unclaim_cart(d, attempt);
}

/// The cart was bought, or holds no longer what this checkout is for.
bool is_final(const problem& why) {
  const meta_entry mark{"next_step", std::string{cart::another_checkout}};
  return why.code == code::checkout_completed ||
         std::find(why.meta.begin(), why.meta.end(), mark) != why.meta.end();
}

void on_claim(course& d, const answered& c) {
  if (c.refused) {
    back_to_reserved(d, *c.refused);
    if (!is_final(*c.refused)) return;
    // It can never be paid: others may have at once what it holds.
    return d.release_all(action::undo, party::system, ending::cancelled);
  }
  d.emit(cart_claimed{});
  d.carry_out_pending();
}

}  // namespace

void on_answer(course& d, const answered& c) {
  const auto kind = kind_of(c.tag);
  if (!d.now.pending.contains(c.tag)) {  // late, or twice
    if (kind == "hold" && !c.refused) give_back_stray(d, c.tag);
    if (kind == "claim" && !c.refused) give_back_stray_claim(d, first_number_of(c.tag));
    return;
  }
  if (kind == "charge" && c.refused) return back_to_reserved(d, *c.refused);
  if (kind == "claim") return on_claim(d, c);
  if (kind == "charge" || kind == "void") {
    payment::outcome came;
    if (c.refused) return put_off(d, c.tag, c.refused->code);
    if (!unpack(c.value, came)) return put_off(d, c.tag, code::provider_error);
    return on_payment(d, c.tag, came);
  }
  if (kind == "hold") {
    const auto line = last_number_of(c.tag);
    if (c.refused) d.emit(line_refused{line, about(*c.refused, line_of(d.now, line).listing_id)});
    else d.emit(line_held{line});
  } else if (c.refused) {
    return put_off(d, c.tag, c.refused->code);
  } else if (kind == "release") {
    d.emit(line_released{last_number_of(c.tag)});
  } else if (kind == cart_tag) {
    cart::remainder left;
    if (!unpack(c.value, left)) return put_off(d, c.tag, code::internal);
    d.emit(step_finished{c.tag});
    if (left.emptied) {
      d.emit(cart_emptied{});
      d.carry_out(effect_of(d.now, pointer_tag));
    }
  } else {
    d.emit(step_finished{c.tag});
  }
  d.go_on();
}

void on_due(course& d, const fall_due& c) {
  if (c.round != d.now.round) return;  // of an earlier reservation
  if (d.now.phase == phase::reserving)  // a listing is out of reach: what is held goes back
    d.release_all(action::undo, party::system,
                  d.now.ending == ending::cancelled ? ending::cancelled : ending::expired);
  else if (d.now.phase == phase::reserved)
    d.release_all(action::fall_due, party::system, ending::expired);
  else if (d.now.phase == phase::awaiting_payment)
    d.cancel_payment(action::fall_due, party::system, ending::expired);
}

void on_repeat(course& d, const repeat_step& c) {
  if (!d.now.pending.contains(c.tag)) return;
  d.emit(step_repeated{c.tag});
  d.carry_out(effect_of(d.now, c.tag));
}

}  // namespace resalehub::checkout
