#include "tests/support/tally.hpp"

#include <stdexcept>

#include "base/typed_entity.hpp"

namespace resalehub::testing::tally {
namespace {

using decided = result<decision<event>>;

decided on(const state& s, const increase& c, const context&) {
  if (s.total + c.by < 0) return problem{code::insufficient_stock, "below zero"};
  decision<event> d;
  d.events = {increased{c.by}};
  if (!s.waiting.is_none()) d.settlements.push_back({s.waiting, {}, shown{}, false});
  if (c.by > 0) d.effects.push_back(keep_row{"increases", std::to_string(s.total), "x"});
  d.effects.push_back(push{"tally", static_cast<std::uint64_t>(s.total + c.by), "total", "{}"});
  return d;
}
decided on(const state&, const increase_other& c, const context&) {
  decision<event> d;
  d.events = {increased{c.by}};
  d.effects.push_back(to<command>(c.other, increase{c.by}, "other"));
  return d;
}
decided on(const state&, const ring_at& c, const context&) {
  decision<event> d;
  d.events = {planned{}};
  d.effects.push_back(at<command>("bell", c.when, ring{}));
  return d;
}
decided on(const state&, const do_not_ring&, const context&) {
  decision<event> d;
  d.events = {planned{}};
  d.effects.push_back(disarm{"bell"});
  return d;
}
decided on(const state&, const ring&, const context&) {
  return decision<event>{{rang{}}, {}, {}, {}};
}
decided on(const state& s, const wait_for_total&, const context& ctx) {
  decision<event> d;
  if (s.waiting.is_none()) d.events = {waited{ctx.request}};
  d.reply.what = later{};
  return d;
}
decided on(const state&, const keep_word& c, const context&) {
  decision<event> d;
  d.events = {noted{c.word}};
  d.effects.push_back(keep_row{"words", c.word, "the word " + c.word});
  d.reply = {kept{}, true};
  return d;
}
decided on(const state&, const throw_up&, const context&) { throw std::runtime_error("broken"); }
decided on(const state&, const answered& c, const context&) {
  return decision<event>{{noted{c.refused ? "refused" : "done " + c.value}}, {}, {}, {}};
}

result<decision<event>> decide(const state& s, const command& c, const context& ctx) {
  return std::visit([&](const auto& one) { return on(s, one, ctx); }, c);
}

void fold(state& s, const increased& e) {
  s.total += e.by;
  s.waiting = {};
}
void fold(state& s, const rang&) { ++s.rings; }
void fold(state&, const planned&) {}
void fold(state& s, const waited& e) { s.waiting = e.request; }
void fold(state& s, const noted& e) { s.heard.push_back(e.what); }

void apply(state& s, const event& e) {
  std::visit([&](const auto& one) { fold(s, one); }, e);
}

std::string show(const state& s, const entity_id&) {
  std::string text = std::to_string(s.total) + " rings " + std::to_string(s.rings);
  for (const auto& what : s.heard) text += ", " + what;
  return text;
}

result<answer> ask(const state& s, const query&, const context& ctx) {
  return answer{show(s, ctx.by)};
}

void index(const state& s, std::vector<index_row>& rows) {
  if (s.total > 0) rows.push_back({"totals", std::to_string(s.total), ""});
}

constexpr rules_of<state, command, event, query> rules{decide, apply, ask, show, index};

}  // namespace

const entity_kind& kind() {
  static const auto made = make_kind<state, command, event, query, rules>("tly", "tally");
  return made;
}

std::string packed_command(const command& c) { return packed(c); }
std::string packed_read() { return packed(query{read{}}); }

}  // namespace resalehub::testing::tally
