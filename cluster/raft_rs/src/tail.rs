//! The un-compacted tail of a group's log, in memory: what raft-rs reads its own past from.
//! Holds only entries that were handed out to be persisted; nothing here touches a disk.

use std::collections::VecDeque;

use raft::prelude::{ConfState, Entry, EntryType, HardState, RaftState, Snapshot, Storage};
use raft::{Error, GetEntriesContext, StorageError};

pub struct Tail {
    hard: HardState,
    members: ConfState,
    cut_index: u64,
    cut_term: u64,
    applied: u64,
    entries: VecDeque<Entry>,
    bytes: u64,
}

fn bytes_of(entry: &Entry) -> u64 {
    (std::mem::size_of::<Entry>() + entry.data.len()) as u64
}

/// All of an entry but its data, which only changes of the members keep.
fn outline(entry: &Entry) -> Entry {
    let (entry_type, term, index) = (entry.entry_type, entry.term, entry.index);
    let is_change = entry_type != EntryType::EntryNormal as i32;
    let data = if is_change { entry.data.clone() } else { Vec::new() };
    Entry { entry_type, term, index, data, ..Default::default() }
}

impl Tail {
    /// Empty, and cut where all is applied.
    pub fn new(hard: HardState, members: ConfState, cut_index: u64, cut_term: u64) -> Tail {
        let (entries, applied) = (VecDeque::new(), cut_index);
        Tail { hard, members, cut_index, cut_term, applied, entries, bytes: 0 }
    }

    pub fn applied(&mut self, index: u64) {
        self.applied = self.applied.max(index);
    }

    pub fn cut_index(&self) -> u64 {
        self.cut_index
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn last(&self) -> u64 {
        self.cut_index + self.entries.len() as u64
    }

    /// Entries replace all that stand from the first one's index on.
    pub fn append(&mut self, entries: Vec<Entry>) {
        let Some(first) = entries.first().map(|entry| entry.index) else { return };
        assert!(
            self.cut_index < first && first <= self.last() + 1,
            "entry {first} does not follow the log from {} to {}",
            self.cut_index,
            self.last()
        );
        while self.last() >= first {
            let replaced = self.entries.pop_back().unwrap();
            self.bytes -= bytes_of(&replaced);
        }
        self.bytes += entries.iter().map(bytes_of).sum::<u64>();
        self.entries.extend(entries);
    }

    /// Forgets entries up to and including `index`.
    pub fn cut(&mut self, index: u64) {
        while self.cut_index < index {
            let Some(entry) = self.entries.pop_front() else { return };
            self.bytes -= bytes_of(&entry);
            self.cut_index = entry.index;
            self.cut_term = entry.term;
        }
        if self.entries.len() * 4 < self.entries.capacity() {
            self.entries.shrink_to_fit();
        }
    }
}

impl Storage for Tail {
    fn initial_state(&self) -> raft::Result<RaftState> {
        Ok(RaftState::new(self.hard.clone(), self.members.clone()))
    }

    /// Only entries for a peer carry data. All other callers look at index, term and type: what is
    /// committed is told to the C++ side as a range, for it holds the data already. Changes of the
    /// members are carried out on this side and keep theirs.
    fn entries(
        &self,
        low: u64,
        high: u64,
        max_size: impl Into<Option<u64>>,
        context: GetEntriesContext,
    ) -> raft::Result<Vec<Entry>> {
        if low <= self.cut_index {
            return Err(Error::Store(StorageError::Compacted));
        }
        assert!(high <= self.last() + 1, "entry {} is beyond the log's end", high - 1);
        let from = (low - self.cut_index - 1) as usize;
        let to = (high - self.cut_index - 1) as usize;
        if !context.can_async() {
            return Ok(self.entries.range(from..to).map(outline).collect());
        }
        let limit = max_size.into().unwrap_or(u64::MAX);
        let mut taken = 0;
        let mut wanted = Vec::new();
        for entry in self.entries.range(from..to) {
            taken += bytes_of(entry);
            if taken > limit && !wanted.is_empty() {
                break;
            }
            wanted.push(entry.clone());
        }
        Ok(wanted)
    }

    fn term(&self, index: u64) -> raft::Result<u64> {
        if index == self.cut_index {
            return Ok(self.cut_term);
        }
        if index < self.cut_index {
            return Err(Error::Store(StorageError::Compacted));
        }
        match self.entries.get((index - self.cut_index - 1) as usize) {
            Some(entry) => Ok(entry.term),
            None => Err(Error::Store(StorageError::Unavailable)),
        }
    }

    fn first_index(&self) -> raft::Result<u64> {
        Ok(self.cut_index + 1)
    }

    fn last_index(&self) -> raft::Result<u64> {
        Ok(self.last())
    }

    /// Says from where a member behind the tail goes on; its message never leaves. How the state
    /// gets there is not the log's business.
    fn snapshot(&self, _request_index: u64, _to: u64) -> raft::Result<Snapshot> {
        if self.applied == 0 {
            return Err(Error::Store(StorageError::SnapshotTemporarilyUnavailable));
        }
        let mut snapshot = Snapshot::default();
        snapshot.mut_metadata().index = self.applied;
        snapshot.mut_metadata().term = self.term(self.applied)?;
        Ok(snapshot)
    }
}
