#include "cluster/raft_group.hpp"

#include <algorithm>
#include <deque>
#include <string_view>
#include <utility>

#include "cluster/raft_layout.hpp"
#include "cluster/raft_rs/raft_rs.h"

namespace resalehub {
namespace {

// -- bytes ---------------------------------------------------------------------------------------

const std::uint8_t* as_bytes(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

void put_members(layout_writer& into, const membership& members) {
  for (const auto* list : {&members.voters, &members.learners, &members.outgoing}) {
    into.put_count(list->size());
    for (const auto member : *list) into.put(member);
  }
}

membership take_members(layout_reader& from) {
  membership members;
  for (auto* list : {&members.voters, &members.learners, &members.outgoing}) {
    list->resize(from.take<std::uint32_t>());
    for (auto& member : *list) member = from.take<member_number>();
  }
  return members;
}

std::string encode_start(const raft_group_options& options, const stored_log& stored,
                         std::uint64_t applied) {
  layout_writer into;
  into.put(options.member)
      .put(static_cast<std::uint64_t>(options.election_ticks))
      .put(static_cast<std::uint64_t>(options.heartbeat_ticks))
      .put(options.message_bytes_max)
      .put(static_cast<std::uint64_t>(options.inflight_messages_max))
      .put(applied)
      .put(stored.hard.term)
      .put(stored.hard.vote)
      .put(stored.hard.commit)
      .put(stored.cut_index)
      .put(stored.cut_term);
  put_members(into, options.members);
  into.put_count(stored.entries.size());
  for (const auto& entry : stored.entries)
    into.put(entry.term).put(entry.type).put_sized(entry.data ? *entry.data : std::string_view());
  return into.bytes();
}

// -- the group -----------------------------------------------------------------------------------

struct core_deleter {
  void operator()(resalehub_raft_group* core) const { resalehub_raft_free(core); }
};
using core_pointer = std::unique_ptr<resalehub_raft_group, core_deleter>;

std::string failure_of(const resalehub_raft_group* core) {
  std::size_t size = 0;
  const auto* text = resalehub_raft_failure(core, &size);
  return {reinterpret_cast<const char*>(text), size};
}

class raft_rs_group final : public raft_group {
 public:
  raft_rs_group(core_pointer core, const raft_group_options& options)
      : core_(std::move(core)),
        election_ticks_(options.election_ticks),
        uncommitted_bytes_max_(options.uncommitted_bytes_max) {
    // Until the caller draws one: members differ, and so do the groups of one node.
    election_after(election_ticks_ +
                   static_cast<int>((options.member + options.group) % options.election_ticks));
  }

  /// Stored entries that are not applied: the core will commit them by index alone.
  void restore(const stored_log& stored, std::uint64_t applied) {
    for (auto entry : stored.entries) {
      if (entry.index <= applied) continue;
      if (!entry.data) entry.data = std::make_shared<const std::string>();
      await_commit(entry);
    }
  }

  void tick() override { resalehub_raft_tick(core_.get()); }
  void campaign() override { resalehub_raft_campaign(core_.get()); }
  void step(std::string_view message) override {
    resalehub_raft_step(core_.get(), as_bytes(message), message.size());
  }

  std::optional<std::uint64_t> propose(std::string_view data) override {
    const auto waiting = uncommitted_bytes_ + proposed_bytes_;
    if (waiting > 0 && waiting + data.size() > uncommitted_bytes_max_) return std::nullopt;
    const auto index = resalehub_raft_propose(core_.get(), as_bytes(data), data.size());
    if (index == 0) return std::nullopt;
    proposed_bytes_ += data.size();
    return index;
  }

  bool change_members(const membership& wanted) override {
    layout_writer into;
    put_members(into, wanted);
    const auto& bytes = into.bytes();
    return resalehub_raft_change_members(core_.get(), as_bytes(bytes), bytes.size()) != 0;
  }
  void transfer_leadership(member_number to) override {
    resalehub_raft_transfer_leadership(core_.get(), to);
  }
  void transferred(member_number to, transfer_end how) override {
    resalehub_raft_transferred(core_.get(), to, how == transfer_end::arrived ? 1 : 0);
  }
  void unreachable(member_number member) override {
    resalehub_raft_unreachable(core_.get(), member);
  }

  bool read_index(std::uint64_t context) override {
    return resalehub_raft_read_index(core_.get(), context) != 0;
  }
  void election_after(int ticks) override {
    const auto within = std::clamp(ticks, election_ticks_, 2 * election_ticks_ - 1);
    resalehub_raft_election_after(core_.get(), static_cast<std::uint64_t>(within));
  }

  bool has_ready() override { return resalehub_raft_has_ready(core_.get()) != 0; }

  raft_ready take_ready() override {
    raft_ready ready;
    std::size_t size = 0;
    const auto* bytes = resalehub_raft_take_ready(core_.get(), &size);
    if (size == 0) return ready;
    proposed_bytes_ = 0;
    layout_reader from(bytes, size);
    read_state_of(from, ready);
    const auto committed_first = from.take<std::uint64_t>();
    const auto committed_count = from.take<std::uint64_t>();
    read_entries(from, ready);
    take_committed(committed_first, committed_count, ready.committed);
    read_messages(from, ready);
    read_reads(from, ready);
    if (from.take<std::uint8_t>() != 0) ready.members = take_members(from);
    ready.behind.resize(from.take<std::uint32_t>());
    for (auto& member : ready.behind) member = from.take<member_number>();
    return ready;
  }

  raft_ready persisted(std::uint64_t number) override {
    resalehub_raft_persisted(core_.get(), number);
    return take_ready();
  }
  void applied(std::uint64_t index) override { resalehub_raft_applied(core_.get(), index); }
  bool compact(std::uint64_t index) override {
    return resalehub_raft_compact(core_.get(), index) != 0;
  }

  bool is_leader() const override { return resalehub_raft_is_leader(core_.get()) != 0; }
  std::uint64_t term() const override { return resalehub_raft_term(core_.get()); }
  std::uint64_t term_of(std::uint64_t index) const override {
    return resalehub_raft_term_of(core_.get(), index);
  }
  bool transferring_leadership() const override {
    return resalehub_raft_is_transferring_leadership(core_.get()) != 0;
  }
  std::uint64_t last_index() const override { return resalehub_raft_last_index(core_.get()); }
  membership members() const override {
    std::size_t size = 0;
    const auto* bytes = resalehub_raft_members(core_.get(), &size);
    if (size == 0) return {};
    layout_reader from(bytes, size);
    return take_members(from);
  }
  std::vector<member_progress> progress() const override {
    std::size_t size = 0;
    const auto* bytes = resalehub_raft_progress(core_.get(), &size);
    std::vector<member_progress> others;
    if (size == 0) return others;
    layout_reader from(bytes, size);
    others.resize(from.take<std::uint32_t>());
    for (auto& other : others) {
      other.member = from.take<member_number>();
      other.matched = from.take<std::uint64_t>();
      other.active = from.take<std::uint8_t>() != 0;
      other.transferring = from.take<std::uint8_t>() != 0;
    }
    return others;
  }
  std::uint64_t log_bytes() const override { return resalehub_raft_log_bytes(core_.get()); }
  const std::string& failure() const override {
    if (failure_.empty()) failure_ = failure_of(core_.get());
    return failure_;
  }

 private:
  static void read_state_of(layout_reader& from, raft_ready& ready) {
    ready.number = from.take<std::uint64_t>();
    ready.must_persist = ready.number != 0;
    ready.term = from.take<std::uint64_t>();
    ready.commit = from.take<std::uint64_t>();
    ready.leader = from.take<std::uint64_t>();
    ready.role = static_cast<raft_role>(from.take<std::uint8_t>());
    if (from.take<std::uint8_t>() == 0) return;
    auto& hard = ready.hard.emplace();
    hard.term = from.take<std::uint64_t>();
    hard.vote = from.take<std::uint64_t>();
    hard.commit = from.take<std::uint64_t>();
  }

  void read_entries(layout_reader& from, raft_ready& ready) {
    const auto count = from.take<std::uint32_t>();
    ready.entries.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
      log_entry entry;
      entry.index = from.take<std::uint64_t>();
      entry.term = from.take<std::uint64_t>();
      entry.type = from.take<std::uint8_t>();
      entry.data = std::make_shared<const std::string>(from.take_sized());
      await_commit(entry);
      ready.entries.push_back(std::move(entry));
    }
  }

  static void read_messages(layout_reader& from, raft_ready& ready) {
    const auto count = from.take<std::uint32_t>();
    ready.messages.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
      const auto to = from.take<std::uint64_t>();
      ready.messages.push_back({to, std::string(from.take_sized())});
    }
  }

