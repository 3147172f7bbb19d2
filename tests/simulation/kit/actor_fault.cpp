#include "tests/simulation/kit/actor_fault.hpp"

namespace resalehub::simulation {
namespace {

std::string_view name_of(moment when) {
  switch (when) {
    case moment::before: return "before it";
    case moment::decided: return "when it is decided";
    case moment::committed: return "when it is committed";
  }
  fail("a moment is one of those above");
}

actor_fault made(fault_action what, const message_match& which) {
  actor_fault out;
  out.what = what;
  out.which = which;
  return out;
}

}  // namespace

actor_fault drop(const message_match& which) { return made(fault_action::drop, which); }
actor_fault duplicate(const message_match& which) { return made(fault_action::duplicate, which); }
actor_fault reorder(const message_match& which) { return made(fault_action::reorder, which); }
actor_fault crash_sender(const message_match& which) {
  return made(fault_action::crash_sender, which);
}
actor_fault delay(const message_match& which, milliseconds by) {
  auto out = made(fault_action::delay, which);
  out.later = by;
  return out;
}
actor_fault refuse(const message_match& which, code why) {
  auto out = made(fault_action::refuse, which);
  out.why = why;
  return out;
}
actor_fault throw_in(const message_match& which, moment when) {
  auto out = made(fault_action::throw_in, which);
  out.when = when;
  return out;
}
actor_fault kill_receiver(const message_match& which, moment when) {
  auto out = made(fault_action::kill_receiver, which);
  out.when = when;
  return out;
}

std::string_view name_of(fault_action what) {
  switch (what) {
    case fault_action::drop: return "dropped";
    case fault_action::delay: return "delayed";
    case fault_action::duplicate: return "duplicated";
    case fault_action::reorder: return "reordered";
    case fault_action::refuse: return "refused";
    case fault_action::throw_in: return "its handler throws";
    case fault_action::kill_receiver: return "its receiver is killed";
    case fault_action::crash_sender: return "its sender's node crashes";
  }
  fail("a fault's action is one of those above");
}

std::string to_text(const message_match& of) {
  std::string out = std::string(of.type) + " no. " + std::to_string(of.which.nth);
  if (of.which.times > 1) out += " and " + std::to_string(of.which.times - 1) + " more";
  if (!of.which.to.is_nobody()) out += " to " + to_text(of.which.to);
  if (of.which.from != 0) out += " from machine " + std::to_string(of.which.from);
  if (of.which.at != 0) out += " to machine " + std::to_string(of.which.at);
  return out;
}

std::string to_text(const actor_fault& fault) {
  auto out = to_text(fault.which) + ": " + std::string(name_of(fault.what));
  if (fault.what == fault_action::delay)
    out += " by " + std::to_string(fault.later.count()) + " ms";
  if (fault.what == fault_action::refuse) out += " with " + std::string(row_of(fault.why).name);
  if (fault.what == fault_action::throw_in || fault.what == fault_action::kill_receiver)
    out += " " + std::string(name_of(fault.when));
  return out;
}

}  // namespace resalehub::simulation
