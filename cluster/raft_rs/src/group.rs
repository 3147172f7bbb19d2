//! One Raft group: raft-rs, the tail of its log, and the messages that wait for the disk.

mod membership;
mod ready;
mod start;

use std::collections::VecDeque;

use prost::Message as _;
use raft::prelude::{Message, MessageType, RawNode};
use raft::StateRole;

use crate::peers::{is_sound, keep_matched, may_campaign};
use crate::tail::Tail;
use start::{read_start, Start};

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
}

/// The probe fails, whatever it asks for.
fn refuse_entries(append: &mut Message) {
    append.entries.clear();
    append.commit = 0;
    append.index = append.index.max(1);
    append.log_term = append.term;
}