  static void read_reads(layout_reader& from, raft_ready& ready) {
    const auto count = from.take<std::uint32_t>();
    for (std::uint32_t i = 0; i < count; ++i) {
      const auto index = from.take<std::uint64_t>();
      ready.reads.push_back({index, from.take<std::uint64_t>()});
    }
  }

  /// A new leader's entries replace those that stand from their first index on.
  void await_commit(const log_entry& entry) {
    while (!uncommitted_.empty() && uncommitted_.back().index >= entry.index) {
      uncommitted_bytes_ -= uncommitted_.back().data->size();
      uncommitted_.pop_back();
    }
    uncommitted_.push_back(entry);
    uncommitted_bytes_ += entry.data->size();
  }

  void take_committed(std::uint64_t first, std::uint64_t count, std::vector<log_entry>& into) {
    if (count == 0) return;
    check(count <= uncommitted_.size() && uncommitted_.front().index == first,
          "what is committed follows what was committed before");
    into.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) {
      uncommitted_bytes_ -= uncommitted_.front().data->size();
      into.push_back(std::move(uncommitted_.front()));
      uncommitted_.pop_front();
    }
  }

  core_pointer core_;
  int election_ticks_;
  std::uint64_t uncommitted_bytes_max_;
  std::deque<log_entry> uncommitted_;  ///< handed out to be stored, not yet handed out as committed
  std::uint64_t uncommitted_bytes_ = 0;
  std::uint64_t proposed_bytes_ = 0;  ///< since the last ready
  mutable std::string failure_;
};

