#include "tests/simulation/log_watch.hpp"

#include <algorithm>
#include <utility>

#include "base/message_pack.hpp"
#include "cluster/raft_group.hpp"
#include "storage/big_endian.hpp"
#include "tests/simulation/stable_hash.hpp"

namespace resalehub::simulation {
namespace {

constexpr std::size_t version_bytes = 8;

std::string replica_of(machine_number machine, group_number group) {
  return "machine " + std::to_string(machine) + ", partition " + std::to_string(group);
}
std::string at_entry(machine_number machine, group_number group, std::uint64_t index) {
  return replica_of(machine, group) + ", entry " + std::to_string(index);
}

std::size_t majority_of(const membership& of) {
  const auto fewest = of.joint() ? std::min(of.voters.size(), of.outgoing.size())
                                 : of.voters.size();
  return fewest / 2 + 1;
}

class watched_writer final : public inline_log_writer {
 public:
  watched_writer(log_watch& watch, machine_number machine,
                 std::unique_ptr<inline_log_writer> inner)
      : watch_(watch), machine_(machine), inner_(std::move(inner)) {}
  void submit(log_append append) override {
    watch_.appended(machine_, append);
    submitted_.push_back(append);
    inner_->submit(std::move(append));
  }
  bool run_once() override {
    const auto taken = std::exchange(submitted_, {});
    const bool did = inner_->run_once();  // throws when the disk fails
    for (const auto& append : taken) watch_.durable(machine_, append);
    return did;
  }
  bool idle() const override { return inner_->idle(); }
  log_writer_figures figures() const override { return inner_->figures(); }

 private:
  log_watch& watch_;
  const machine_number machine_;
  std::unique_ptr<inline_log_writer> inner_;
  std::vector<log_append> submitted_;
};

class watched_applier final : public inline_applier {
 public:
  watched_applier(log_watch& watch, machine_number machine, std::unique_ptr<inline_applier> inner)
      : watch_(watch), machine_(machine), inner_(std::move(inner)) {}
  void submit(applied_entries entries) override {
    watch_.applying(machine_, entries);
    inner_->submit(std::move(entries));
  }
  void submit(transfer_chunk chunk) override {
    watch_.transferred(machine_, chunk);
    inner_->submit(std::move(chunk));
  }
  void drop(keys::partition_number partition) override {
    watch_.dropped(machine_, partition);
    inner_->drop(partition);
  }
  void sync_now() override { inner_->sync_now(); }
  bool run_once() override { return inner_->run_once(); }
  bool idle() const override { return inner_->idle(); }

 private:
  log_watch& watch_;
  const machine_number machine_;
  std::unique_ptr<inline_applier> inner_;
};

}  // namespace

class log_watch::event_counter final : public write_visitor {
 public:
  explicit event_counter(version_table& versions) : versions_(versions) {}
  void put(family where, std::string_view key, std::string_view) override {
    if (where != family::events) return;
    const auto version = big_endian_at<std::uint64_t>(key, key.size() - version_bytes);
    key.remove_suffix(version_bytes);
    auto found = versions_.find(key);
    if (found == versions_.end()) found = versions_.emplace(key, 0).first;
    found->second = std::max(found->second, version);
  }
  void erase(family, std::string_view) override {}
  void erase_range(family, std::string_view, std::string_view) override {}

