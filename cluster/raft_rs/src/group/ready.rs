//! What a group hands out: what has to become durable, what may be sent and answered, and what is
//! committed. A message that promises persistence leaves only after it.

use prost::Message as _;
use raft::prelude::{ConfState, Entry, Message, MessageType, ReadState};
use raft::{Ready, StateRole, INVALID_ID};

use super::Group;
use crate::bytes::{Reader, Writer};
use crate::members::{change_of, write_members};
use crate::peers::promises_no_entries;

const BUFFER_BYTES_KEPT: usize = 1 << 20;

impl Group {
    pub fn has_ready(&self) -> bool {
        !self.released.is_empty() || self.core.has_ready()
    }

    pub fn take_ready(&mut self) -> &[u8] {
        self.buffer.clear();
        self.buffer.shrink_to(BUFFER_BYTES_KEPT);
        let mut ready = if self.core.has_ready() { self.core.ready() } else { Ready::default() };
        let number = ready.number();
        let must_persist = ready.must_sync();
        if must_persist {
            self.submitted = number;
        }
        let with_entries = !ready.entries().is_empty();
        let mut fresh = ready.take_messages();
        let mut promises = ready.take_persisted_messages();
        self.write_state(if must_persist { number } else { 0 }, with_entries);
        let mut messages = std::mem::take(&mut self.released);
        let behind = self.keep_snapshots(&mut fresh);
        self.keep_snapshots(&mut promises);
        if self.voted > self.persisted {
            // The only voter leads before its vote for itself is durable; its learners must not
            // hear of a term that a restart might fill with other entries. And a follower answers
            // no leader of a term that it might forget.
            promises.append(&mut fresh);
        } else {
            let (beats, others) = promises.into_iter().partition(promises_no_entries);
            fresh.extend::<Vec<_>>(beats);
            promises = others;
        }
        messages.append(&mut fresh);
        if self.submitted == self.persisted {
            messages.extend(promises);
        } else if !promises.is_empty() {
            self.held.push_back((self.submitted, promises));
        }

        let committed = ready.take_committed_entries();
        self.buffer.put_u64(committed.first().map_or(0, |entry| entry.index));
        self.buffer.put_u64(committed.len() as u64);
        let entries = ready.take_entries();
        write_entries(&mut self.buffer, &entries);
        write_messages(&mut self.buffer, &messages);
        write_reads(&mut self.buffer, ready.read_states());

        if number != 0 {
            self.core.mut_store().append(entries);
            self.core.advance_append_async(ready);
            if self.submitted == self.persisted {
                self.core.on_persist_ready(number);
            }
        }
        let changed = self.change_by(&committed);
        self.buffer.put_u8(u8::from(changed.is_some()));
        if let Some(members) = changed {
            write_members(&mut self.buffer, members);
        }
        self.buffer.put_u32(behind.len());
        for member in behind {
            self.buffer.put_u64(member);
        }
        &self.buffer
    }

    /// Snapshots are not sent: the members that would get one are told instead, once for each time
    /// that replication to them stops for it.
    fn keep_snapshots(&self, messages: &mut Vec<Message>) -> Vec<u64> {
        let mut behind = Vec::new();
        let blank = self.is_blank();
        messages.retain_mut(|message| {
            let stays = message.get_msg_type() == MessageType::MsgSnapshot;
            if stays && !behind.contains(&message.to) {
                behind.push(message.to);
            }
            if blank && message.reject && message.get_msg_type() == MessageType::MsgAppendResponse {
                message.request_snapshot = 1;
            }
            !stays
        });
        behind
    }

    /// Carries out the changes among these entries, each as of its place in the log.
    fn change_by(&mut self, committed: &[Entry]) -> Option<ConfState> {
        let mut changed = None;
        for change in committed.iter().filter_map(change_of) {
            let members = self.core.apply_conf_change(&change);
            changed = Some(members.expect("a change that was agreed on"));
            let raft = &mut self.core.raft;
            if raft.state == StateRole::Leader && !raft.promotable() {
                // The core would go on and stumble over its own missing progress. What tells the
                // others of the commit has been made ready before.
                raft.become_follower(raft.term, INVALID_ID);
            }
        }
        changed
    }

    /// The commit index alone is no reason to store anything: it is found again by an election. But
    /// it goes along with entries: whoever has an entry that was proposed after a change of the
    /// members must know that change as committed, or could be elected by the members of before
    /// and commit two changes at once by their votes.
    fn write_state(&mut self, number: u64, with_entries: bool) {
        let raft = &self.core.raft;
        let (term, vote, commit) = (raft.term, raft.vote, raft.raft_log.committed);
        self.buffer.put_u64(number);
        self.buffer.put_u64(term);
        self.buffer.put_u64(commit);
        self.buffer.put_u64(raft.leader_id);
        self.buffer.put_u8(match raft.state {
            StateRole::Follower => 0,
            StateRole::Candidate => 1,
            StateRole::PreCandidate => 2,
            StateRole::Leader => 3,
        });
        let voted = (term, vote) != (self.stored_term, self.stored_vote);
        if voted {
            self.voted = number;
        }
        let changed = voted || (with_entries && commit != self.stored_commit);
        self.buffer.put_u8(u8::from(changed));
        if changed {
            (self.stored_term, self.stored_vote, self.stored_commit) = (term, vote, commit);
            self.buffer.put_u64(term);
            self.buffer.put_u64(vote);
            self.buffer.put_u64(commit);
        }
    }

    pub fn persisted(&mut self, number: u64) {
        assert!(number <= self.submitted, "ready {number} was never handed out to be persisted");
        if number <= self.persisted {
            return;
        }
        self.persisted = number;
        // Later readies that had nothing to persist are done as well.
        let all = number == self.submitted;
        self.core.on_persist_ready(if all { u64::MAX } else { number });
        while self.held.front().is_some_and(|(needed, _)| *needed <= number) {
            let (_, promises) = self.held.pop_front().unwrap();
            self.released.extend(promises);
        }
    }
}

fn write_entries(into: &mut Vec<u8>, entries: &[Entry]) {
    into.put_u32(entries.len());
    for entry in entries {
        into.put_u64(entry.index);
        into.put_u64(entry.term);
        into.put_u8(entry.entry_type as u8);
        into.put_sized(&entry.data);
    }
}

fn write_messages(into: &mut Vec<u8>, messages: &[Message]) {
    into.put_u32(messages.len());
    for message in messages {
        into.put_u64(message.to);
        into.put_u32(message.encoded_len());
        message.encode(into).expect("a growing buffer has room");
    }
}

fn write_reads(into: &mut Vec<u8>, reads: &[ReadState]) {
    into.put_u32(reads.len());
    for read in reads {
        let mut key = Reader::new(&read.request_ctx);
        let _node = key.u64();
        into.put_u64(read.index);
        into.put_u64(key.u64());
    }
}
