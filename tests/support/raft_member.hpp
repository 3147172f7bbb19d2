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
      if (!entry.data->empty()) applied_data.push_back(*entry.data);
    }
    reads.insert(reads.end(), ready.reads.begin(), ready.reads.end());
    group->applied(applied_index);
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
