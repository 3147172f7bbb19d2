#pragma once
/// The three that end every entity's test: a matrix of every command in every phase, random walks
/// that keep an invariant, golden bytes.

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/support/given.hpp"
#include "tests/support/hex.hpp"

namespace resalehub::given_words {

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

using testing::as_hex;
using testing::from_hex;

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
