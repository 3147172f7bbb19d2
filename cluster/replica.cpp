#include "cluster/replica.hpp"

#include <algorithm>
#include <utility>

#include "base/bug.hpp"
#include "base/check.hpp"
#include "base/message_pack.hpp"

namespace resalehub {
namespace {

/// A member this close to the end of the log counts as caught up.
constexpr std::uint64_t caught_up_entries = 64;

std::uint64_t life_of(member_number member) { return member & UINT32_MAX; }

}  // namespace

replica::replica(const replica_options& options, const replica_ports& ports, replica_owner& owner)
    : options_(options),
      ports_(ports),
      owner_(owner),
      out_({options.partition, ports.store, ports.out, ports.entropy},
           [this](member_number to, transfer_end how) {
             if (group_) group_->transferred(to, how);
           }),
      in_(*ports.out, *ports.applier) {
  told_.partition = options_.partition;
}

// -- what arrives ---------------------------------------------------------------------------------

void replica::tick() {
  if (!group_) return;
  group_->tick();
  out_.tick();
  silent_ticks_ = is_leader() ? 0 : silent_ticks_ + 1;
}

void replica::durable(std::uint64_t ready) {
  if (appends_forsaken_ > 0 && !broken(bug::former_append_counted)) {
    --appends_forsaken_;
    return;
  }
  if (retiring_) return drop_rows();
  check(appends_under_way_ > 0, "what became durable was under way");
  --appends_under_way_;
  if (group_ && !in_.whole()) carry_out(group_->persisted(ready));
}

void replica::arrived(const raft_steps& message) {
  if (node_of(message.to) != options_.node) return;
  if (message.to <= retired_ && !broken(bug::retired_answers)) return;
  if (message.to != member_) {
    if (message.to < member_) return;
    if (member_ != 0) retire();
    if (retiring_) return;  // its leader says it again
    create(message.to);
  }
  // Between the last chunk and the group's new beginning nothing may be promised of the old log.
  if (!group_ || in_.whole()) return;
  // Others that were removed like us speak to us for ever.
  if (node_of(message.from) == told_.node) silent_ticks_ = 0;
  for (const auto& step : message.steps) group_->step(step);
}

void replica::arrived(transfer_part part) {
  if (!group_ || part.to != member_)
    return transfer_in::answer_end(*ports_.out, part, transfer_end::failed);
  if (in_.whole()) return;  // another one, of what is about to be there
  const auto& as_of = part.chunk.as_of;
  const bool has_come = group_->term_of(as_of.index) == as_of.term;  // the log itself
  if (has_come && !broken(bug::transfer_over_newer)) {
    in_.give_up();
    return transfer_in::answer_end(*ports_.out, part, transfer_end::arrived);
  }
  in_.arrived(std::move(part), committed_);
}

void replica::arrived(const transfer_taken& said) { out_.taken(said); }

/// A member's number holds the index of the entry that added it: who has come so far and does not
/// find it among the members knows that it was removed since. Said only under a leader, which the
/// remaining ones have found without it: until then they may need its vote.
std::optional<retired_member> replica::judge(const still_member& question) const {
  if (!group_ || told_.node == 0 || committed_ < life_of(question.member)) return std::nullopt;
  if (members_.members.holds(question.member)) return std::nullopt;
  return retired_member{options_.partition, question.member};
}

void replica::arrived(const retired_member& verdict) {
  if (member_ != 0 && verdict.member == member_) retire();
}

void replica::disconnected(node_number from) {
  if (!group_ || !is_leader()) return;
  for (const auto* list : {&members_.members.voters, &members_.members.learners})
    for (const auto member : *list)
      if (node_of(member) == from) group_->unreachable(member);
}

void replica::applied(const entries_applied& notice) {
  if (drops_under_way_ > 0 || !group_) (void)in_.forget(notice.chunks);
  if (drops_under_way_ > 0) {  // what comes before the drop's own notice is of a former member
    if (notice.covered && notice.index == 0) --drops_under_way_;
    return;
  }
  if (!group_) return;
  mixed_until_ = notice.mixed_until;
  if (notice.chunks > 0 && in_.written(notice.chunks)) return take_over(in_.newest());
  if (notice.index > applied_) {
    applied_ = notice.index;
    group_->applied(applied_);
    owner_.applied(applied_);
    lead_when_applied();
  }
  const bool covered = notice.covered || broken(bug::log_cut_uncovered);
  if (covered && notice.index > covered_) cut_log(notice.index);
}

/// The state has come by a transfer; the log begins anew behind it.
void replica::take_over(const transfer_chunk& last) {
  if (!broken(bug::transfer_keeps_members))
    check(unpack(last.members, members_), "members of a transfer can be read");
  appends_forsaken_ += std::exchange(appends_under_way_, 0);
  stored_log stored;
  stored.hard = hard_;
  begin_log_at(last.as_of, stored);
  hard_ = stored.hard;
  mixed_until_ = 0;
  count(ports_.figures, &host_figures::transfers);
  in_.finish();
  start_group(stored, last.as_of);
}

/// An entry that an active member still needs is kept until the tail grows out of all proportion.
void replica::cut_log(std::uint64_t covered) {
  covered_ = covered;
  const auto bytes = group_->log_bytes();
  if (bytes <= options_.log_kept_bytes) return;
  auto until = covered;
  if (is_leader() && bytes <= 4 * options_.log_kept_bytes)
    for (const auto& other : group_->progress())
      if (other.active && !other.transferring) until = std::min(until, other.matched);
  const auto term = group_->term_of(until);
  if (term != 0 && group_->compact(until))
    ports_.writer->submit(
        {options_.partition, 0, {}, std::nullopt, log_entry{until, term, 0, nullptr}, {}});
}

// -- what the group is ready for ------------------------------------------------------------------

std::optional<std::uint64_t> replica::propose(std::string_view bytes) {
  return group_ ? group_->propose(bytes) : std::nullopt;
}

bool replica::read_index(std::uint64_t context) { return group_ && group_->read_index(context); }

void replica::transfer_leadership(member_number to) {
  if (group_ && is_leader()) group_->transfer_leadership(to);
}

void replica::carry_out(const group_order& order) {
  if (!group_ || !is_leader() || order.index != members_.index) return;
  membership wanted{order.voters, order.learners, {}};
  const auto life = static_cast<std::uint32_t>(group_->last_index() + 1);
  for (const auto node : order.added) wanted.learners.push_back(member_of(node, life));
  std::sort(wanted.voters.begin(), wanted.voters.end());
  std::sort(wanted.learners.begin(), wanted.learners.end());
  // A leader does not remove itself: the leadership moves first.
  if (wanted.votes(member_)) (void)group_->change_members(wanted);
}

void replica::drain() {
  while (group_ && group_->has_ready()) carry_out(group_->take_ready());
  if (group_ && !group_->failure().empty()) fail_group();  // it has nothing ready any more
}

void replica::carry_out(raft_ready ready) {
  if (!group_->failure().empty()) return fail_group();
  send(ready);
  persist(ready);
  change_role(ready);
  apply(ready);
  for (const auto& read : ready.reads) owner_.confirmed(read.context);
  if (broken(bug::acknowledged_unsynced) && ready.must_persist && group_)
    carry_out(group_->persisted(ready.number));
}

void replica::send(raft_ready& ready) {
  std::size_t first = 0;
  while (first < ready.messages.size()) {
    raft_steps steps{options_.partition, member_, ready.messages[first].to, {}};
    std::size_t next = first;
    for (; next < ready.messages.size() && ready.messages[next].to == steps.to; ++next)
      steps.steps.push_back(std::move(ready.messages[next].bytes));
    if (!ports_.out->send(node_of(steps.to), lane::urgent, steps)) group_->unreachable(steps.to);
    first = next;
  }
  for (const auto to : ready.behind) {
    // A mixture is nobody's state: the group asks again after its next heartbeat.
    if (applied_ < mixed_until_) group_->transferred(to, transfer_end::failed);
    else if (!out_.sends_to(to)) out_.begin(member_, to);
  }
}

void replica::persist(raft_ready& ready) {
  if (!ready.must_persist) return;
  if (ready.hard) hard_ = *ready.hard;
  ++appends_under_way_;
  ports_.writer->submit(
      {options_.partition, ready.number, std::move(ready.entries), ready.hard, {}, {}});
}

void replica::apply(raft_ready& ready) {
  if (ready.committed.empty()) return;
  in_.give_up();
  applied_entries entries{options_.partition, ready.committed.back().index,
                          ready.committed.back().term, {}, {}};
  for (auto& entry : ready.committed)
    if (carries_writes(entry)) entries.lists.push_back(std::move(entry.data));
  committed_ = entries.index;
  if (ready.members) {
    members_ = {*ready.members, committed_};
    entries.members = packed(members_);
    draw_election(ready.leader);  // who stands first is another one now
  }
  ports_.applier->submit(std::move(entries));
  owner_.committed(committed_);
}

// -- leadership -----------------------------------------------------------------------------------

void replica::change_role(const raft_ready& ready) {
  const bool led = is_leader();
  const leader_hint now{options_.partition, node_of(ready.leader), ready.term};
  const bool new_leader = now.node != told_.node || now.term != told_.term;
  if (ready.role != role_ || new_leader) draw_election(ready.leader);
  role_ = ready.role;
  if (led && !is_leader()) stop_leading();
  if (!led && is_leader()) count(ports_.figures, &host_figures::elections);
  if (broken(bug::leads_unapplied)) lead_when_applied();
  if (!new_leader) return;
  told_ = now;
  owner_.leader_told(told_);
}

/// A new leader decides nothing before everything of earlier terms is applied here.
void replica::lead_when_applied() {
  if (!is_leader() || leads_ || !group_ || applied_ < mixed_until_) return;
  const bool behind = applied_ < committed_ || group_->term_of(applied_) != group_->term();
  if (behind && !broken(bug::leads_unapplied)) return;
  leads_ = true;
  owner_.leads();
}

void replica::stop_leading() {
  out_.stop();
  if (!std::exchange(leads_, false)) return;
  owner_.follows({code::shard_unavailable, "the leadership of this partition moved"});
}

/// A follower knows how long its leader was silent, not how far it lags behind it.
bool replica::readable() const { return leads_; }

std::optional<group_report> replica::report() const {
  if (!group_ || !is_leader()) return std::nullopt;
  group_report said{options_.partition, members_.members, member_, members_.index,
                    {member_},          {member_},        0};
  for (const auto& other : group_->progress()) {
    if (!other.active) continue;
    said.active.push_back(other.member);
    if (!other.transferring && other.matched + caught_up_entries >= group_->last_index())
      said.caught_up.push_back(other.member);
  }
  return said;
}

}  // namespace resalehub
