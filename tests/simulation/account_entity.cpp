#include "tests/simulation/account_entity.hpp"

#include <charconv>

#include "base/check.hpp"
#include "base/typed_entity.hpp"

namespace resalehub::simulation::accounts {

bool refuses(const transfer& what) { return what.path.empty() && what.number % 5 == 0; }

namespace {

using decided = result<decision<event>>;

/// The tag tells the number and the amount, for what comes back.
std::string tag_of(const transfer& what) {
  return std::to_string(what.number) + "/" + std::to_string(what.amount);
}
template <class Number>
Number number_in(std::string_view text) {
  Number number{};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  check(read.ec == std::errc{}, "a tag has its numbers");
  return number;
}

effect next_step(transfer what) {
  const auto to_whom = what.path.front();
  const auto tag = tag_of(what);
  what.path.erase(what.path.begin());
  return to<command>(to_whom, deposit{std::move(what)}, tag);
}

decided on(const state& s, const open& c, const context&) {
  if (s.opened) return decision<event>{{}, {said{}}};
  return decision<event>{{opened{c.balance}}, {said{}}};
}

decided on(const state& s, const send_off& c, const context&) {
  if (s.balance < c.what.amount) return problem{code::insufficient_stock, "so much is not there"};
  decision<event> d{{sent_off{c.what}}, {said{}}};
  d.effects.push_back(next_step(c.what));
  return d;
}

decided on(const state&, const deposit& c, const context&) {
  if (refuses(c.what)) return problem{code::forbidden, "this one is not taken"};
  decision<event> d;
  d.reply.what = said{};
  if (c.what.path.empty()) {
    d.events.push_back(deposited{c.what});
  } else {
    d.events.push_back(passed_on{c.what});
    d.effects.push_back(next_step(c.what));
  }
  return d;
}

decided on(const state&, const answered& c, const context&) {
  const std::string_view tag = c.tag;
  const auto number = number_in<std::uint64_t>(tag);
  decision<event> d{{answer_came{number}}, {said{}}};
  if (c.refused)
    d.events.push_back(
        came_back{number, number_in<std::int64_t>(tag.substr(tag.find('/') + 1))});
  return d;
}

result<decision<event>> decide(const state& s, const command& c, const context& ctx) {
  return std::visit([&](const auto& one) { return on(s, one, ctx); }, c);
}

void fold(state& s, const opened& e) {
  s.opened = true;
  s.balance = e.balance;
}
void fold(state& s, const sent_off& e) {
  s.balance -= e.what.amount;
  s.sent.push_back(e.what.number);
}
void fold(state& s, const deposited& e) {
  s.balance += e.what.amount;
  s.received.push_back(e.what.number);
}
void fold(state& s, const passed_on& e) { s.passed_on.push_back(e.what.number); }
void fold(state& s, const answer_came& e) { s.answered.push_back(e.number); }
/// Whoever passed it on keeps what the next one did not take.
void fold(state& s, const came_back& e) {
  s.balance += e.amount;
  s.returned.push_back(e.number);
}

void apply(state& s, const event& e) {
  std::visit([&](const auto& one) { fold(s, one); }, e);
}
std::string show(const state& s, const entity_id&) { return packed(s); }
result<answer> ask(const state& s, const query&, const context&) { return answer{packed(s)}; }
void index(const state&, std::vector<index_row>&) {}

constexpr rules_of<state, command, event, query> rules{decide, apply, ask, show, index};

}  // namespace

const entity_kind& kind() {
  static const auto made =
      make_kind<state, command, event, query, rules>(account_id::kind, "account");
  return made;
}

}  // namespace resalehub::simulation::accounts
