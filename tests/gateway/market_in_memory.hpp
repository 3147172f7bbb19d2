#pragma once
/// The whole market without a node, for tests of the gateway: entities in memory, asked and
/// answered on the spot, effects carried out before the answer is seen. One thread.

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/entity_kind.hpp"
#include "base/ports.hpp"
#include "cluster/request.hpp"

namespace resalehub::testing {

class market_in_memory final : public entity_asker {
 public:
  explicit market_in_memory(clock_port& clock) : clock_(clock) {}

  void ask(resalehub::ask request) override;
  void list(scan request) override;

  /// Delivers the timers that are due.
  void fire_timers();

  push_sink* pushes = nullptr;
  std::function<void()> before_rows;  ///< called once, when rows are asked for
  std::set<kind_prefix> unavailable;  ///< asks of these kinds get shard_unavailable
  std::uint64_t asked = 0;
  std::uint64_t decided = 0;  ///< commands that entities saw

 private:
  struct hosted {
    std::unique_ptr<awake_entity> entity;
    std::uint64_t version = 0;
  };
  struct record {
    std::uint64_t fingerprint = 0;
    answer given;
  };
  struct delivery {
    entity_id from;
    send what;
    request_id request;
  };
  using row_place = std::pair<std::string, std::string>;  ///< index, key

  hosted* find(const entity_id& id);
  result<answer> outcome_of(const resalehub::ask& request, bool& later);
  void carry_out(const entity_id& self, std::vector<effect>& effects, const request_id& cause);
  void settle(std::vector<settlement>& settlements, std::uint64_t version);
  void deliver_all();
  void deliver(delivery next);
  void tell_outcome(const entity_id& sender, const std::string& tag, result<answer> outcome);
  void answer_one(const resalehub::ask& request, result<answer> outcome);

  clock_port& clock_;
  std::map<entity_id, hosted> entities_;
  std::map<request_id, record> records_;
  std::map<request_id, std::vector<resalehub::ask>> waiting_;
  std::map<request_id, std::pair<entity_id, std::string>> waiting_sends_;
  std::map<row_place, listed_row> rows_;
  std::map<std::pair<entity_id, std::string>, arm> timers_;
  std::deque<delivery> outbox_;
  std::uint64_t chance_ = 1;
};

}  // namespace resalehub::testing
