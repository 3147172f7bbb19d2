//! Who belongs to a group, who leads it next, and how far each member is.

use raft::{ProgressState, SnapshotStatus, StateRole};

use super::Group;
use crate::bytes::{Reader, Writer};
use crate::members::{read_members, way_to, write_members};

impl Group {
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
