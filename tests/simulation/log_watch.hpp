#pragma once
/// Sees every entry that a node stores and applies, and knows at once when two of them disagree.
///   R1  a start finds all that the log's writer called durable, entries, term and vote
///   R2  a member's term never goes back, and it votes for one only in a term
///   R3  an entry of one term at one index is the same wherever it is stored
///   R4  what one node applies at an index, all apply there
///   R5  a node applies entry after entry and skips none
///   R6  no node goes backwards within a life, by entries or by a transfer
///   R7  nobody applies what is not durable on a majority of the group's voters
///   R8  a log does not begin behind the end of its state, which does not go before the log does
///   R9  a member that is retired never comes back
/// And it knows for A2 (an answer shows nothing that is not committed) what is.
/// One thread.

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "cluster/membership.hpp"
#include "storage/applier.hpp"
#include "storage/log_writer.hpp"
#include "tests/simulation/machine.hpp"

namespace resalehub::simulation {

class log_watch {
 public:
  using violated = std::function<void(std::string invariant, std::string sentence)>;
  explicit log_watch(violated told) : told_(std::move(told)) {}

  void opened(machine_number machine, group_number group, const stored_log& stored,
              std::uint64_t applied);
  /// Its disk is gone: what was durable there counts no more.
  void replaced(machine_number machine);
  void durable(machine_number machine, const log_append& append);
  void appended(machine_number machine, const log_append& append);
  void applying(machine_number machine, const applied_entries& entries);
  void transferred(machine_number machine, const transfer_chunk& chunk);
  void dropped(machine_number machine, group_number group);

  std::uint64_t entries_applied() const { return entries_applied_; }
  /// How many of an entity's events are committed, as far as anybody has applied.
  std::uint64_t committed_version(keys::partition_number partition, const entity_id& of) const;

  /// Between a node and its real writer or applier.
  std::unique_ptr<inline_log_writer> watched(machine_number machine,
                                             std::unique_ptr<inline_log_writer> inner);
  std::unique_ptr<inline_applier> watched(machine_number machine,
                                          std::unique_ptr<inline_applier> inner);

 private:
  struct entry {
    std::uint64_t term = 0;
    std::uint64_t hash = 0;
    bool writes = false;  ///< there is something to apply
    friend bool operator==(const entry&, const entry&) = default;
  };
  struct view {
    std::map<std::uint64_t, entry> entries;
    std::uint64_t applied = 0;
    std::uint64_t member = 0;
    std::uint64_t retired = 0;
    hard_state hard;
    /// As of the last round of the writer that ended well.
    std::map<std::uint64_t, std::uint64_t> durable_terms;
    hard_state durable_hard;
    std::uint64_t durable_member = 0;
  };
  class event_counter;
  using version_table = std::map<std::string, std::uint64_t, std::less<>>;
  using place = std::pair<group_number, std::uint64_t>;

  void store(group_number group, view& of, const log_entry& one);
  void compare(const std::string& where, const view& before, const stored_log& stored);
  void promise(const std::string& where, view& of, const hard_state& hard);
  void hold(machine_number machine, group_number group, const log_entry& one);
  void count_events(const applied_entries& entries);
  bool on_majority(group_number group, std::uint64_t index, std::uint64_t term);

  violated told_;
  std::map<std::pair<machine_number, group_number>, view> views_;
  std::map<place, entry> agreed_;
  /// Where entries that nobody has applied are durable, by term.
  std::map<place, std::map<std::uint64_t, machine_set>> holders_;
  std::map<group_number, std::map<std::uint64_t, membership>> members_;
  std::map<std::tuple<group_number, std::uint64_t, std::uint64_t>, std::uint64_t> made_;
  std::uint64_t entries_applied_ = 0;
  /// By the key of an entity's events, without the version at its end.
  version_table versions_;
};

}  // namespace resalehub::simulation
