#include "cluster/partition_actor.hpp"

#include <caf/send.hpp>
#include <utility>

#include "base/log.hpp"

namespace resalehub {
namespace {

/// While so many appends are being synced, decisions gather into the next entry: the log's cost is
/// paid per entry, and the writer would make them wait anyway.
constexpr int appends_under_way_max = 1;

problem leadership_moved() {
  return {code::shard_unavailable, "the leadership of this partition moved"};
}

}  // namespace

partition_actor::partition_actor(caf::actor_config& config, std::shared_ptr<partition_setup> setup)
    : event_based_actor(config),
      setup_(std::move(setup)),
      host_(*this, setup_->number, setup_->ports, setup_->limits),
      committed_(setup_->applied.index),
      applied_(setup_->applied.index),
      next_round_(setup_->ports.entropy->next()) {
  auto started = raft_group::start(setup_->raft, setup_->stored, setup_->applied.index);
  if (!started) {
    log_event(log_level::error, "group_refused",
              {{"partition", setup_->number}, {"why", started.problem().detail}});
    return;
  }
  group_ = std::move(*started);
  setup_->stored = {};
  if (setup_->raft.members.voters.size() == 1) group_->campaign();
}

caf::behavior partition_actor::make_behavior() {
  set_down_handler([this](caf::down_msg& message) {
    host_.entity_died(message.source);
    request_flush();
  });
  return {[this](ask& request) {
            setup_->waiting->fetch_sub(1, std::memory_order_relaxed);
            host_.accept(std::move(request));
            request_flush();
          },
          [this](considered& reached) {
            host_.decided(std::move(reached));
            request_flush();
          },
          [this](scan& request) {
            setup_->waiting->fetch_sub(1, std::memory_order_relaxed);
            host_.list(std::move(request));
          },
          [this](partition_flush) {
            flush_requested_ = false;
            flush();
          },
          [this](append_durable durable) {
            --appends_under_way_;
            if (group_) carry_out(group_->persisted(durable.ready));
            flush();
          },
          [this](entries_applied notice) { applied(notice); },
          [this](partition_tick) {
            if (group_) group_->tick();
            host_.tick();
            flush();
          },
          [this](std::vector<answered_ask>& answers) {
            host_.heard(std::move(answers));
            request_flush();
          },
          [this](outside_answer& answer) {
            host_.heard(std::move(answer));
            request_flush();
          }};
}

void partition_actor::on_exit() {
  host_.follow({code::shard_unavailable, "this node is stopping"});
  host_.deliver_answers();
}

void partition_actor::request_flush() {
  if (std::exchange(flush_requested_, true)) return;
  caf::anon_send(this, partition_flush{});
}

void partition_actor::flush() {
  if (group_) {
    propose();
    confirm_leadership();
    drain_group();
  }
  host_.deliver_answers();
}

void partition_actor::propose() {
  const bool must_wait = appends_under_way_ >= appends_under_way_max &&
                         host_.batch_bytes() < setup_->limits.batch_bytes_max;
  if (unproposed_.empty()) {
    if (!host_.has_batch() || must_wait) return;
    unproposed_ = host_.take_batch();
  }
  if (const auto index = group_->propose(unproposed_)) {
    unproposed_.clear();
    host_.proposed(*index);
  } else if (!group_->is_leader()) {
    stop_leading(leadership_moved());
  }  // else too much is in flight: it is proposed again with the next flush
}

/// One round of heartbeats confirms all that wait; what the group cannot take now asks again.
void partition_actor::confirm_leadership() {
  if (!host_.wants_confirmation()) return;
  auto works = host_.take_unconfirmed();
  if (group_->read_index(next_round_)) rounds_.emplace(next_round_++, std::move(works));
  else host_.retry_confirmation(std::move(works));
}

void partition_actor::drain_group() {
  while (group_ && group_->has_ready()) carry_out(group_->take_ready());
}

void partition_actor::carry_out(raft_ready ready) {
  if (!group_->failure().empty()) return stop_group();
  if (ready.must_persist) {
    ++appends_under_way_;
    setup_->writer->submit(
        {setup_->number, ready.number, std::move(ready.entries), ready.hard, std::nullopt});
  }
  change_role(ready.role);
  if (!ready.committed.empty()) {
    applied_entries entries{setup_->number, ready.committed.back().index,
                            ready.committed.back().term, {}};
    for (auto& entry : ready.committed)
      if (entry.data && !entry.data->empty()) entries.lists.push_back(std::move(entry.data));
    committed_ = entries.index;
    setup_->applier->submit(std::move(entries));
    host_.committed(committed_);
  }
  for (const auto& read : ready.reads) {
    auto round = rounds_.extract(read.context);
    if (!round.empty()) host_.confirmed(round.mapped());
  }
}

void partition_actor::change_role(raft_role role) {
  if (role == role_) return;
  const bool led = role_ == raft_role::leader;
  role_ = role;
  if (led) stop_leading(leadership_moved());
}

void partition_actor::stop_leading(const problem& why) {
  rounds_.clear();
  unproposed_.clear();
  host_.follow(why);
  if (std::exchange(announced_, false) && setup_->leadership_changed)
    setup_->leadership_changed(setup_->number, false);
}

/// A new leader decides nothing before everything of earlier terms is applied here.
void partition_actor::lead_when_applied() {
  if (role_ != raft_role::leader || host_.leading() || !group_) return;
  if (applied_ < committed_ || group_->term_of(applied_) != group_->term()) return;
  host_.lead();
  announced_ = true;
  if (setup_->leadership_changed) setup_->leadership_changed(setup_->number, true);
}

void partition_actor::applied(const entries_applied& notice) {
  if (notice.index > applied_) {
    applied_ = notice.index;
    if (group_) group_->applied(applied_);
    host_.applied(applied_);
    lead_when_applied();
  }
  if (notice.covered && group_ && notice.index > covered_) {
    covered_ = notice.index;
    if (group_->log_bytes() > setup_->log_kept_bytes) {
      const auto term = group_->term_of(covered_);
      if (term != 0 && group_->compact(covered_))
        setup_->writer->submit(
            {setup_->number, 0, {}, std::nullopt, log_entry{covered_, term, 0, nullptr}});
    }
  }
  request_flush();
}

void partition_actor::stop_group() {
  log_event(log_level::error, "group_failed",
            {{"partition", setup_->number}, {"why", group_->failure()}});
  group_.reset();
  stop_leading({code::shard_unavailable, "this partition has stopped on this node"});
}

}  // namespace resalehub
