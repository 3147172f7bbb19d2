#pragma once
/// The words of an entity's test: given(rules, self, {history}).when(who, command).then(events...),
/// or .refused(code). And the three that end every entity's test: a matrix of every command in
/// every phase, random walks that keep an invariant, golden bytes.

#include <catch2/catch.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "base/typed_entity.hpp"

namespace resalehub::given_words {

inline constexpr instant noon{1'767'268'800'000};  // 2026-01-01T12:00:00Z

/// The n-th id of a kind, always the same; all of them in one place.
template <class Id>
Id nth(std::uint8_t n) {
  ulid unique{};
  unique[0] = 1;
  unique[15] = n;
  return {slot_number{7}, unique};
}

inline request_id nth_request(std::uint8_t n) {
  request_id request;
  request.bytes[0] = 1;
  request.bytes[15] = n;
  return request;
}

template <class... Ts>
std::string_view name_of_alternative(const std::variant<Ts...>& value) {
  return std::visit([]<class T>(const T&) { return type_name<T>(); }, value);
}

/// What came of a command.
template <class State, class Event>
class told {
 public:
  told(State before, result<decision<Event>> outcome, void (*fold)(State&, const Event&))
      : state_(std::move(before)), outcome_(std::move(outcome)) {
    if (outcome_.ok())
      for (const auto& e : outcome_->events) fold(state_, e);
  }

  /// Exactly these events.
  template <class... Es>
  const told& then(Es... expected) const {
    must_be_accepted();
    const std::vector<Event> events{Event{std::move(expected)}...};
    INFO("events: " << names());
    CHECK((outcome_->events == events));
    return *this;
  }
  /// Exactly events of these types.
  template <class... Es>
  const told& then_a() const {
    must_be_accepted();
    INFO("events: " << names());
    std::size_t at = 0;
    CHECK(outcome_->events.size() == sizeof...(Es));
    CHECK((... && (at < outcome_->events.size() &&
                   std::holds_alternative<Es>(outcome_->events[at++]))));
    return *this;
  }
  const told& refused(code which) const {
    INFO("accepted with: " << names());
    REQUIRE(!outcome_.ok());
    INFO(outcome_.problem().detail);
    CHECK(row_of(outcome_.problem().code).name == row_of(which).name);
    return *this;
  }
  const told& says_later() const {
    must_be_accepted();
    CHECK(std::holds_alternative<later>(outcome_->reply.what));
    return *this;
  }
  /// Settles this request with the problem, or shown when there is none.
  const told& settles(const request_id& request, std::optional<code> with = {}) const {
    must_be_accepted();
    std::size_t met = 0;
    for (const auto& one : outcome_->settlements) {
      if (one.request != request) continue;
      ++met;
      const auto* why = std::get_if<problem>(&one.what);
      CHECK((why ? std::optional{why->code} : std::nullopt) == with);
    }
    CHECK(met == 1);
    return *this;
  }

  const State& state() const { return state_; }
  const problem& why() const { return outcome_.problem(); }
  const decision<Event>& made() const { return *outcome_; }
  template <class Effect>
  std::vector<Effect> effects() const {
    std::vector<Effect> found;
    for (const auto& one : outcome_->effects)
      if (const auto* effect = std::get_if<Effect>(&one)) found.push_back(*effect);
    return found;
  }
  /// The packed answer as a struct.
  template <class Answer>
  Answer said_as() const {
    must_be_accepted();
    Answer answer;
    REQUIRE(unpack(std::get<said>(outcome_->reply.what).bytes, answer));
    return answer;
  }

 private:
  void must_be_accepted() const {
    INFO((outcome_.ok() ? std::string{} : outcome_.problem().detail));
    REQUIRE(outcome_.ok());
  }
  std::string names() const {
    std::string all;
    if (outcome_.ok())
      for (const auto& e : outcome_->events) (all += name_of_alternative(e)) += ' ';
    return all;
  }

  State state_;
  result<decision<Event>> outcome_;
};

/// An entity with a history.
template <class State, class Command, class Event, class Query>
class given {
 public:
  using rules_type = rules_of<State, Command, Event, Query>;

  given(const rules_type& rules, const entity_id& self, const std::vector<Event>& history = {})
      : rules_(rules), self_(self) {
    for (const auto& e : history) rules_.apply(state_, e);
  }

  given& at(instant when) { return now_ = when, *this; }
  given& asked_as(const request_id& request) { return request_ = request, *this; }

  told<State, Event> when(const entity_id& who, Command c) const {
    return {state_, rules_.decide(state_, c, context_of(who)), rules_.apply};
  }
  /// The state after an accepted command.
  given& after(const entity_id& who, Command c) {
    auto outcome = when(who, std::move(c));
    INFO("a command of the history is accepted");
    outcome.made();
    state_ = outcome.state();
    return *this;
  }
  result<answer> ask(const entity_id& who, Query q) const {
    return rules_.ask(state_, q, context_of(who));
  }
  std::string shown_to(const entity_id& who) const { return rules_.show(state_, who); }
  std::vector<index_row> rows() const {
    std::vector<index_row> found;
    rules_.index(state_, found);
    return found;
  }
  const State& state() const { return state_; }
  const rules_type& rules() const { return rules_; }
  context context_of(const entity_id& who) const {
    return {self_, who, now_, request_, state_.version, 42};
  }

 private:
  rules_type rules_;
  entity_id self_;
  State state_;
  instant now_ = noon;
  request_id request_ = nth_request(1);
};

}  // namespace resalehub::given_words
