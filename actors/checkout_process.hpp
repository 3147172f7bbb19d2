#pragma once
/// The inside of a checkout: its table, its tags, and one decision in the making. Included by
/// checkout*.cpp only.

#include <string>
#include <utility>

#include "actors/checkout.hpp"

namespace resalehub::checkout {

// -- the machine ----------------------------------------------------------------------------------

enum class action {
  start, reserve, complete, cancel,
  secure, undo, refuse_payment, capture, fall_due, void_payment, reopen, expire, withdraw, finish
};
BOOST_DESCRIBE_ENUM(action, start, reserve, complete, cancel, secure, undo, refuse_payment, capture,
                    fall_due, void_payment, reopen, expire, withdraw, finish)

inline constexpr auto table = machine_of<phase, action>(
    "checkout",
    {{phase::absent, action::start, party::buyer, phase::open},
     {phase::open, action::reserve, party::buyer, phase::reserving},
     {phase::open, action::complete, party::buyer, phase::reserving},
     {phase::open, action::cancel, party::buyer, phase::cancelled},
     {phase::reserving, action::cancel, party::buyer, phase::reserving},
     {phase::reserving, action::secure, party::system, phase::reserved},
     {phase::reserving, action::undo, party::system, phase::releasing},
     {phase::reserved, action::complete, party::buyer, phase::awaiting_payment},
     {phase::reserved, action::cancel, party::buyer, phase::releasing},
     {phase::reserved, action::fall_due, party::system, phase::releasing},
     {phase::reserved, action::undo, party::system, phase::releasing},
     {phase::awaiting_payment, action::cancel, party::buyer, phase::voiding},
     {phase::awaiting_payment, action::fall_due, party::system, phase::voiding},
     {phase::awaiting_payment, action::refuse_payment, party::system, phase::reserved},
     {phase::awaiting_payment, action::capture, party::system, phase::completing},
     {phase::voiding, action::cancel, party::buyer, phase::voiding},
     {phase::voiding, action::void_payment, party::system, phase::releasing},
     {phase::voiding, action::capture, party::system, phase::completing},
     {phase::releasing, action::cancel, party::buyer, phase::releasing},
     {phase::releasing, action::reopen, party::system, phase::open},
     {phase::releasing, action::expire, party::system, phase::expired},
     {phase::releasing, action::withdraw, party::system, phase::cancelled},
     {phase::completing, action::finish, party::system, phase::completed}});

inline constexpr const char* hold_timer = "hold";

// -- tags: what is outstanding, by name -----------------------------------------------------------

/// "hold/<round>/<line>", "release/<round>/<line>", "claim/<attempt>" (of the cart, before its
/// charge), "charge/<attempt>", "void/<attempt>",
/// "convert/<line>", "place/<n-th order>", "cart", and "pointer" once the cart is empty.
inline constexpr const char* cart_tag = "cart";
inline constexpr const char* pointer_tag = "pointer";
std::string hold_tag(const state& s, std::uint32_t line);
std::string release_tag(const state& s, std::uint32_t line);
std::string claim_tag(const state& s);
std::string charge_tag(const state& s);
std::string void_tag(const state& s);
std::set<std::string> completion_tags(const state& s);

/// What a tag of this state stands for: the very send or call, so that it can be made again.
effect effect_of(const state& s, const std::string& tag);

// -- one decision in the making -------------------------------------------------------------------

/// Events are applied to `now` as they are emitted, so each step sees what the one before it did.
class course {
 public:
  course(const state& s, const context& asked) : now(s), ctx(asked) {}

  void emit(event e);
  /// An event that changes the phase, as the table has it: check()ed against the table.
  void move(action which, party who, event e);

  void carry_out(effect e) { made_.effects.push_back(std::move(e)); }
  void carry_out_pending();
  void settle(const waiter& asked, std::variant<shown, said, problem> what);
  void answer(decltype(reply::what) what) { made_.reply.what = std::move(what); }
  void mark_created() { made_.reply.created = true; }

  /// Payment of what is reserved, for this waiter.
  void pay(const waiter& asked, const std::string& method);
  /// Gives back what is held, on the way to `where`; at once there when nothing is held.
  void release_all(action which, party who, ending where);
  void cancel_payment(action which, party who, ending where);
  void capture(const charge_id& charge);
  /// The step that follows when nothing is outstanding any more.
  void go_on();

  decision<event> made() && { return std::move(made_); }

  state now;
  const context& ctx;

 private:
  void go_on_reserving();
  void go_on_releasing();
  void finish();
  void settle_all(std::variant<shown, said, problem> for_waiting,
                  std::variant<shown, said, problem> for_cancelling);

  decision<event> made_;
};

// -- what comes back ------------------------------------------------------------------------------

void on_answer(course& d, const answered& c);
void on_due(course& d, const fall_due& c);
void on_repeat(course& d, const repeat_step& c);

problem reservation_over();
problem already_completed();
/// The same, with the listing that it is about: a buyer of many lines has to know which one.
problem about(problem why, const listing_id& listing);

}  // namespace resalehub::checkout
