//! What a group begins with: its options, what it promised, and its log.

use raft::prelude::{ConfState, Config, Entry, HardState};
use raft::ReadOnlyOption;

use crate::bytes::Reader;
use crate::members::read_members;

pub struct Start {
    pub config: Config,
    pub hard: HardState,
    pub cut_index: u64,
    pub cut_term: u64,
    pub members: ConfState,
    pub entries: Vec<Entry>,
}

pub fn read_start(bytes: &[u8]) -> Start {
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
