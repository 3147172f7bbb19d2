#pragma once
/// Sees every entry that a node stores and applies, and knows at once when two of them disagree.
///   R3  an entry of one term at one index is the same wherever it is stored
///   R4  what one node applies at an index, all apply there
///   R6  no node applies backwards within a life
/// One thread.

#include <cstdint>
#include <functional>
#include <map>
#include <string>

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
  void appended(machine_number machine, const log_append& append);
  void applying(machine_number machine, const applied_entries& entries);
  void transferred(machine_number machine, const transfer_chunk& chunk);
  void dropped(machine_number machine, group_number group);

  std::uint64_t entries_applied() const { return entries_applied_; }

  /// Between a node and its real writer or applier.
  std::unique_ptr<inline_log_writer> watched(machine_number machine,
                                             std::unique_ptr<inline_log_writer> inner);
  std::unique_ptr<inline_applier> watched(machine_number machine,
                                          std::unique_ptr<inline_applier> inner);

 private:
  struct entry {
    std::uint64_t term = 0;
    std::uint64_t hash = 0;
    friend bool operator==(const entry&, const entry&) = default;
  };
  struct view {
    std::map<std::uint64_t, entry> entries;
    std::uint64_t applied = 0;
  };
  void store(group_number group, view& of, const log_entry& one);

  violated told_;
  std::map<std::pair<machine_number, group_number>, view> views_;
  std::map<std::pair<group_number, std::uint64_t>, entry> agreed_;
  std::map<std::tuple<group_number, std::uint64_t, std::uint64_t>, std::uint64_t> made_;
  std::uint64_t entries_applied_ = 0;
};

}  // namespace resalehub::simulation
