#pragma once
/// A purchase: a process over listings, one payment at a time, orders and the cart. It survives a
/// kill after any commit, because what is outstanding stands in `pending` and every answer is told
/// by its tag; an answer whose tag is not pending (late, or twice) changes nothing, but for a hold
/// that a repetition took after its end, which is released.
///
/// open -> reserving -> reserved -> awaiting_payment -> completing -> completed. What goes wrong
/// leads through `voiding` (until the payment says it is cancelled, or captured after all) and
/// `releasing` (holds given back, after all of them were answered) to `ending`: back to open, or
/// expired, or cancelled. So nothing is held after an end, and nothing is captured without orders.

#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "actors/checkout_view.hpp"
#include "actors/ids.hpp"
#include "actors/listing_view.hpp"
#include "actors/machine.hpp"
#include "actors/ports/payment.hpp"
#include "actors/sale_line.hpp"
#include "base/entity_kind.hpp"

namespace resalehub::checkout {

inline constexpr milliseconds repeat_after{5000};  ///< of a step that must succeed and was refused

// -- state ----------------------------------------------------------------------------------------

/// Where releasing leads.
enum class ending { open, expired, cancelled };
BOOST_DESCRIBE_ENUM(ending, open, expired, cancelled)

/// A request that was told `later`.
struct waiter {
  request_id request;
  entity_id by;
};
RESALEHUB_DESCRIBE(waiter, request, by)

struct placement {
  resalehub::order_id order_id;
  user_id seller;
};
RESALEHUB_DESCRIBE(placement, order_id, seller)

struct state {
  checkout_id id;
  user_id buyer;
  request_id creation;
  std::optional<cart_id> cart;
  std::vector<sale_line> lines;  ///< one a listing
  money total;
  checkout::phase phase = phase::absent;
  checkout::ending ending = ending::open;  ///< while reserving, voiding, releasing
  std::set<std::uint32_t> held;            ///< lines by number
  std::set<std::string> pending;           ///< tags of what was sent or called and not answered
  std::uint32_t round = 0;                 ///< reservations begun
  std::uint32_t attempt = 0;               ///< payments begun
  milliseconds hold_ms{0};
  std::optional<instant> expires_at;
  std::string payment_method;            ///< of the attempt, or to go on with once reserved
  std::optional<waiter> waiting;         ///< the reserve or complete under way
  std::vector<waiter> cancelling;        ///< the cancels under way
  std::optional<problem> refusal;        ///< why the reservation failed
  std::optional<charge_id> charge;
  std::optional<order_group_id> group;
  std::vector<placement> orders;
  instant captured_at;
  std::uint64_t version = 0;
};
RESALEHUB_DESCRIBE(state, id, buyer, creation, cart, lines, total, phase, ending, held, pending,
                   round, attempt, hold_ms, expires_at, payment_method, waiting, cancelling,
                   refusal, charge, group, orders, captured_at, version)

// -- commands: by the buyer -> JSON view ----------------------------------------------------------

struct wanted_line {
  listing::quote listing;
  std::int64_t quantity = 1;
};
struct start {  ///< created
  std::optional<cart_id> cart;
  std::vector<wanted_line> lines;
};
struct reserve {
  milliseconds hold_ms{0};
};
struct complete {
  std::string payment_method;
  milliseconds hold_ms{0};  ///< of the reservation, when it has to be made first
};
struct cancel {};
struct fall_due {  ///< by self: the timer "hold"
  std::uint32_t round = 0;
};
struct repeat_step {  ///< by self: the timer "again/<tag>"
  std::string tag;
};
using command = std::variant<start, reserve, complete, cancel, fall_due, repeat_step, answered>;
RESALEHUB_DESCRIBE(wanted_line, listing, quantity)
RESALEHUB_DESCRIBE(start, cart, lines)
RESALEHUB_DESCRIBE(reserve, hold_ms)
RESALEHUB_DESCRIBE(complete, payment_method, hold_ms)
RESALEHUB_DESCRIBE(cancel)
RESALEHUB_DESCRIBE(fall_due, round)
RESALEHUB_DESCRIBE(repeat_step, tag)

// -- events ---------------------------------------------------------------------------------------

struct started {
  checkout_id id;
  user_id buyer;
  request_id creation;
  std::optional<cart_id> cart;
  std::vector<sale_line> lines;
  money total;
};
struct reserving_started {
  waiter waiting;
  milliseconds hold_ms{0};
  std::string payment_method;  ///< to go on with once reserved; empty: only reserve
};
struct line_held {
  std::uint32_t line = 0;
};
struct line_refused {
  std::uint32_t line = 0;
  problem why;
};
struct reserved {
  instant expires_at;
};
struct payment_started {
  waiter waiting;
  std::string payment_method;
};
struct payment_refused {};
struct voiding_started {
  checkout::ending ending = ending::expired;
};
struct payment_captured {
  resalehub::charge_id charge_id;
  order_group_id group;
  std::vector<placement> orders;
  instant at;
};
struct cancel_asked {
  waiter waiting;
};
struct releasing_started {
  checkout::ending ending = ending::open;
};
struct line_released {
  std::uint32_t line = 0;
};
struct reopened {};
struct expired {};
struct cancelled {};
struct step_finished {  ///< of completing
  std::string tag;
};
struct step_refused {  ///< though it must succeed: repeated after a pause
  std::string tag;
  resalehub::code code = {};
};
struct step_repeated {
  std::string tag;
};
struct stray_hold_met {  ///< a repeated hold took what nobody waits for: it is given back
  std::uint32_t round = 0;
  std::uint32_t line = 0;
};
struct cart_claimed {};  ///< no other checkout of it is paid meanwhile: the charge is made
struct cart_emptied {};  ///< all its lines were bought: its owner points at it no longer
struct completed {};
using event = std::variant<started, reserving_started, line_held, line_refused, reserved,
                           payment_started, payment_refused, voiding_started, payment_captured,
                           cancel_asked, releasing_started, line_released, reopened, expired,
                           cancelled, step_finished, step_refused, step_repeated, stray_hold_met,
                           completed, cart_emptied, cart_claimed>;
RESALEHUB_DESCRIBE(started, id, buyer, creation, cart, lines, total)
RESALEHUB_DESCRIBE(reserving_started, waiting, hold_ms, payment_method)
RESALEHUB_DESCRIBE(line_held, line)
RESALEHUB_DESCRIBE(line_refused, line, why)
RESALEHUB_DESCRIBE(reserved, expires_at)
RESALEHUB_DESCRIBE(payment_started, waiting, payment_method)
RESALEHUB_DESCRIBE(payment_refused)
RESALEHUB_DESCRIBE(voiding_started, ending)
RESALEHUB_DESCRIBE(payment_captured, charge_id, group, orders, at)
RESALEHUB_DESCRIBE(cancel_asked, waiting)
RESALEHUB_DESCRIBE(releasing_started, ending)
RESALEHUB_DESCRIBE(line_released, line)
RESALEHUB_DESCRIBE(reopened)
RESALEHUB_DESCRIBE(expired)
RESALEHUB_DESCRIBE(cancelled)
RESALEHUB_DESCRIBE(step_finished, tag)
RESALEHUB_DESCRIBE(step_refused, tag, code)
RESALEHUB_DESCRIBE(step_repeated, tag)
RESALEHUB_DESCRIBE(stray_hold_met, round, line)
RESALEHUB_DESCRIBE(completed)
RESALEHUB_DESCRIBE(cart_emptied)
RESALEHUB_DESCRIBE(cart_claimed)

// -- queries: by the buyer ------------------------------------------------------------------------

struct read {};  ///< -> JSON view
using query = std::variant<read>;
RESALEHUB_DESCRIBE(read)

// -- rules ----------------------------------------------------------------------------------------

result<decision<event>> decide(const state& s, const command& c, const context& ctx);
void apply(state& s, const event& e);
result<answer> ask(const state& s, const query& q, const context& ctx);
std::string show(const state& s, const entity_id& viewer);
void index(const state& s, std::vector<index_row>& rows);
const entity_kind& kind();
drawn_machine drawn();

}  // namespace resalehub::checkout
