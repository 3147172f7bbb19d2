#include "actors/checkout_process.hpp"

namespace resalehub::checkout {

// -- apply ----------------------------------------------------------------------------------------

namespace {

/// Nothing is under way any more.
void settle_down(state& s, phase where) {
  s.phase = where;
  s.ending = ending::open;
  s.pending.clear();
  s.waiting.reset();
  s.cancelling.clear();
  s.refusal.reset();
  s.payment_method.clear();
}

void fold(state& s, const started& e) {
  s.id = e.id;
  s.buyer = e.buyer;
  s.creation = e.creation;
  s.cart = e.cart;
  s.lines = e.lines;
  s.total = e.total;
  s.phase = phase::open;
}
void fold(state& s, const reserving_started& e) {
  s.phase = phase::reserving;
  s.ending = ending::open;
  s.waiting = e.waiting;
  s.hold_ms = e.hold_ms;
  s.payment_method = e.payment_method;
  ++s.round;
  for (const auto& line : s.lines) s.pending.insert(hold_tag(s, line.number));
}
void fold(state& s, const line_held& e) {
  s.held.insert(e.line);
  s.pending.erase(hold_tag(s, e.line));
}
void fold(state& s, const line_refused& e) {
  if (!s.refusal) s.refusal = e.why;
  s.pending.erase(hold_tag(s, e.line));
}
void fold(state& s, const reserved& e) {
  s.phase = phase::reserved;
  s.expires_at = e.expires_at;
  if (s.payment_method.empty()) s.waiting.reset();
}
void fold(state& s, const payment_started& e) {
  s.phase = phase::awaiting_payment;
  s.waiting = e.waiting;
  s.payment_method = e.payment_method;
  ++s.attempt;
  s.pending = {s.cart ? claim_tag(s) : charge_tag(s)};
}
void fold(state& s, const cart_claimed&) { s.pending = {charge_tag(s)}; }
void fold(state& s, const payment_refused&) { settle_down(s, phase::reserved); }
void fold(state& s, const voiding_started& e) {
  s.phase = phase::voiding;
  s.ending = e.ending;
  s.pending = {void_tag(s)};
}
void fold(state& s, const payment_captured& e) {
  s.phase = phase::completing;
  s.charge = e.charge_id;
  s.group = e.group;
  s.orders = e.orders;
  s.captured_at = e.at;
  s.pending = completion_tags(s);
}
void fold(state& s, const cancel_asked& e) {
  s.cancelling.push_back(e.waiting);
  const bool may_reopen = s.phase == phase::reserving || s.phase == phase::releasing;
  if (may_reopen && s.ending == ending::open) s.ending = ending::cancelled;
}
void fold(state& s, const releasing_started& e) {
  s.phase = phase::releasing;
  s.ending = e.ending;
  s.pending.clear();
  for (const auto line : s.held) s.pending.insert(release_tag(s, line));
}
void fold(state& s, const line_released& e) {
  s.held.erase(e.line);
  s.pending.erase(release_tag(s, e.line));
}
void fold(state& s, const reopened&) { settle_down(s, phase::open); }
void fold(state& s, const expired&) { settle_down(s, phase::expired); }
void fold(state& s, const cancelled&) {
  settle_down(s, phase::cancelled);
  s.expires_at.reset();
}
void fold(state& s, const step_finished& e) { s.pending.erase(e.tag); }
void fold(state&, const step_refused&) {}
void fold(state&, const step_repeated&) {}
void fold(state&, const stray_hold_met&) {}
void fold(state& s, const cart_emptied&) { s.pending.insert(pointer_tag); }
void fold(state& s, const completed&) {
  settle_down(s, phase::completed);
  s.held.clear();
  s.expires_at.reset();
}

}  // namespace

void apply(state& s, const event& e) {
  std::visit([&](const auto& one) { fold(s, one); }, e);
  ++s.version;
}

}  // namespace resalehub::checkout
