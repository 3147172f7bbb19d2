//! One Raft group: raft-rs, the tail of its log, and the messages that wait for the disk.

use std::collections::VecDeque;

use prost::Message as _;
use raft::prelude::{ConfState, Config, Entry, HardState, Message, MessageType, RawNode, ReadState};
use raft::{ProgressState, ReadOnlyOption, Ready, SnapshotStatus, StateRole, INVALID_ID};

use crate::bytes::{Reader, Writer};
use crate::members::{change_of, read_members, way_to, write_members};
use crate::peers::{is_sound, keep_matched, may_campaign, promises_no_entries};
use crate::tail::Tail;

const BUFFER_BYTES_KEPT: usize = 1 << 20;

pub struct Group {
    core: RawNode<Tail>,
    election_after: usize,
    stored_term: u64,
    stored_vote: u64,
    stored_commit: u64,
    submitted: u64,
    persisted: u64,
    /// The ready that has to be durable before anybody may hear of this term and vote.
    voted: u64,
    /// Messages that promise persistence, each batch with the ready that must be durable first.
    held: VecDeque<(u64, Vec<Message>)>,
    released: Vec<Message>,
    buffer: Vec<u8>,
    /// What is asked for beside the readies.
    answer: Vec<u8>,
}

struct Start {
    config: Config,
    hard: HardState,
    cut_index: u64,
    cut_term: u64,
    members: ConfState,
    entries: Vec<Entry>,
}

fn read_start(bytes: &[u8]) -> Start {
    let mut from = Reader::new(bytes);
    let config = Config {
        id: from.u64(),
        election_tick: from.u64() as usize,
        heartbeat_tick: from.u64() as usize,
        max_size_per_msg: from.u64(),
        max_inflight_msgs: from.u64() as usize,
        applied: from.u64(),
        pre_vote: true,
        check_quorum: true,
        batch_append: true,
        read_only_option: ReadOnlyOption::Safe,
        // Followers hear of a commit with the next entries or the next heartbeat: a word of its own
        // for each would double the messages, and nobody reads from a follower.
        skip_bcast_commit: true,
        ..Default::default()
    };
    let hard = HardState { term: from.u64(), vote: from.u64(), commit: from.u64() };
    let (cut_index, cut_term) = (from.u64(), from.u64());
    let members = read_members(&mut from);
    let mut entries = Vec::new();
    for offset in 0..u64::from(from.u32()) {
        let (term, entry_type) = (from.u64(), i32::from(from.u8()));
        let size = from.u32() as usize;
        let data = from.slice(size).to_vec();
        let index = cut_index + 1 + offset;
        entries.push(Entry { entry_type, term, index, data, ..Default::default() });
    }
    Start { config, hard, cut_index, cut_term, members, entries }
}

impl Group {
    pub fn start(bytes: &[u8]) -> Group {
        let Start { config, mut hard, cut_index, cut_term, members, entries } = read_start(bytes);
        // What was applied was committed, even if the commit index was stored before that.
        hard.commit = hard.commit.max(config.applied);
        let (stored_term, stored_vote, stored_commit) = (hard.term, hard.vote, hard.commit);
        let mut tail = Tail::new(hard, members, cut_index, cut_term);
        tail.append(entries);
        tail.applied(config.applied);
        let silent = slog::Logger::root(slog::Discard, slog::o!());
        let core = RawNode::new(&config, tail, &silent).expect("the options of a group");
        let mut group = Group {
            core,
            election_after: config.election_tick,
            stored_term,
            stored_vote,
            stored_commit,
            submitted: 0,
            persisted: 0,
            voted: 0,
            held: VecDeque::new(),
            released: Vec::new(),
            buffer: Vec::new(),
            answer: Vec::new(),
        };
        group.settle();
        group
    }

    /// The core draws an election timeout from the thread's randomness whenever it resets; ours
    /// takes its place after every call, before it can be looked at.
    pub fn settle(&mut self) {
        self.core.raft.set_randomized_election_timeout(self.election_after);
    }

    /// A lone voter's clock stands while its log is not durable.
    pub fn tick(&mut self) {
        let raft = &self.core.raft;
        if self.is_leader() || !raft.promotable() || may_campaign(raft) {
            self.core.tick();
        }
    }

    pub fn campaign(&mut self) {
        if may_campaign(&self.core.raft) {
            // Refused only while a membership change waits to be applied: the next timeout asks
            // again.
            let _ = self.core.campaign();
        }
    }

    pub fn step(&mut self, bytes: &[u8]) {
        let Ok(mut message) = Message::decode(bytes) else { return };
        if !is_sound(&message, &self.core.raft) || !keep_matched(&mut message, &self.core.raft) {
            return;
        }
        if self.is_blank() && message.msg_type == MessageType::MsgAppend as i32 {
            refuse_entries(&mut message);
        }
        // An error means that the sender is no member: nothing to answer.
        let _ = self.core.step(message);
    }

    /// A replica that somebody adds knows no members, and a log does not tell the first ones: its
    /// life begins with a state transfer.
    fn is_blank(&self) -> bool {
        self.core.raft.prs().iter().len() == 0
    }

