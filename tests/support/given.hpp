#pragma once
/// The words of an entity's test: given(rules, self, {history}).when(who, command).then(events...),
/// or .refused(code). And the three that end every entity's test: a matrix of every command in
/// every phase, random walks that keep an invariant, golden bytes.

#include <catch2/catch.hpp>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <random>
#include <set>
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

// -- every command in every phase -----------------------------------------------------------------

/// One row a command, one column a phase: "ok", "-" (accepted, nothing happened) or the refusal.
template <class Given, class Command>
std::string matrix(const std::vector<std::pair<std::string, Given>>& phases,
                   const std::vector<std::pair<entity_id, Command>>& commands) {
  std::string out;
  for (const auto& [who, c] : commands) {
    out += name_of_alternative(c);
    out += ':';
    for (const auto& [name, in_phase] : phases) {
      const auto outcome = in_phase.rules().decide(in_phase.state(), c, in_phase.context_of(who));
      out += ' ';
      if (!outcome.ok()) out += row_of(outcome.problem().code).name;
      else out += outcome->events.empty() ? "-" : "ok";
    }
    out += '\n';
  }
  return out;
}

// -- random walks ---------------------------------------------------------------------------------

/// Draws commands, folds what is accepted, and after each step checks the invariant and that the
/// packed state comes back identical. Returns how many were accepted.
template <class Given, class Draw, class Invariant>
std::size_t walk(Given start, std::uint64_t seed, Draw draw, Invariant holds) {
  std::mt19937_64 chance{seed};
  std::size_t accepted = 0;
  auto state = start.state();
  for (int step = 0; step < 200; ++step) {
    const auto [who, command] = draw(chance, state);
    auto ctx = start.context_of(who);
    ctx.now = noon + milliseconds{step * 1000};
    ctx.chance = chance();
    ctx.version = state.version;
    for (auto& byte : ctx.request.bytes) byte = static_cast<std::uint8_t>(chance());
    const auto outcome = start.rules().decide(state, command, ctx);
    if (!outcome.ok()) continue;
    ++accepted;
    for (const auto& e : outcome->events) {
      auto again = e;
      REQUIRE(unpack(packed(e), again));
      REQUIRE((again == e));
      start.rules().apply(state, again);
    }
    INFO("seed " << seed << ", step " << step << ": " << name_of_alternative(command));
    holds(state);
    auto copy = state;
    REQUIRE(unpack(packed(state), copy));
    REQUIRE(packed(copy) == packed(state));
  }
  return accepted;
}

// -- golden bytes ---------------------------------------------------------------------------------

inline std::string as_hex(std::string_view bytes) {
  std::string out;
  for (const unsigned char c : bytes) {
    out += "0123456789abcdef"[c >> 4];
    out += "0123456789abcdef"[c & 15];
  }
  return out;
}
inline std::string from_hex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out += static_cast<char>(std::stoi(std::string{hex.substr(i, 2)}, nullptr, 16));
  return out;
}

/// tests/golden/<entity>.hex has lines `event hex`. Every line ever written must decode; the bytes
/// of today's samples must be among them. Lines are added when an event gains a field, never
/// changed. To add them (the test itself writes nothing), from the root:
///   RESALEHUB_GOLDEN=print build/tests/actors/actors_test "golden*" |
///     awk '/^golden: /{print $3, $4 >> ("tests/golden/" $2 ".hex")}'
template <class Event>
void check_golden(const std::string& entity, const std::vector<Event>& samples) {
  const auto path = std::string{RESALEHUB_TESTS} + "/golden/" + entity + ".hex";
  std::ifstream file{path};
  std::set<std::string> lines;
  std::string name;
  std::string hex;
  while (file >> name >> hex) {
    lines.insert(name + ' ' + hex);
    INFO(entity << '.' << name);
    Event decoded;
    REQUIRE(unpack(from_hex(hex), decoded));
    CHECK(name_of_alternative(decoded) == name);
  }
  std::set<std::size_t> kinds;
  for (const auto& sample : samples) {
    kinds.insert(sample.index());
    const auto line = std::string{name_of_alternative(sample)} + ' ' + as_hex(packed(sample));
    const bool known = lines.contains(line);
    if (!known && std::getenv("RESALEHUB_GOLDEN"))
      std::cout << "golden: " << entity << ' ' << line << '\n';
    INFO("not in " << path << ": " << line);
    CHECK(known);
  }
  CHECK(kinds.size() == std::variant_size_v<Event>);
}

}  // namespace resalehub::given_words
