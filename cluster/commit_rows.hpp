#pragma once
/// Turns what an entity decided into the rows of its commit. Values in, a write_list out.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cluster/awake_table.hpp"
#include "cluster/entity_actor.hpp"
#include "cluster/request_days.hpp"
#include "cluster/stored.hpp"
#include "storage/state_store.hpp"
#include "storage/write_list.hpp"

namespace resalehub {

/// What a commit sets in motion once it is there.
struct commit_effects {
  std::vector<std::pair<std::string, queued_effect>> deliveries;  ///< outbox key and content
  std::vector<push> pushes;
  instant earliest_timer{INT64_MAX};
};

struct commit_place {
  keys::partition_number partition = 0;
  entity_id entity;
  entity_id by;
  instant now;
  std::uint64_t chance = 0;  ///< names outbox rows of commits without events
  std::string fired;         ///< the timer that led here; empty: none
};

/// Writes events, record, index rows, timers and outbox rows of one decision (an outcome), and
/// brings the slot's timers up to date. `reached` gives up what it holds.
void write_decision(const commit_place& place, considered& reached, awake_slot& slot,
                    std::pair<write_list&, commit_effects&> out);

/// Writes the record of a request's answer, for its repetitions. Bytes that stand in a row are not
/// written twice.
void write_request(const commit_place& place, const request_id& request, stored_request record,
                   write_list& out);
/// The record of this day, its bytes where they belong; nothing when there is none.
std::optional<stored_request> read_request(const state_store& store,
                                           keys::partition_number partition, std::uint32_t day,
                                           const request_id& request);

}  // namespace resalehub
