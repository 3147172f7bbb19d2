#pragma once
/// Binds a rule's types to `awake_entity`. Included by each rule's .cpp only, so a kind's encodings
/// are compiled in one file.

#include <algorithm>
#include <iterator>
#include <memory>
#include <tuple>
#include <utility>

#include "base/entity_kind.hpp"
#include "base/message_pack.hpp"

namespace resalehub {

template <class State, class Command, class Event, class Query>
struct rules_of {
  result<decision<Event>> (*decide)(const State&, const Command&, const context&);
  void (*apply)(State&, const Event&);
  result<answer> (*ask)(const State&, const Query&, const context&);
  std::string (*show)(const State&, const entity_id& viewer);
  void (*index)(const State&, std::vector<index_row>&);
};

template <class State, class Command, class Event, class Query,
          const rules_of<State, Command, Event, Query>& Rules>
class typed_entity final : public awake_entity {
 public:
  result<outcome> decide(std::string_view bytes, const context& ctx) override {
    Command command;
    if (!unpack(bytes, command))
      return problem{code::malformed_request, "the command cannot be read"};
    auto decided = Rules.decide(state_, command, ctx);
    if (ctx.expects_another_version() && !(decided && joins(*decided))) {
      // Who may not see it learns no version: the rule alone knows. It says the same of a part.
      if (!decided && hides(decided.problem())) return std::move(decided).problem();
      return version_conflict(ctx.version);
    }
    if (!decided) return std::move(decided).problem();
    outcome out;
    out.effects = std::move(decided->effects);
    if (!decided->events.empty()) apply_events(decided->events, out);
    out.reply = std::move(decided->reply);
    if (std::holds_alternative<shown>(out.reply.what))
      out.reply.what = said{Rules.show(state_, ctx.by)};
    else if (std::holds_alternative<kept>(out.reply.what))
      say_kept_row(out);
    out.settlements = std::move(decided->settlements);
    for (auto& settled : out.settlements)
      if (std::holds_alternative<shown>(settled.what))
        settled.what = said{Rules.show(state_, settled.by)};
    return out;
  }

  result<answer> ask(std::string_view bytes, const context& ctx) const override {
    Query query;
    if (!unpack(bytes, query))
      return problem{code::malformed_request, "the query cannot be read"};
    return Rules.ask(state_, query, ctx);
  }

  void fold(std::string_view bytes) override {
    Event event;
    check(unpack(bytes, event), "a stored event can be read");
    Rules.apply(state_, event);
  }

  void restore(std::string_view bytes) override {
    State state;
    check(unpack(bytes, state), "a stored record can be read");
    state_ = std::move(state);
  }

  std::string snapshot() const override { return packed(state_); }

  std::string show(const entity_id& viewer) const override { return Rules.show(state_, viewer); }

 private:
  void apply_events(const std::vector<Event>& events, outcome& out) {
    std::vector<index_row> before;
    std::vector<index_row> after;
    const bool rows_move = std::any_of(events.begin(), events.end(), may_move_rows);
    if (rows_move) Rules.index(state_, before);
    for (const auto& event : events) {
      Rules.apply(state_, event);
      out.events.push_back(packed(event));
    }
    if (rows_move) Rules.index(state_, after);
    if (before == after) return;
    std::sort(before.begin(), before.end());
    std::sort(after.begin(), after.end());
    std::set_difference(after.begin(), after.end(), before.begin(), before.end(),
                        std::back_inserter(out.rows_put));
    auto same_row = [](const index_row& a, const index_row& b) {
      return std::tie(a.index, a.key) < std::tie(b.index, b.key);
    };
    std::set_difference(before.begin(), before.end(), after.begin(), after.end(),
                        std::back_inserter(out.rows_erased), same_row);
  }

  /// A repetition of what is under way: it was decided on the version that it expects.
  static bool joins(const decision<Event>& made) {
    return std::holds_alternative<later>(made.reply.what) && made.events.empty() &&
           made.effects.empty() && made.settlements.empty();
  }

  static bool hides(const problem& why) {
    return why.code == code::not_found || why.code == code::forbidden;
  }

  static void say_kept_row(outcome& out) {
    const keep_row* row = nullptr;
    for (const auto& effect : out.effects) {
      const auto* one = std::get_if<keep_row>(&effect);
      if (one == nullptr) continue;
      check(row == nullptr, "who answers with a kept row keeps one");
      row = one;
    }
    check(row != nullptr, "who answers with a kept row keeps one");
    out.reply.what = said{row->value};
    out.reply_row = row_place{row->index, row->key};
  }

  /// An event says `static constexpr bool moves_rows = false` when no row depends on it.
  static bool may_move_rows(const Event& event) {
    return std::visit(
        []<class E>(const E&) {
          if constexpr (requires { E::moves_rows; }) return E::moves_rows;
          else return true;
        },
        event);
  }

  State state_;
};

/// After `inline constexpr rules_of<state, command, event, query> rules{decide, apply, ask, show,
/// index};`
/// then `return make_kind<state, command, event, query, rules>("lst", "listing");`
template <class State, class Command, class Event, class Query,
          const rules_of<State, Command, Event, Query>& Rules>
entity_kind make_kind(kind_prefix prefix, std::string_view name,
                      std::vector<std::string_view> hidden = {}) {
  return {prefix, name, []() -> std::unique_ptr<awake_entity> {
            return std::make_unique<typed_entity<State, Command, Event, Query, Rules>>();
          },
          std::move(hidden)};
}

}  // namespace resalehub
