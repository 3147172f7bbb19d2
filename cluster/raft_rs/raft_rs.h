#pragma once
/// The C interface of the crate beside it: one Raft group each, decided by raft-rs. Bytes and
/// integers only, no callbacks. Called by cluster/raft_group.cpp and nobody else.
/// A group is used by one thread at a time. Nothing here blocks, reads a clock or draws a number
/// that matters. A panic inside is caught, and from then on the group has failed: `failure` says
/// why, all other calls do nothing and return 0.
///
/// Layouts, little-endian and without padding:
///
///   start := member u64, election-ticks u64, heartbeat-ticks u64, message-bytes-max u64,
///            inflight-messages-max u64, applied u64, hard, cut-index u64, cut-term u64,
///            members, count u32, stored-entry ...
///   hard  := term u64, vote u64, commit u64
///   members := count u32, voter u64 ..., count u32, learner u64 ..., count u32, outgoing u64 ...
///   stored-entry := term u64, type u8, size u32, data      of cut-index + 1, + 2, ...
///
///   ready := number u64 (0: nothing to persist), term u64, commit u64, leader u64 (0: unknown),
///            role u8 (0 follower, 1 candidate, 2 pre-candidate, 3 leader),
///            has-hard u8, hard (only if has-hard),
///            committed-first u64, committed-count u64    (a range of entries handed out before)
///            count u32, entry ..., count u32, message ..., count u32, read ...,
///            has-members u8, members (only if has-members), count u32, behind u64 ...
///   entry := index u64, term u64, type u8, size u32, data
///   message := to u64, size u32, bytes
///   read  := index u64, context u64
///   progress := count u32, (member u64, matched u64, active u8, transferring u8) ...

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct resalehub_raft_group resalehub_raft_group;

/// Never null: a group that cannot start has failed.
resalehub_raft_group* resalehub_raft_start(const uint8_t* start, size_t size);
void resalehub_raft_free(resalehub_raft_group* group);

void resalehub_raft_tick(resalehub_raft_group* group);
void resalehub_raft_campaign(resalehub_raft_group* group);
/// A peer's message; one that cannot be read, or is not for this member, is dropped.
void resalehub_raft_step(resalehub_raft_group* group, const uint8_t* bytes, size_t size);
/// The new entry's index; 0 when this member is not the leader, or hands its leadership over.
uint64_t resalehub_raft_propose(resalehub_raft_group* group, const uint8_t* bytes, size_t size);
/// 1: a read with this context will come, unless messages are lost or the leader changes.
uint8_t resalehub_raft_read_index(resalehub_raft_group* group, uint64_t context);
/// From election-ticks to twice as many, exclusive; holds until called again.
void resalehub_raft_election_after(resalehub_raft_group* group, uint64_t ticks);

/// `members` without outgoing ones. 1: an entry with the change is proposed.
uint8_t resalehub_raft_change_members(resalehub_raft_group* group, const uint8_t* members,
                                      size_t size);
void resalehub_raft_transfer_leadership(resalehub_raft_group* group, uint64_t to);
uint8_t resalehub_raft_is_transferring_leadership(resalehub_raft_group* group);
/// The end of a state transfer to a member that was told as `behind`.
void resalehub_raft_transferred(resalehub_raft_group* group, uint64_t to, uint8_t arrived);
void resalehub_raft_unreachable(resalehub_raft_group* group, uint64_t member);

uint8_t resalehub_raft_has_ready(resalehub_raft_group* group);
/// Everything that is ready; the bytes are valid until the next call of `take_ready`.
const uint8_t* resalehub_raft_take_ready(resalehub_raft_group* group, size_t* size);
/// All readies up to this number are durable.
void resalehub_raft_persisted(resalehub_raft_group* group, uint64_t number);
void resalehub_raft_applied(resalehub_raft_group* group, uint64_t index);
/// 1: entries up to `index` are forgotten; 0: not applied so far.
uint8_t resalehub_raft_compact(resalehub_raft_group* group, uint64_t index);

uint8_t resalehub_raft_is_leader(resalehub_raft_group* group);
uint64_t resalehub_raft_term(resalehub_raft_group* group);
uint64_t resalehub_raft_term_of(resalehub_raft_group* group, uint64_t index);
uint64_t resalehub_raft_last_index(resalehub_raft_group* group);
uint64_t resalehub_raft_log_bytes(resalehub_raft_group* group);
/// `members` and `progress`: the bytes are valid until the next call of either.
const uint8_t* resalehub_raft_members(resalehub_raft_group* group, size_t* size);
const uint8_t* resalehub_raft_progress(resalehub_raft_group* group, size_t* size);
/// Text without a final zero; empty while all is well. Valid as long as the group.
const uint8_t* resalehub_raft_failure(const resalehub_raft_group* group, size_t* size);

#ifdef __cplusplus
}
#endif