 private:
  version_table& versions_;
};

void log_watch::store(group_number group, view& of, const log_entry& one) {
  stable_hash hash;
  hash.add(one.type);
  if (one.data) hash.add(*one.data);
  const entry made{one.term, hash.value(), carries_writes(one)};
  of.entries[one.index] = made;
  const auto [at, fresh] = made_.try_emplace({group, one.index, one.term}, made.hash);
  if (!fresh && at->second != made.hash)
    told_("R3", "two different entries of term " + std::to_string(one.term) + " at partition " +
                    std::to_string(group) + ", index " + std::to_string(one.index));
}

void log_watch::opened(machine_number machine, group_number group, const stored_log& stored,
                       std::uint64_t applied) {
  auto& of = views_[{machine, group}];
  const auto where = replica_of(machine, group);
  compare(where, of, stored);
  if (stored.cut_index > std::max<std::uint64_t>(applied, 1))
    told_("R8", where + ": the log begins behind entry " + std::to_string(stored.cut_index) +
                    ", the state ends at " + std::to_string(applied));
  view now;
  now.retired = std::max(of.retired, stored.retired);
  now.applied = applied;
  now.member = now.durable_member = stored.member;
  now.hard = now.durable_hard = stored.hard;
  for (const auto& one : stored.entries) {
    store(group, now, one);
    hold(machine, group, one);
    now.durable_terms[one.index] = one.term;
  }
  of = std::move(now);
}

void log_watch::replaced(machine_number machine) {
  std::erase_if(views_, [&](const auto& one) { return one.first.first == machine; });
}

/// What was written but never called durable may be there too, and replace what was.
void log_watch::compare(const std::string& where, const view& before, const stored_log& stored) {
  if (before.durable_member != stored.member || stored.member == 0) return;
  const auto& hard = before.durable_hard;
  if (stored.hard.term < hard.term)
    told_("R1", where + ": term " + std::to_string(hard.term) + " was stored and is lost");
  if (stored.hard.term == hard.term && hard.vote != 0 && stored.hard.vote != hard.vote)
    told_("R1", where + ": a vote in term " + std::to_string(hard.term) + " is lost");
  for (const auto& [index, term] : before.durable_terms) {
    if (index <= stored.cut_index) continue;
    const auto last = stored.cut_index + stored.entries.size();
    const auto there = std::min(index, last) - stored.cut_index;
    const auto found = there == 0 ? 0 : stored.entries[there - 1].term;
    if (found > term || (found == term && index <= last)) continue;
    return told_("R1", where + ": entry " + std::to_string(index) + " of term " +
                           std::to_string(term) + " was durable and is lost");
  }
}

void log_watch::promise(const std::string& where, view& of, const hard_state& hard) {
  if (hard.term < of.hard.term)
    told_("R2", where + " goes back from term " + std::to_string(of.hard.term) + " to " +
                    std::to_string(hard.term));
  if (hard.term == of.hard.term && of.hard.vote != 0 && hard.vote != of.hard.vote)
    told_("R2", where + " votes twice in term " + std::to_string(hard.term));
  of.hard = hard;
}

void log_watch::hold(machine_number machine, group_number group, const log_entry& one) {
  const place where{group, one.index};
  if (!agreed_.contains(where)) holders_[where][one.term].add(machine);
}

void log_watch::durable(machine_number machine, const log_append& append) {
  auto& of = views_[{machine, append.group}];
  auto& terms = of.durable_terms;
  if (append.reset) {
    terms.clear();
    of.durable_member = append.reset->member;
    of.durable_hard = append.reset->hard;
  }
  if (append.hard) of.durable_hard = *append.hard;
  if (append.entries.empty()) return;
  terms.erase(terms.lower_bound(append.entries.front().index), terms.end());
  for (const auto& one : append.entries) {
    terms[one.index] = one.term;
    hold(machine, append.group, one);
  }
}

void log_watch::appended(machine_number machine, const log_append& append) {
  auto& of = views_[{machine, append.group}];
  const auto where = replica_of(machine, append.group);
  if (append.reset) {
    const auto& reset = *append.reset;
    of.entries.clear();
    if (reset.member != 0 && reset.member <= of.retired)
      told_("R9", where + ": member " + std::to_string(reset.member) + " comes back");
    of.retired = std::max(of.retired, reset.retired);
    if (std::exchange(of.member, reset.member) != reset.member) of.hard = {};
    promise(where, of, reset.hard);
  }
  if (append.hard) promise(where, of, *append.hard);
  if (append.entries.empty()) return;
  of.entries.erase(of.entries.lower_bound(append.entries.front().index), of.entries.end());
  for (const auto& one : append.entries) store(append.group, of, one);
}

void log_watch::applying(machine_number machine, const applied_entries& entries) {
  auto& of = views_[{machine, entries.partition}];
  if (entries.index <= of.applied && of.applied > 1)
    told_("R6", at_entry(machine, entries.partition, entries.index) + " is applied behind " +
                    std::to_string(of.applied));
  if (entries.members) {
    stored_membership changed;
    check(unpack(*entries.members, changed), "stored members can be read");
    members_[entries.partition][changed.index] = changed.members;
  }
  count_events(entries);
  auto expected = of.applied;
  std::size_t lists = 0;
  for (auto at = of.entries.upper_bound(of.applied);
       at != of.entries.end() && at->first <= entries.index; ++at) {
    ++entries_applied_;
    expected += at->first == expected + 1;
    lists += at->second.writes;
    const auto [found, fresh] = agreed_.try_emplace({entries.partition, at->first}, at->second);
    if (fresh && !on_majority(entries.partition, at->first, at->second.term))
      told_("R7", at_entry(machine, entries.partition, at->first) +
                      " is applied, and not durable on a majority");
    if (!fresh && found->second != at->second)
      told_("R4", at_entry(machine, entries.partition, at->first) + " is of term " +
                      std::to_string(at->second.term) + ", elsewhere of term " +
                      std::to_string(found->second.term));
  }
  const bool skips = expected != entries.index || lists != entries.lists.size();
  if (skips && entries.index > 1)
    told_("R5", at_entry(machine, entries.partition, of.applied + 1) + " and behind: up to " +
                    std::to_string(entries.index) + " not all is applied");
  of.applied = entries.index;
}

void log_watch::count_events(const applied_entries& entries) {
  event_counter counter(versions_);
  for (const auto& list : entries.lists)
    check(visit(*list, counter), "a committed write list can be read");
}

std::uint64_t log_watch::committed_version(keys::partition_number partition,
                                           const entity_id& of) const {
  auto key = keys::event(partition, of, 0);
  key.resize(key.size() - version_bytes);
  const auto found = versions_.find(key);
  return found == versions_.end() ? 0 : found->second;
}

/// Of the members as of the entry, or of those before them: it may have been agreed on then.
bool log_watch::on_majority(group_number group, std::uint64_t index, std::uint64_t term) {
  const auto held = holders_.extract(place{group, index});
  const auto& configurations = members_[group];
  auto newest = configurations.upper_bound(index);
  if (newest == configurations.begin()) return true;
  const auto& members = (--newest)->second;
  while (newest != configurations.begin() && newest->second == members) --newest;
  const auto needed = std::min(majority_of(members), majority_of(newest->second));
  if (held.empty()) return false;
  const auto at = held.mapped().find(term);
  return at != held.mapped().end() && at->second.count() >= needed;
}

void log_watch::transferred(machine_number machine, const transfer_chunk& chunk) {
  auto& of = views_[{machine, chunk.partition}];
  if (chunk.as_of.index <= of.applied)
    told_("R6", at_entry(machine, chunk.partition, chunk.as_of.index) +
                    " is transferred over entry " + std::to_string(of.applied));
  if (chunk.last != 0) of.applied = chunk.as_of.index;
}

void log_watch::dropped(machine_number machine, group_number group) {
  auto& of = views_[{machine, group}];
  if (of.durable_member != 0)
    told_("R8", replica_of(machine, group) + ": the state goes before its log has ended");
  of.applied = 0;
}

std::unique_ptr<inline_log_writer> log_watch::watched(machine_number machine,
                                                      std::unique_ptr<inline_log_writer> inner) {
  return std::make_unique<watched_writer>(*this, machine, std::move(inner));
}

std::unique_ptr<inline_applier> log_watch::watched(machine_number machine,
                                                   std::unique_ptr<inline_applier> inner) {
  return std::make_unique<watched_applier>(*this, machine, std::move(inner));
}

}  // namespace resalehub::simulation