problem refuse_start(const raft_group_options& options, const std::string& why) {
  return {code::internal, "group " + std::to_string(options.group) + " cannot start: " + why};
}

std::uint64_t last_of(const stored_log& stored) {
  return stored.cut_index + stored.entries.size();
}

/// 0: the log does not reach there.
std::uint64_t term_at(const stored_log& stored, std::uint64_t index) {
  if (index == stored.cut_index) return stored.cut_term;
  if (index < stored.cut_index || index > last_of(stored)) return 0;
  return stored.entries[index - stored.cut_index - 1].term;
}

/// Empty when state and log fit together, with or without a reset.
std::string contradiction(const raft_group_options& options, const stored_log& stored,
                          std::uint64_t applied) {
  const auto state_at = "the state is at entry " + std::to_string(applied);
  if (applied < stored.cut_index)
    return state_at + ", the log begins after " + std::to_string(stored.cut_index);
  if (applied > last_of(stored) && options.applied_term == 0)
    return state_at + ", the log ends at " + std::to_string(last_of(stored));
  if (applied > 0 && options.members.voters.empty())
    return state_at + " and names no members";
  const bool settled = applied == stored.cut_index || applied <= stored.hard.commit;
  if (settled && log_needs_reset(options, stored, applied) && applied <= last_of(stored))
    return state_at + " of term " + std::to_string(options.applied_term) + ", the log has term " +
           std::to_string(term_at(stored, applied)) + " there";
  return {};
}

/// What is left of a log that the state has gone past. Nobody was promised a vote in a term that
/// the log has not heard of.
stored_log reset_log(const raft_group_options& options, const stored_log& stored,
                     std::uint64_t applied) {
  stored_log begun;
  begun.cut_index = applied;
  begun.cut_term = options.applied_term;
  begun.hard = stored.hard;
  begun.hard.commit = applied;
  if (begun.hard.term < options.applied_term) begun.hard = {options.applied_term, 0, applied};
  return begun;
}

}  // namespace

bool log_needs_reset(const raft_group_options& options, const stored_log& stored,
                     std::uint64_t applied) {
  return options.applied_term != 0 && term_at(stored, applied) != options.applied_term;
}

result<std::unique_ptr<raft_group>> raft_group::start(const raft_group_options& options,
                                                      const stored_log& stored,
                                                      std::uint64_t applied) {
  if (const auto why = contradiction(options, stored, applied); !why.empty())
    return refuse_start(options, why);
  const bool reset = log_needs_reset(options, stored, applied);
  const auto begun = reset ? reset_log(options, stored, applied) : stored_log();
  const auto& log = reset ? begun : stored;
  const auto start = encode_start(options, log, applied);
  core_pointer core(resalehub_raft_start(as_bytes(start), start.size()));
  if (const auto why = failure_of(core.get()); !why.empty()) return refuse_start(options, why);
  auto group = std::make_unique<raft_rs_group>(std::move(core), options);
  group->restore(log, applied);
  return std::unique_ptr<raft_group>(std::move(group));
}

}  // namespace resalehub