    /// Never forwarded: only the leader decides what may be proposed.
    pub fn propose(&mut self, bytes: &[u8]) -> u64 {
        if !self.is_leader() || self.core.propose(Vec::new(), bytes.to_vec()).is_err() {
            return 0;
        }
        self.last_index()
    }

    /// False where the core would lose the request without a word.
    pub fn read_index(&mut self, context: u64) -> bool {
        let raft = &self.core.raft;
        let heard = match raft.state {
            StateRole::Leader => raft.commit_to_current_term(),
            StateRole::Follower => raft.leader_id != raft::INVALID_ID,
            StateRole::Candidate | StateRole::PreCandidate => false,
        };
        if heard {
            // The leader keeps all members' reads in one table.
            let mut key = raft.id.to_le_bytes().to_vec();
            key.extend_from_slice(&context.to_le_bytes());
            self.core.read_index(key);
        }
        heard
    }

    pub fn election_after(&mut self, ticks: u64) {
        self.election_after = ticks as usize;
    }

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

    pub fn applied(&mut self, index: u64) {
        if index <= self.core.raft.raft_log.applied {
            return;
        }
        let last = self.last_index();
        self.core.advance_apply_to(index);
        self.core.mut_store().applied(index);
        if self.last_index() > last {
            // The entry that leaves a joint state: the core waits for a heartbeat with it.
            self.core.raft.bcast_append();
        }
    }

    pub fn compact(&mut self, index: u64) -> bool {
        let possible = index <= self.core.raft.raft_log.applied;
        if possible {
            self.core.mut_store().cut(index);
        }
        possible
    }

    pub fn is_leader(&self) -> bool {
        self.core.raft.state == StateRole::Leader
    }

    pub fn term(&self) -> u64 {
        self.core.raft.term
    }

    pub fn term_of(&self, index: u64) -> u64 {
        self.core.raft.raft_log.term(index).unwrap_or(0)
    }

    pub fn last_index(&self) -> u64 {
        self.core.raft.raft_log.last_index()
    }

    pub fn log_bytes(&self) -> u64 {
        self.core.store().bytes()
    }

    // -- members -------------------------------------------------------------------------------

    /// Changes follow each other: the next one waits until the one before is applied here, and
    /// until the leader has committed something of its own term.
    pub fn change_members(&mut self, bytes: &[u8]) -> bool {
        let raft = &self.core.raft;
        let busy = raft.has_pending_conf() || raft.lead_transferee.is_some();
        if !self.is_leader() || busy || !raft.commit_to_current_term() {
            return false;
        }
        let wanted = read_members(&mut Reader::new(bytes));
        match way_to(&wanted, &raft.prs().conf().to_conf_state()) {
            Some(change) => self.core.propose_conf_change(Vec::new(), change).is_ok(),
            None => false,
        }
    }

    pub fn transfer_leadership(&mut self, to: u64) {
        // Anybody else would forward the wish.
        if self.is_leader() && self.core.raft.prs().conf().to_conf_state().voters.contains(&to) {
            self.core.transfer_leader(to);
        }
    }

    pub fn is_transferring_leadership(&self) -> bool {
        self.is_leader() && self.core.raft.lead_transferee.is_some()
    }

    pub fn transferred(&mut self, to: u64, arrived: bool) {
        let waits = |progress: &raft::Progress| progress.state == ProgressState::Snapshot;
        if !self.is_leader() || !self.core.raft.prs().get(to).is_some_and(waits) {
            return;
        }
        let status = if arrived { SnapshotStatus::Finish } else { SnapshotStatus::Failure };
        self.core.report_snapshot(to, status);
        if arrived {
            // The transfer may have reached farther than the log did when it was asked for, and
            // the log may have been cut since: the member says itself whether that is enough.
            let first = self.core.store().cut_index() + 1;
            let progress = self.core.raft.mut_prs().get_mut(to).unwrap();
            progress.next_idx = progress.next_idx.max(first);
        }
    }

    pub fn unreachable(&mut self, member: u64) {
        self.core.report_unreachable(member);
    }

    pub fn members(&mut self) -> &[u8] {
        self.answer.clear();
        write_members(&mut self.answer, self.core.raft.prs().conf().to_conf_state());
        &self.answer
    }

    pub fn progress(&mut self) -> &[u8] {
        let raft = &self.core.raft;
        let leads = raft.state == StateRole::Leader;
        let others = raft.prs().iter().filter(|(member, _)| leads && **member != raft.id);
        let mut others: Vec<_> = others.collect();
        others.sort_unstable_by_key(|(member, _)| **member);
        self.answer.clear();
        self.answer.put_u32(others.len());
        for (member, progress) in others {
            self.answer.put_u64(*member);
            self.answer.put_u64(progress.matched);
            self.answer.put_u8(u8::from(progress.recent_active));
            self.answer.put_u8(u8::from(progress.state == ProgressState::Snapshot));
        }
        &self.answer
    }
}

/// The probe fails, whatever it asks for.
fn refuse_entries(append: &mut Message) {
    append.entries.clear();
    append.commit = 0;
    append.index = append.index.max(1);
    append.log_term = append.term;
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
