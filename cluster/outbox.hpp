#pragma once
/// At-least-once delivery of `send` and `call` effects of one partition. A row stays until the
/// commit that takes note of its outcome; whoever leads the partition then delivers what is left.
/// Requests carry ids that derive from the row's key, so a repetition takes effect once. Confined
/// to the partition's actor.

#include <caf/actor_addr.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "cluster/host_ports.hpp"
#include "cluster/stored.hpp"

namespace resalehub {

/// What came of a call through an outside port.
struct outside_answer {
  std::uint64_t ticket = 0;
  result<std::string> outcome;
};

class outbox {
 public:
  /// A delivery ended: the sender hears of it (when tagged) or the row is erased.
  using ended = std::function<void(const std::string& key, const std::string& tag,
                                   result<std::string> outcome)>;

  outbox(caf::actor_addr partition, const host_ports& ports, const host_limits& limits,
         ended on_end);

  void enqueue(std::string key, queued_effect effect);
  void load(
      keys::partition_number partition);  ///< all rows that are there: a new leader's first act
  void pump(steady_instant now);  ///< starts what the window allows, retries what is due
  void heard(std::uint64_t ticket, result<std::string> outcome, steady_instant now);
  /// Its outcome could not be taken note of.
  void again(const std::string& key, steady_instant now);
  void erased(const std::string& key);          ///< its row is gone, or will be with a commit
  void clear();
  std::size_t size() const { return items_.size(); }

  /// What may be otherwise next time, for a delivery that must not be lost.
  static bool may_pass(const problem& why);

 private:
  struct item {
    queued_effect effect;
    int attempts = 0;
  };
  /// Entities answer soon, the outside when it likes: neither waits for the other's window.
  struct lane {
    std::deque<std::string> ready;
    std::size_t under_way = 0;
  };
  struct delivery {
    std::string key;
    lane* of = nullptr;
  };
  lane& lane_of(const queued_effect& effect);
  void make_ready(const std::string& key);
  void start_some(lane& of, steady_instant now);
  void start(const std::string& key, item& entry, steady_instant now);

  caf::actor_addr partition_;  ///< weak: the partition owns its outbox
  const host_ports& ports_;
  host_limits limits_;
  ended on_end_;
  std::shared_ptr<answer_sink> sink_;
  std::unordered_map<std::string, item> items_;
  lane sends_;
  lane calls_;
  std::multimap<steady_instant, std::string> retries_;
  std::unordered_map<std::uint64_t, delivery> under_way_;  ///< by ticket
  std::uint64_t next_ticket_ = 1;
};

}  // namespace resalehub

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::outside_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<resalehub::answered_ask>)
