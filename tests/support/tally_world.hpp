#pragma once
/// An actor world of tallies, and ways to speak to them. For tests; one thread.

#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <string>

#include "tests/support/actor_world.hpp"
#include "tests/support/tally.hpp"

namespace resalehub::testing {

inline const entity_kind* tallies(kind_prefix prefix) {
  return prefix == tally::kind().prefix ? &tally::kind() : nullptr;
}

inline tally::tally_id numbered(int n, slot_number slot = 0) {
  return {slot, derived_ulid("tally", std::to_string(n))};
}

struct tally_world : actor_world {
  explicit tally_world(world_options options = {}) : actor_world(tallies, options) { start(); }

  resalehub::ask command(tally::tally_id to, const tally::command& c) {
    resalehub::ask request;
    request.to = to;
    request.body = tally::packed_command(c);
    return request;
  }
  resalehub::ask keyed(tally::tally_id to, const tally::command& c, const std::string& key) {
    auto request = command(to, c);
    request.mode = ask_mode::keyed;
    request.request = derived_request("test", key);
    request.fingerprint = std::hash<std::string>{}(request.body);
    return request;
  }
  std::string tell(tally::tally_id to, const tally::command& c) {
    auto outcome = answer_to(command(to, c));
    REQUIRE(outcome);
    if (!*outcome) return std::string(row_of(outcome->problem().code).name);
    return (**outcome).bytes;
  }
  std::string shown(tally::tally_id id) {
    resalehub::ask request;
    request.to = id;
    request.mode = ask_mode::query;
    request.body = tally::packed_read();
    auto outcome = answer_to(std::move(request));
    REQUIRE(outcome);
    REQUIRE(outcome->ok());
    return (**outcome).bytes;
  }
};

struct heard_answers final : answer_sink {
  std::map<std::uint64_t, result<answer>> all;
  void deliver(std::vector<answered_ask> batch) override {
    for (auto& [ticket, outcome] : batch) all.emplace(ticket, std::move(outcome));
  }
  void deliver_scan(answered_scan) override {}
};

}  // namespace resalehub::testing
