//! Who belongs to a group: raft-rs' ConfState as the lists of raft_rs.h, and the way from one to
//! another. Voters that become learners with the end of a joint state are told as learners.

use prost::Message as _;
use raft::prelude::{
    ConfChange, ConfChangeSingle, ConfChangeTransition, ConfChangeType, ConfChangeV2, ConfState,
    Entry, EntryType,
};

use crate::bytes::{Reader, Writer};

fn read_list(from: &mut Reader) -> Vec<u64> {
    (0..from.u32()).map(|_| from.u64()).collect()
}

pub fn read_members(from: &mut Reader) -> ConfState {
    let (voters, listed) = (read_list(from), read_list(from));
    let voters_outgoing = read_list(from);
    let (learners_next, learners): (Vec<u64>, Vec<u64>) =
        listed.into_iter().partition(|member| voters_outgoing.contains(member));
    let auto_leave = !voters_outgoing.is_empty();
    ConfState { voters, learners, voters_outgoing, learners_next, auto_leave }
}

/// Sorted, for raft-rs keeps them in sets.
fn write_list(into: &mut Vec<u8>, mut list: Vec<u64>) {
    list.sort_unstable();
    into.put_u32(list.len());
    for member in list {
        into.put_u64(member);
    }
}

pub fn write_members(into: &mut Vec<u8>, members: ConfState) {
    let mut learners = members.learners;
    learners.extend(members.learners_next);
    write_list(into, members.voters);
    write_list(into, learners);
    write_list(into, members.voters_outgoing);
}

/// What leads from the members of now to those that are wanted; nothing when that cannot be asked
/// for, or nothing would change.
pub fn way_to(wanted: &ConfState, now: &ConfState) -> Option<ConfChangeV2> {
    let mut all = [wanted.voters.as_slice(), wanted.learners.as_slice()].concat();
    all.sort_unstable();
    let distinct = all.windows(2).all(|pair| pair[0] != pair[1]);
    let askable = distinct && all.first() != Some(&0) && wanted.voters_outgoing.is_empty();
    if !askable || wanted.voters.is_empty() || !now.voters_outgoing.is_empty() {
        return None;
    }
    let mut steps = Vec::new();
    for member in &all {
        let (votes, voted) = (wanted.voters.contains(member), now.voters.contains(member));
        if votes && !voted {
            steps.push((*member, ConfChangeType::AddNode));
        } else if !votes && !now.learners.contains(member) {
            steps.push((*member, ConfChangeType::AddLearnerNode));
        }
    }
    let mut gone = [now.voters.as_slice(), now.learners.as_slice()].concat();
    gone.retain(|member| !all.contains(member));
    gone.sort_unstable();
    steps.extend(gone.into_iter().map(|member| (member, ConfChangeType::RemoveNode)));
    if steps.is_empty() {
        return None;
    }
    let single = |(node_id, kind)| ConfChangeSingle { node_id, change_type: kind as i32 };
    Some(ConfChangeV2 { changes: steps.into_iter().map(single).collect(), ..Default::default() })
}

/// False for a type that nobody knows, and for a change that cannot be read.
pub fn is_readable(entry: &Entry) -> bool {
    match EntryType::from_i32(entry.entry_type) {
        None => false,
        Some(EntryType::EntryNormal) => true,
        Some(_) => change_of(entry).is_some(),
    }
}

/// The change that an entry of a change stands for; an empty one leaves the joint state.
pub fn change_of(entry: &Entry) -> Option<ConfChangeV2> {
    let known = |single: &ConfChangeSingle| ConfChangeType::from_i32(single.change_type).is_some();
    let change = match EntryType::from_i32(entry.entry_type)? {
        EntryType::EntryNormal => return None,
        EntryType::EntryConfChange => {
            let one = ConfChange::decode(entry.data.as_slice()).ok()?;
            let single = ConfChangeSingle { change_type: one.change_type, node_id: one.node_id };
            ConfChangeV2 { changes: vec![single], ..Default::default() }
        }
        EntryType::EntryConfChangeV2 => ConfChangeV2::decode(entry.data.as_slice()).ok()?,
    };
    let sound = ConfChangeTransition::from_i32(change.transition).is_some()
        && change.changes.iter().all(known);
    sound.then_some(change)
}
