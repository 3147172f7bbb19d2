//! Which messages of peers are stepped. raft-rs trusts them and panics where they contradict its
//! log; here such a message is dropped as if it had been lost.

use raft::prelude::{Message, MessageType, Raft};
use raft::{ProgressState, StateRole, INVALID_ID, INVALID_INDEX};

use crate::members::is_readable;
use crate::tail::Tail;

/// Terms and indexes stay below, so that nothing overflows.
const NUMBER_MAX: u64 = 1 << 62;

/// A read's context: the member that asks and its own number.
pub const READ_KEY_BYTES: usize = 16;

pub fn is_sound(message: &Message, raft: &Raft<Tail>) -> bool {
    use MessageType::*;
    let Some(kind) = MessageType::from_i32(message.msg_type) else { return false };
    if message.to != raft.id || [raft.id, INVALID_ID].contains(&message.from) {
        return false;
    }
    let numbers = [message.term, message.log_term, message.index, message.commit];
    let hints = [message.commit_term, message.reject_hint, message.request_snapshot];
    if numbers.iter().chain(&hints).any(|number| *number > NUMBER_MAX) {
        return false;
    }
    // Without a term it would count as a call of our own.
    if (message.term == 0) != (kind == MsgReadIndex) {
        return false;
    }
    match kind {
        MsgAppend => entries_follow(message),
        MsgHeartbeat => message.commit <= raft.raft_log.last_index(),
        MsgAppendResponse => is_answer(message, raft),
        MsgHeartbeatResponse | MsgRequestVote | MsgRequestPreVote => true,
        MsgRequestVoteResponse | MsgRequestPreVoteResponse => is_durable(raft),
        MsgTimeoutNow => may_campaign(raft),
        MsgReadIndex => {
            let known = raft.prs().get(message.from).is_some();
            raft.state == StateRole::Leader && known && read_key(message).is_some()
        }
        MsgReadIndexResp => read_key(message).is_some_and(|key| key[..8] == raft.id.to_le_bytes()),
        MsgHup | MsgBeat | MsgPropose | MsgSnapshot | MsgUnreachable => false,
        MsgSnapStatus | MsgCheckQuorum | MsgTransferLeader => false,
    }
}

fn entries_follow(message: &Message) -> bool {
    let mut last = (message.index, message.log_term);
    (message.index == 0) == (message.log_term == 0)
        && message.entries.iter().all(|entry| {
            let (index, term) = std::mem::replace(&mut last, (entry.index, entry.term));
            let in_order = entry.index == index + 1 && entry.term >= term;
            in_order && (1..=message.term).contains(&entry.term) && is_readable(entry)
        })
}

fn is_answer(message: &Message, raft: &Raft<Tail>) -> bool {
    if message.index > raft.raft_log.last_index() || message.reject_hint > message.index {
        return false;
    }
    if message.request_snapshot == INVALID_INDEX || raft.state != StateRole::Leader {
        return true;
    }
    // An empty replica has just refused a probe: one that is late changes nothing.
    raft.prs().get(message.from).is_some_and(|progress| {
        let probed = message.index + 1 == progress.next_idx.max(2);
        message.reject && progress.state == ProgressState::Probe && probed
    })
}

fn read_key(message: &Message) -> Option<&[u8]> {
    match message.entries.as_slice() {
        [entry] if entry.data.len() == READ_KEY_BYTES => Some(&entry.data),
        _ => None,
    }
}

/// What a follower may say once it has stored the term, though entries are still on their way to
/// the disk: that it hears its leader. A slow disk must not cost the leader its majority, nor reads
/// their confirmation.
pub fn promises_no_entries(message: &Message) -> bool {
    message.msg_type == MessageType::MsgHeartbeatResponse as i32
}

/// All of the log is on the disk. Whoever asked for votes has waited for that.
pub fn is_durable(raft: &Raft<Tail>) -> bool {
    raft.raft_log.persisted == raft.raft_log.last_index()
}

/// The only voter wins at once, so its log must be durable first.
pub fn may_campaign(raft: &Raft<Tail>) -> bool {
    raft.promotable() && (!raft.prs().is_singleton() || is_durable(raft))
}

/// A rejection that was under way while the member's log grew must not lead the leader below what
/// it knows to match: the next probe would ask for entries that were compacted long ago. False for
/// one that says nothing new.
pub fn keep_matched(message: &mut Message, raft: &Raft<Tail>) -> bool {
    let rejects = message.msg_type == MessageType::MsgAppendResponse as i32 && message.reject;
    if !rejects || message.term != raft.term || message.request_snapshot != INVALID_INDEX {
        return true;
    }
    let Some(progress) = raft.prs().get(message.from) else { return true };
    if message.index <= progress.matched {
        return false;
    }
    let probe = match message.log_term {
        0 => message.reject_hint,
        term => raft.raft_log.find_conflict_by_term(message.reject_hint, term).0,
    };
    if probe < progress.matched {
        (message.reject_hint, message.log_term) = (progress.matched, 0);
    }
    true
}
