#pragma once
/// The replicated logs: every group's entries and hard state in a RocksDB instance of its own
/// (an unsynced apply must never wait for the log's sync).
/// `load`: any thread before appends begin. `append`: one thread (the log writer's).
///
///   key   := group u16 'e' index u64  -> term u64, type u8, data
///          | group u16 'h'            -> hard state: term u64, vote u64, commit u64
///          | group u16 'c'            -> cut: index u64, term u64 (the last entry that was cut
///          away)
///          | group u16 'm'            -> membership: member u64, retired u64

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "storage/state_store.hpp"

namespace resalehub {

using group_number = std::uint16_t;  ///< equals the partition's number

struct log_entry {
  std::uint64_t index = 0;
  std::uint64_t term = 0;
  std::uint8_t type = 0;  ///< raft-rs' EntryType
  std::shared_ptr<const std::string> data;
};

struct hard_state {
  std::uint64_t term = 0;
  std::uint64_t vote = 0;
  std::uint64_t commit = 0;
  friend bool operator==(const hard_state&, const hard_state&) = default;
};

/// Begins a group's log anew in the same batch, before all else of the append: every entry goes,
/// the next one follows `cut_index`. With `member` 0 the group is gone from this node.
struct log_reset {
  std::uint64_t member = 0;   ///< who we are in the group; a member's number never comes again
  std::uint64_t retired = 0;  ///< members of ours up to this number are gone for ever
  std::uint64_t cut_index = 0;
  std::uint64_t cut_term = 0;
  hard_state hard;
};

/// What one group wants on disk. Entries replace all stored ones from the first one's index on.
struct log_append {
  group_number group = 0;
  std::uint64_t ready = 0;  ///< handed back when durable
  std::vector<log_entry> entries;
  std::optional<hard_state> hard;
  std::optional<log_entry> cut;  ///< erase entries up to and including this index (data unused)
  std::optional<log_reset> reset;
};

struct stored_log {
  std::uint64_t member = 0;   ///< 0: this node holds no replica
  std::uint64_t retired = 0;
  hard_state hard;
  std::uint64_t cut_index = 0;
  std::uint64_t cut_term = 0;
  std::vector<log_entry> entries;  ///< cut_index + 1, + 2, ... without a hole (else open refuses)
};

class log_store {
 public:
  static result<std::unique_ptr<log_store>> open(const store_options& options);
  virtual ~log_store() = default;

  virtual stored_log load(group_number group) const = 0;
  /// Writes all of it in one batch and syncs once (no sync when there are only cuts and commit
  /// indexes: losing those costs nothing but work). Entries leave no hole: check()ed.
  /// A failed write or sync ends the process (74) before anybody hears of it.
  virtual void append(std::span<const log_append> appends) = 0;
};

}  // namespace resalehub
