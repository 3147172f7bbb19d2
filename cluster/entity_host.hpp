#pragma once
/// Hosts the entities of one partition while this node leads it: wakes them, lets them decide ahead
/// of the commit, gathers what they decided into batches for the log, and answers when a batch is
/// committed and, for what wrote nothing, when leadership is confirmed (ReadIndex).
/// Confined to its partition's actor, which calls it and owns the Raft group.
///
/// Invariants: an answer never leaves before all that it saw is committed; a request id takes
/// effect once; what is decided is lost only together with the leadership.

#include <caf/actor_addr.hpp>
#include <caf/fwd.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cluster/awake_table.hpp"
#include "cluster/commit_rows.hpp"
#include "cluster/entity_actor.hpp"
#include "cluster/outbox.hpp"
#include "cluster/timers.hpp"
#include "cluster/work_table.hpp"

namespace resalehub {

class entity_host {
 public:
  entity_host(caf::event_based_actor& partition, keys::partition_number number,
              const host_ports& ports, const host_limits& limits);

  // -- what arrives -------------------------------------------------------------------------------
  void accept(ask request);
  void list(scan request);
  void decided(considered reached);
  void entity_died(const caf::actor_addr& who);
  void heard(std::vector<answered_ask> answers);
  void heard(outside_answer answer);
  void tick();

  // -- leadership ---------------------------------------------------------------------------------
  void lead();                        ///< everything committed before is applied
  void follow(const problem& why);    ///< all speculation ends here
  bool leading() const { return leading_; }
  /// The leadership is to move: what runs is finished, timers and deliveries begin nothing new ...
  void settle_down() { settling_ = true; }
  bool settled() const;                     ///< ... and nothing runs any more
  void go_on() { settling_ = false; }

  // -- the log ------------------------------------------------------------------------------------
  bool has_batch() const { return !current_.rows.empty(); }
  std::size_t batch_bytes() const { return current_.rows.bytes().size(); }
  std::string take_batch();              ///< closes the current batch: propose these bytes ...
  void proposed(std::uint64_t index);    ///< ... and say which entry it became
  void committed(std::uint64_t index);
  void applied(std::uint64_t index);

  // -- confirmation of leadership -----------------------------------------------------------------
  bool wants_confirmation() const { return !unconfirmed_.empty(); }
  std::vector<std::uint64_t> take_unconfirmed();
  void retry_confirmation(std::vector<std::uint64_t> works);
  void confirmed(const std::vector<std::uint64_t>& works);

  void deliver_answers() { works_.deliver(); }

 private:
  struct batch {
    std::uint64_t number = 0;
    std::uint64_t index = 0;
    write_list rows;
    std::vector<std::uint64_t> works;   ///< to answer once it is committed
    commit_effects effects;
    std::vector<std::string> fired;     ///< timers whose rows it erases
  };
  struct waiting_scan {
    std::uint64_t index = 0;  ///< served once this is applied ...
    bool confirmed = false;   ///< ... and it is known that nobody else leads
    scan request;
  };

  bool is_full(const ask& request) const;
  bool repeated(ask& request);
  void forward(std::uint64_t number);
  void refuse(const considered& reached, work& entry, const problem& why);
  void conclude(std::uint64_t number, work& entry, result<answer> outcome);
  void write(std::uint64_t number, work& entry, considered& reached, outcome& made);
  void settle(const considered& reached, const work& cause, const settlement& settled);
  commit_place place_of(const considered& reached, const work& entry) const;
  void consume(work& entry);
  /// The batch up to which everything is as far as the outcome of this work needs it.
  std::uint64_t reached_for(const work& entry) const {
    return entry.ask.mode == ask_mode::inspect ? applied_batch_ : committed_batch_;
  }
  void finish_if_ready(std::uint64_t number);
  void forget_if_over(std::uint64_t number, const work& entry);
  void finish_internal(const work& entry);
  void delivery_ended(const std::string& key, const std::string& tag, result<std::string> outcome);
  void fire(std::string key, std::string command);
  void serve_scans();
  void serve(const scan& request);
  void forget_old_requests(instant now);

  keys::partition_number number_;
  const host_ports& ports_;
  host_limits limits_;
  awake_table awake_;
  work_table works_;
  outbox outbox_;
  timers timers_;
  bool leading_ = false;
  bool settling_ = false;
  std::uint32_t cleaned_day_ = 0;
  std::uint64_t forgetting_ = 0;  ///< the batch that erases old request records
  request_days request_days_;
  batch current_;
  std::deque<batch> flights_;     ///< proposed, in order; committed ones stay until applied
  std::uint64_t committed_batch_ = 0;
  std::uint64_t applied_batch_ = 0;
  std::uint64_t committed_index_ = 0;
  std::uint64_t applied_index_ = 0;
  std::vector<std::uint64_t> unconfirmed_;
  std::map<std::uint64_t, waiting_scan> scans_;  ///< by number, of which works have none
  std::uint64_t next_scan_;
};

}  // namespace resalehub
