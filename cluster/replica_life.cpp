// How a replica begins and ends: at its node's start, as a new member, and when it is retired.

#include "cluster/replica.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/bug.hpp"
#include "base/check.hpp"
#include "base/log.hpp"
#include "base/message_pack.hpp"
#include "cluster/election.hpp"

namespace resalehub {
namespace {

/// What a group begins with: as if its first entry had named its founder. A log that begins behind
/// it makes every later member start from a state transfer, which brings the members along.
constexpr applied_position beginning{1, 1};

/// What the log's writer calls the end of a member by.
constexpr std::uint64_t retirement = 1;

/// A log that goes on from here; who was voted for counts in its term only.
hard_state hard_from(hard_state hard, const applied_position& at) {
  if (hard.term < at.term) hard = {at.term, 0, at.index};
  hard.commit = at.index;
  return hard;
}

}  // namespace

void replica::open(stored_log stored) {
  auto at = ports_.store->applied(options_.partition);
  if (const auto bytes = ports_.store->members(options_.partition); !bytes.empty())
    check(unpack(bytes, members_), "stored members can be read");
  member_ = stored.member;
  retired_ = stored.retired;
  const auto first = member_of(options_.node, 1);
  const bool untouched = retired_ == 0 && (member_ == 0 || member_ == first);
  if (options_.founder && untouched && at.index == 0 && stored.cut_index <= beginning.index) {
    at = beginning;
    if (stored.cut_index == 0) begin_first_log(stored);
    found();
  }
  if (member_ == 0) {
    // It was retired, and its node ended before the rows were gone.
    if (at.index > 0 || at.mixed_until > 0) drop_rows();
    return;
  }
  if (log_needs_reset(group_options(at), stored, at.index)) begin_log_at(at, stored);
  if (broken(bug::hard_state_dropped)) stored.hard.term = stored.hard.vote = 0;
  if (broken(bug::entry_skipped) && at.index < stored.hard.commit) ++at.index;
  hard_ = stored.hard;
  mixed_until_ = at.mixed_until;
  start_group(stored, at);
}

void replica::begin_first_log(stored_log& stored) {
  member_ = member_of(options_.node, 1);
  begin_log_at(beginning, stored);
}

/// Also after a crash that kept the log and lost the state's unsynced beginning.
void replica::found() {
  members_ = {{{member_}, {}, {}}, beginning.index};
  ports_.applier->submit(applied_entries{options_.partition, beginning.index, beginning.term, {},
                                         packed(members_)});
}

raft_group_options replica::group_options(const applied_position& at) const {
  raft_group_options options;
  options.group = options_.partition;
  options.member = member_;
  options.members = members_.members;
  options.applied_term = at.term;
  options.election_ticks = options_.election_ticks;
  options.heartbeat_ticks = options_.heartbeat_ticks;
  return options;
}

/// A transfer has brought the state this far: the log goes on behind it.
void replica::begin_log_at(const applied_position& at, stored_log& stored) {
  stored = {member_, retired_, hard_from(stored.hard, at), at.index, at.term, {}};
  ports_.writer->submit({options_.partition, 0, {}, {}, {},
                         log_reset{member_, retired_, at.index, at.term, stored.hard}});
}

void replica::start_group(const stored_log& stored, const applied_position& at) {
  auto started = raft_group::start(group_options(at), stored, at.index);
  role_ = raft_role::follower;
  committed_ = applied_ = covered_ = at.index;
  silent_ticks_ = 0;
  if (!started) {
    // The state is older than the log allows: a disk has lost what it had synced. The node ends,
    // and its fellows have the rest.
    log_event(log_level::error, "group_refused",
              {{"partition", options_.partition}, {"why", started.problem().detail}});
    throw std::runtime_error(started.problem().detail);
  }
  group_ = std::move(*started);
  draw_election(0);
  const auto& voters = members_.members.voters;
  if (!members_.members.joint() && voters.size() == 1 && voters.front() == member_)
    group_->campaign();
}

void replica::create(member_number as) {
  member_ = as;
  members_ = {};
  hard_ = {};
  mixed_until_ = 0;
  ports_.writer->submit(
      {options_.partition, 0, {}, {}, {}, log_reset{member_, retired_, 0, 0, {}}});
  start_group(stored_log{member_, retired_, {}, 0, 0, {}}, {});
}

/// This member is gone for ever; its node keeps nothing but its number. The rows go when that is
/// durable: a log whose state is gone would not open again.
void replica::retire() {
  log_event(log_level::info, "replica_retired", {{"partition", options_.partition}});
  in_.give_up();
  stop_leading();
  group_.reset();
  role_ = raft_role::follower;
  appends_forsaken_ += std::exchange(appends_under_way_, 0);
  retired_ = std::max(retired_, std::exchange(member_, 0));
  members_ = {};
  retiring_ = true;
  ports_.writer->submit(
      {options_.partition, retirement, {}, {}, {}, log_reset{0, retired_, 0, 0, {}}});
  if (std::exchange(told_.node, 0) != 0) owner_.leader_told(told_);
}

void replica::drop_rows() {
  retiring_ = false;
  members_ = {};
  if (broken(bug::retired_keeps_rows)) return;
  ports_.applier->drop(options_.partition);
  ++drops_under_way_;
}

void replica::fail_group() {
  log_event(log_level::error, "group_failed",
            {{"partition", options_.partition}, {"why", group_->failure()}});
  in_.give_up();
  group_.reset();
  appends_forsaken_ += std::exchange(appends_under_way_, 0);
  role_ = raft_role::follower;
  stop_leading();
  if (std::exchange(told_.node, 0) != 0) owner_.leader_told(told_);
}

void replica::draw_election(member_number leader) {
  const election_setting at{options_.partition, member_, leader, options_.election_ticks};
  group_->election_after(election_wait(at, members_.members, ports_.entropy->next()));
}

}  // namespace resalehub
