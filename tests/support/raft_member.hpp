#pragma once
/// A Raft group with a disk that survives it, for tests; one thread. What a ready asks for is
/// stored at once unless the test takes the ready itself.

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "cluster/raft_group.hpp"

namespace resalehub::testing {

struct member {
  raft_group_options options;
  stored_log disk;
  std::uint64_t applied_index = 0;  ///< what its state store has
  std::vector<std::string> applied_data;
  std::vector<raft_message> outbox;
  std::vector<read_state> reads;
  std::vector<member_number> behind;
  std::unique_ptr<raft_group> group;

  void start() {
    auto started = raft_group::start(options, disk, applied_index);
    REQUIRE(started.ok());
    group = std::move(started).value();
  }

  void store(const raft_ready& ready) {
    if (ready.hard) disk.hard = *ready.hard;
    for (const auto& entry : ready.entries) {
      while (!disk.entries.empty() && disk.entries.back().index >= entry.index)
        disk.entries.pop_back();
      disk.entries.push_back(entry);
    }
  }

  void take_effects(raft_ready& ready) {
    for (auto& message : ready.messages) outbox.push_back(std::move(message));
    for (const auto& entry : ready.committed) {
      REQUIRE(entry.index == applied_index + 1);
      applied_index = entry.index;
      options.applied_term = entry.term;
      if (carries_writes(entry)) applied_data.push_back(*entry.data);
    }
    if (ready.members) options.members = *ready.members;
    behind.insert(behind.end(), ready.behind.begin(), ready.behind.end());
    reads.insert(reads.end(), ready.reads.begin(), ready.reads.end());
    group->applied(applied_index);
  }

  /// As a state transfer leaves it, before the log knows.
  void take_state(const member& source) {
    applied_index = source.applied_index;
    applied_data = source.applied_data;
    options.members = source.options.members;
    options.applied_term = source.options.applied_term;
  }

  /// What the log store is told after a transfer. Entries that go on from the state stay: a leader
  /// may count on them.
  void reset_log() {
    if (!log_needs_reset(options, disk, applied_index)) return;
    disk.cut_index = applied_index;
    disk.cut_term = options.applied_term;
    disk.entries.clear();
    disk.hard.commit = applied_index;
    if (disk.hard.term < disk.cut_term) disk.hard = {disk.cut_term, 0, applied_index};
  }

  bool cut_log(std::uint64_t index) {
    const auto term = group->term_of(index);
    if (!group->compact(index)) return false;
    while (!disk.entries.empty() && disk.entries.front().index <= index)
      disk.entries.erase(disk.entries.begin());
    disk.cut_index = index;
    disk.cut_term = term;
    return true;
  }

  /// Everything that is ready, stored at once.
  void run() {
    while (group->has_ready()) {
      auto ready = group->take_ready();
      while (true) {
        store(ready);
        take_effects(ready);
        if (!ready.must_persist) break;
        ready = group->persisted(ready.number);
      }
    }
  }
};

inline std::vector<std::string> propose_all(member& leader, const std::vector<std::string>& all) {
  for (const auto& data : all) REQUIRE(leader.group->propose(data));
  return all;
}

/// A protobuf varint field, small numbers only: messages that no sound member would send.
inline std::string field(int tag, std::uint8_t value) {
  return {static_cast<char>(tag << 3), static_cast<char>(value)};
}

}  // namespace resalehub::testing
