#include "tests/simulation/alarm_entity.hpp"

#include <algorithm>

#include "base/typed_entity.hpp"

namespace resalehub::simulation::alarms {
namespace {

using decided = result<decision<event>>;

std::string timer_of(std::uint64_t number) { return "alarm/" + std::to_string(number); }

const ring* set_of(const state& s, std::uint64_t number) {
  const auto found = std::find_if(s.set.begin(), s.set.end(),
                                  [&](const ring& one) { return one.number == number; });
  return found == s.set.end() ? nullptr : &*found;
}

bool over(const state& s, std::uint64_t number) {
  return std::count(s.ended.begin(), s.ended.end(), number) > 0 ||
         std::any_of(s.rings.begin(), s.rings.end(),
                     [&](const rung& one) { return one.number == number; });
}

decided on(const state& s, const set_alarm& c, const context& ctx) {
  if (over(s, c.number)) return problem{code::invalid_transition, "it is over"};
  const ring made{c.number, ctx.now + c.after};
  decision<event> d{{alarm_set{made}}, {said{packed(made)}}};
  d.effects.push_back(at<command>(timer_of(c.number), made.due, go_off{c.number, made.due}));
  return d;
}

decided on(const state& s, const switch_off& c, const context&) {
  if (over(s, c.number)) return problem{code::invalid_transition, "it is over"};
  decision<event> d{{switched_off{c.number}}, {said{}}};
  d.effects.push_back(disarm{timer_of(c.number)});
  return d;
}

/// What was replaced or switched off while its timer was firing is no ring. A second ring of the
/// same setting is one: that must not be.
decided on(const state& s, const go_off& c, const context& ctx) {
  decision<event> d;
  d.reply.what = said{};
  const auto* set = set_of(s, c.number);
  const bool off = std::count(s.ended.begin(), s.ended.end(), c.number) > 0;
  if (set && set->due == c.due && !off) d.events.push_back(went_off{{c.number, c.due, ctx.now}});
  return d;
}

result<decision<event>> decide(const state& s, const command& c, const context& ctx) {
  return std::visit([&](const auto& one) { return on(s, one, ctx); }, c);
}

void fold(state& s, const alarm_set& e) {
  std::erase_if(s.set, [&](const ring& one) { return one.number == e.what.number; });
  s.set.push_back(e.what);
}
void fold(state& s, const went_off& e) { s.rings.push_back(e.what); }
void fold(state& s, const switched_off& e) { s.ended.push_back(e.number); }

void apply(state& s, const event& e) {
  std::visit([&](const auto& one) { fold(s, one); }, e);
}
std::string show(const state& s, const entity_id&) { return packed(s); }
result<answer> ask(const state& s, const query&, const context&) { return answer{packed(s)}; }
void index(const state&, std::vector<index_row>&) {}

constexpr rules_of<state, command, event, query> rules{decide, apply, ask, show, index};

}  // namespace

const entity_kind& kind() {
  static const auto made = make_kind<state, command, event, query, rules>(alarm_id::kind, "alarm");
  return made;
}

}  // namespace resalehub::simulation::alarms
