#include "cluster/partition_actor.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <utility>

#include "base/bug.hpp"
#include "base/log.hpp"

namespace resalehub {
namespace {

/// Ticks between two questions of a member that hears of no leader.
constexpr int lonely_ticks_between = 20;

problem too_much() { return {code::overloaded, "this partition has too much work"}; }

}  // namespace

partition_actor::partition_actor(caf::actor_config& config, std::shared_ptr<partition_setup> setup)
    : event_based_actor(config),
      setup_(std::move(setup)),
      replica_(setup_->options, setup_->replica, *this),
      host_(*this, setup_->options.partition, setup_->ports, setup_->limits),
      next_round_(broken(bug::tickets_reused) ? 0 : setup_->ports.entropy->next()) {
  setup_->made.store(true, std::memory_order_release);
}

caf::behavior partition_actor::make_behavior() {
  check(setup_->made.load(std::memory_order_acquire), "it was made before it begins");
  break_with(*this, setup_->doors.broken);
  replica_.open(std::exchange(setup_->stored, {}));
  set_down_handler([this](caf::down_msg& message) {
    host_.entity_died(message.source);
    request_flush();
  });
  caf::message_handler own{[this](ask& request) {
                             setup_->waiting->fetch_sub(1, std::memory_order_relaxed);
                             accept(std::move(request));
                             request_flush();
                           },
                           [this](considered& reached) {
                             host_.decided(std::move(reached));
                             close_full_batch();
                             request_flush();
                           },
                           [this](scan& request) {
                             setup_->waiting->fetch_sub(1, std::memory_order_relaxed);
                             list(std::move(request));
                             request_flush();
                           },
                           [this](partition_flush) {
                             flush_requested_ = false;
                             flush();
                           },
                           [this](append_durable durable) {
                             replica_.durable(durable.ready);
                             flush();
                           },
                           [this](entries_applied notice) {
                             replica_.applied(notice);
                             request_flush();
                           },
                           [this](partition_tick) { tick(); },
                           [this](std::vector<answered_ask>& answers) {
                             host_.heard(std::move(answers));
                             request_flush();
                           },
                           [this](outside_answer& answer) {
                             host_.heard(std::move(answer));
                             request_flush();
                           }};
  return own.or_else(from_peers());
}

caf::message_handler partition_actor::from_peers() {
  return {[this](raft_steps& message) {
            if (!takes_in()) return;
            replica_.arrived(message);
            request_flush();
          },
          [this](transfer_part& part) {
            if (!takes_in()) return;
            replica_.arrived(std::move(part));
            request_flush();
          },
          [this](transfer_taken& said) {
            replica_.arrived(said);
            request_flush();
          },
          [this](still_member_asked& asked) {
            if (const auto verdict = replica_.judge(asked.question))
              (void)setup_->replica.out->send(asked.by, lane::urgent, *verdict);
          },
          [this](retired_member& verdict) {
            replica_.arrived(verdict);
            request_flush();
          },
          [this](peer_lost lost) { replica_.disconnected(lost.node); },
          [this](group_order& order) { carry_out(order); },
          [this](handover_wanted& wanted) {
            begin_handover(*wanted.round);
            wanted.round->answered.fetch_add(1);
          },
          [this](report_wanted& wanted) { report(wanted.by); }};
}

void partition_actor::on_exit() {
  host_.follow({code::shard_unavailable, "this node is stopping"});
  host_.deliver_answers();
}

// -- asks -----------------------------------------------------------------------------------------

void partition_actor::accept(ask request) {
  ++load_;
  if (takes_on()) {
    host_.accept(std::move(request));
  } else if (!replica_.is_leader()) {
    setup_->doors.ask_elsewhere(std::move(request));
  } else if (held_asks_.size() < setup_->limits.works_max) {
    held_asks_.push_back(std::move(request));
  } else if (request.sink) {
    request.sink->deliver({{request.ticket, too_much()}});
  }
}

void partition_actor::list(scan request) {
  if (takes_on()) {
    host_.list(std::move(request));
  } else if (!replica_.is_leader()) {
    setup_->doors.list_elsewhere(std::move(request));
  } else if (held_scans_.size() < setup_->limits.works_max) {
    held_scans_.push_back(std::move(request));
  } else {
    request.sink->deliver_scan({request.ticket, too_much()});
  }
}

/// What was held is taken on, or goes where the leader is.
void partition_actor::let_go() {
  for (auto& request : std::exchange(held_asks_, {})) accept(std::move(request));
  for (auto& request : std::exchange(held_scans_, {})) list(std::move(request));
}

// -- rounds ---------------------------------------------------------------------------------------

void partition_actor::tick() {
  replica_.tick();
  host_.tick();
  if (handover_ && ++handover_->ticks > 2 * setup_->options.election_ticks) end_handover();
  if (replica_.lonely() && ++lonely_ticks_ % lonely_ticks_between == 0)
    setup_->doors.tell_all(still_member{setup_->options.partition, replica_.member()});
  flush();
}

void partition_actor::request_flush() {
  if (std::exchange(flush_requested_, true)) return;
  caf::anon_send(this, partition_flush{});
}

void partition_actor::flush() {
  if (replica_.exists()) {
    propose();
    confirm_leadership();
    hand_over();
    replica_.drain();
  }
  if (!replica_.is_leader()) handover_.reset();
  if (takes_on() || !replica_.is_leader()) let_go();
  if (setup_->readable)
    setup_->readable->store(replica_.readable(), std::memory_order_relaxed);
  host_.deliver_answers();
}

/// While an append is being synced, decisions gather into the next entry: the log's cost is paid
/// per entry, and the writer would make them wait anyway.
void partition_actor::propose() {
  const bool must_wait =
      replica_.appends_wait() && host_.batch_bytes() < setup_->limits.batch_bytes_max;
  if (unproposed_.empty()) {
    if (!host_.has_batch() || must_wait) return;
    unproposed_ = host_.take_batch();
  }
  if (const auto index = replica_.propose(unproposed_)) {
    unproposed_.clear();
    host_.proposed(*index);
  }  // else too much is in flight, or the leadership is going: the next flush tries again
}

/// However much is decided before the flush: an entry is no larger than its limit and one decision,
/// as long as the group takes entries.
void partition_actor::close_full_batch() {
  if (replica_.is_leader() && host_.batch_bytes() >= setup_->limits.batch_bytes_max) propose();
}

/// One round of heartbeats confirms all that wait; what the group cannot take now asks again.
void partition_actor::confirm_leadership() {
  if (!host_.wants_confirmation()) return;
  auto works = host_.take_unconfirmed();
  if (broken(bug::reads_unconfirmed)) return host_.confirmed(works);
  if (replica_.read_index(next_round_)) rounds_.emplace(next_round_++, std::move(works));
  else host_.retry_confirmation(std::move(works));
}

// -- what the replica says ------------------------------------------------------------------------

void partition_actor::committed(std::uint64_t index) { host_.committed(index); }

void partition_actor::applied(std::uint64_t index) { host_.applied(index); }

void partition_actor::confirmed(std::uint64_t context) {
  auto round = rounds_.extract(context);
  if (!round.empty()) host_.confirmed(round.mapped());
}

void partition_actor::leads() {
  host_.lead();
  setup_->doors.leadership_changed(setup_->options.partition, true);
}

void partition_actor::follows(const problem& why) {
  rounds_.clear();
  unproposed_.clear();
  handover_.reset();
  host_.follow(why);
  setup_->doors.leadership_changed(setup_->options.partition, false);
}

void partition_actor::leader_told(const leader_hint& who) { setup_->doors.leader_told(who); }

// -- orders ---------------------------------------------------------------------------------------

void partition_actor::carry_out(const group_order& order) {
  switch (order.what) {
    case order_kind::change:
      replica_.carry_out(order);
      break;
    case order_kind::lead:
      if (!host_.leading() || handover_ || order.to == replica_.member()) return;
      if (!replica_.members().votes(order.to)) return;
      handover_ = handover{order.to};
      host_.settle_down();
      break;
  }
  request_flush();
}

/// To a voter that could lead at once; partitions take turns, so that no node gets all of them.
void partition_actor::begin_handover(handover_round& round) {
  const auto known = replica_.report();
  if (!known || known->members.voters.size() < 2) return;
  round.leading.fetch_add(1);
  if (!host_.leading() || handover_) return;
  std::vector<member_number> heirs;
  for (const auto member : known->caught_up)
    if (member != replica_.member() && known->members.votes(member)) heirs.push_back(member);
  if (heirs.empty()) return;
  std::sort(heirs.begin(), heirs.end());
  handover_ = handover{heirs[setup_->options.partition % heirs.size()]};
  host_.settle_down();
  request_flush();
}

void partition_actor::hand_over() {
  if (!handover_ || handover_->asked || !unproposed_.empty() || !host_.settled()) return;
  handover_->asked = true;
  replica_.transfer_leadership(handover_->to);
}

/// It did not come to pass: work goes on here.
void partition_actor::end_handover() {
  handover_.reset();
  host_.go_on();
}

void partition_actor::report(const caf::actor& by) {
  partition_report said{setup_->options.partition, replica_.exists(), replica_.report()};
  if (said.leads) said.leads->load = load_;
  load_ = 0;
  caf::anon_send(by, std::move(said));
}

}  // namespace resalehub
