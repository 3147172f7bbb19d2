//! The C interface; raft_rs.h documents it. Every function here catches what unwinds, for nothing
//! may cross into C++: a panic becomes the named failure of its group.

mod bytes;
mod group;
mod members;
mod peers;
mod tail;

use std::cell::RefCell;
use std::panic::{catch_unwind, set_hook, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

use group::Group;

pub struct Guarded {
    group: Option<Group>,
    failure: String,
}

thread_local! {
    static LAST_PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Keeps what a panic says and where, instead of printing it.
fn note_panic(panic: &PanicHookInfo) {
    let said = panic.payload();
    let sentence = match (said.downcast_ref::<&str>(), said.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (_, Some(text)) => text.as_str(),
        _ => "no reason given",
    };
    let place = panic.location().map_or(String::new(), |place| {
        let file = place.file().rsplit('/').next().unwrap_or_default();
        format!(" ({file}:{})", place.line())
    });
    LAST_PANIC.with(|last| *last.borrow_mut() = format!("{sentence}{place}"));
}

fn caught<R>(act: impl FnOnce() -> R) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(act))
        .map_err(|_| LAST_PANIC.with(|last| std::mem::take(&mut *last.borrow_mut())))
}

/// Runs `act` unless the group has failed; after a panic it has.
fn guard<R: Default>(group: *mut Guarded, act: impl FnOnce(&mut Group) -> R) -> R {
    // SAFETY: the caller hands in what `resalehub_raft_start` returned, one thread at a time.
    let guarded = unsafe { &mut *group };
    let Some(inner) = guarded.group.as_mut() else { return R::default() };
    let outcome = caught(|| {
        let answer = act(inner);
        inner.settle();
        answer
    });
    outcome.unwrap_or_else(|failure| {
        guarded.failure = failure;
        // What an interrupted step left behind is not to be looked at again.
        let broken = guarded.group.take();
        let _ = caught(|| drop(broken));
        R::default()
    })
}

/// Hands out bytes that the group keeps; none when it has failed.
///
/// # Safety
/// `size` points to where the number of bytes goes.
unsafe fn lend(
    group: *mut Guarded,
    size: *mut usize,
    act: impl FnOnce(&mut Group) -> &[u8],
) -> *const u8 {
    let (start, length) = guard(group, |inner| {
        let bytes = act(inner);
        (bytes.as_ptr() as usize, bytes.len())
    });
    *size = length;
    start as *const u8
}

/// # Safety
/// `bytes` points to `size` bytes, or `size` is 0.
unsafe fn borrowed<'a>(bytes: *const u8, size: usize) -> &'a [u8] {
    if size == 0 {
        return &[];
    }
    std::slice::from_raw_parts(bytes, size)
}

#[no_mangle]
pub unsafe extern "C" fn resalehub_raft_start(start: *const u8, size: usize) -> *mut Guarded {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| set_hook(Box::new(note_panic)));
    let bytes = borrowed(start, size);
    let guarded = match caught(|| Group::start(bytes)) {
        Ok(group) => Guarded { group: Some(group), failure: String::new() },
        Err(failure) => Guarded { group: None, failure },
    };
    Box::into_raw(Box::new(guarded))
}

#[no_mangle]
pub unsafe extern "C" fn resalehub_raft_free(group: *mut Guarded) {
    let _ = caught(|| drop(Box::from_raw(group)));
}

#[no_mangle]
pub extern "C" fn resalehub_raft_tick(group: *mut Guarded) {
    guard(group, |inner| inner.tick())
}

#[no_mangle]
pub extern "C" fn resalehub_raft_campaign(group: *mut Guarded) {
    guard(group, |inner| inner.campaign())
}

#[no_mangle]
pub unsafe extern "C" fn resalehub_raft_step(group: *mut Guarded, bytes: *const u8, size: usize) {
    let message = borrowed(bytes, size);
    guard(group, |inner| inner.step(message))
}

#[no_mangle]
pub unsafe extern "C" fn resalehub_raft_propose(
    group: *mut Guarded,
    bytes: *const u8,
    size: usize,
) -> u64 {
    let data = borrowed(bytes, size);
    guard(group, |inner| inner.propose(data))
}

