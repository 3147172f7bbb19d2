#pragma once
/// A market in one thread, of rules alone: entities, their outbox, timers and the payment port,
/// with effects carried out in a seeded random order, repeated, and late. What a kill does to a
/// node (a lost answer, a delivery made again, an entity woken from its record) happens here all
/// the time.

#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/entity_kind.hpp"

namespace resalehub {

/// What the runtime below may or may not do.
struct world_habits {
  double repeat = 0.2;  ///< chance that a delivery is made again later
  bool remembers_refusals = false;  ///< as request records always do answers
  double sleep = 0.1;   ///< chance that an entity is woken anew before a command
  double haste = 0.02;  ///< chance that a timer fires though deliveries are waiting
};

class market_world {
 public:
  market_world(std::uint64_t seed, world_habits habits) : chance_(seed), habits_(habits) {}

  /// A client's command, delivered at some time; the number under which its answer is found.
  std::size_t ask(const entity_id& to, const entity_id& by, std::string command);
  /// The same as its client's repetition of an earlier one.
  void ask_again(std::size_t number);
  const std::optional<result<std::string>>& answer_of(std::size_t number) const {
    return asks_.at(number).outcome;
  }

  /// One delivery or one timer; false when nothing is left to happen.
  bool step();
  /// Until nothing is left to happen; the bound is far above what any process needs.
  void run();

  template <class State>
  State state_of(const entity_id& id) {
    State state;
    check(unpack(host_of(id).awake->snapshot(), state), "a snapshot can be read");
    return state;
  }
  std::vector<entity_id> all_of(kind_prefix kind) const;
  const std::set<std::pair<std::string, std::string>>& rows() const { return rows_; }
  std::uint64_t draw(std::uint64_t below) { return chance_() % below; }
  instant now() const { return now_; }

  /// Called after each commit.
  void (*watch)(market_world&, const entity_id&) = nullptr;

 private:
  struct host {
    std::unique_ptr<awake_entity> awake;
    std::uint64_t version = 0;
    std::map<request_id, result<std::string>> records;
  };
  struct delivery {
    entity_id to;
    entity_id by;
    std::string command;
    request_id request;
    entity_id answer_to;  ///< nobody: no answer is wanted
    std::string tag;
    int repeats = 0;
  };
  struct asked {
    entity_id to;
    entity_id by;
    std::string command;
    request_id request;
    std::optional<result<std::string>> outcome;
  };
  struct timer {
    instant at;
    std::string command;
  };

  bool likely(double chance) { return std::uniform_real_distribution{0.0, 1.0}(chance_) < chance; }
  host& host_of(const entity_id& id);
  void deliver(std::size_t at);
  void fire_next_timer();
  /// Nothing while the answer is to come later.
  std::optional<result<std::string>> decide(const delivery& d);
  void commit(const entity_id& self, outcome& made);
  void carry_out(const entity_id& self, effect& e);
  void send_back(const delivery& d, const result<std::string>& came);
  void settle(const request_id& request, const result<std::string>& came);
  request_id fresh_request();

  std::mt19937_64 chance_;
  world_habits habits_;
  instant now_{1'767'268'800'000};
  std::map<entity_id, host> hosts_;
  std::vector<delivery> deliveries_;
  std::map<std::pair<entity_id, std::string>, timer> timers_;
  std::vector<asked> asks_;
  std::set<std::pair<std::string, std::string>> rows_;
  std::uint64_t requests_ = 0;
};

}  // namespace resalehub