#[no_mangle]
pub extern "C" fn resalehub_raft_read_index(group: *mut Guarded, context: u64) -> u8 {
    guard(group, |inner| u8::from(inner.read_index(context)))
}

#[no_mangle]
pub extern "C" fn resalehub_raft_election_after(group: *mut Guarded, ticks: u64) {
    guard(group, |inner| inner.election_after(ticks))
}

#[no_mangle]
pub extern "C" fn resalehub_raft_has_ready(group: *mut Guarded) -> u8 {
    guard(group, |inner| u8::from(inner.has_ready()))
}

#[no_mangle]
pub unsafe extern "C" fn resalehub_raft_take_ready(
    group: *mut Guarded,
    size: *mut usize,
) -> *const u8 {
    lend(group, size, Group::take_ready)
}

#[no_mangle]
pub extern "C" fn resalehub_raft_persisted(group: *mut Guarded, number: u64) {
    guard(group, |inner| inner.persisted(number))
}

#[no_mangle]
pub extern "C" fn resalehub_raft_applied(group: *mut Guarded, index: u64) {
    guard(group, |inner| inner.applied(index))
}

#[no_mangle]
pub extern "C" fn resalehub_raft_compact(group: *mut Guarded, index: u64) -> u8 {
    guard(group, |inner| u8::from(inner.compact(index)))
}

#[no_mangle]
pub extern "C" fn resalehub_raft_is_leader(group: *mut Guarded) -> u8 {
    guard(group, |inner| u8::from(inner.is_leader()))
}

#[no_mangle]
pub extern "C" fn resalehub_raft_term(group: *mut Guarded) -> u64 {
    guard(group, |inner| inner.term())
}

#[no_mangle]
pub extern "C" fn resalehub_raft_term_of(group: *mut Guarded, index: u64) -> u64 {
    guard(group, |inner| inner.term_of(index))
}

#[no_mangle]
pub extern "C" fn resalehub_raft_log_bytes(group: *mut Guarded) -> u64 {
    guard(group, |inner| inner.log_bytes())
}

#[no_mangle]
pub extern "C" fn resalehub_raft_last_index(group: *mut Guarded) -> u64 {
    guard(group, |inner| inner.last_index())
}

#[no_mangle]
pub unsafe extern "C" fn resalehub_raft_change_members(
    group: *mut Guarded,
    bytes: *const u8,
    size: usize,
) -> u8 {
    let wanted = borrowed(bytes, size);
    guard(group, |inner| u8::from(inner.change_members(wanted)))
}

#[no_mangle]
pub extern "C" fn resalehub_raft_transfer_leadership(group: *mut Guarded, to: u64) {
    guard(group, |inner| inner.transfer_leadership(to))
}

#[no_mangle]
pub extern "C" fn resalehub_raft_is_transferring_leadership(group: *mut Guarded) -> u8 {
    guard(group, |inner| u8::from(inner.is_transferring_leadership()))
}

#[no_mangle]
pub extern "C" fn resalehub_raft_transferred(group: *mut Guarded, to: u64, arrived: u8) {
    guard(group, |inner| inner.transferred(to, arrived != 0))
}

#[no_mangle]
pub extern "C" fn resalehub_raft_unreachable(group: *mut Guarded, member: u64) {
    guard(group, |inner| inner.unreachable(member))
}

#[no_mangle]
pub unsafe extern "C" fn resalehub_raft_members(
    group: *mut Guarded,
    size: *mut usize,
) -> *const u8 {
    lend(group, size, Group::members)
}

#[no_mangle]
pub unsafe extern "C" fn resalehub_raft_progress(
    group: *mut Guarded,
    size: *mut usize,
) -> *const u8 {
    lend(group, size, Group::progress)
}

#[no_mangle]
pub unsafe extern "C" fn resalehub_raft_failure(
    group: *const Guarded,
    size: *mut usize,
) -> *const u8 {
    let failure = &(*group).failure;
    *size = failure.len();
    failure.as_ptr()
}
