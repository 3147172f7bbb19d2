#pragma once
/// What happens when the disk fails a store: the process ends, since nobody knows any longer what
/// the disk holds and nothing more may be acknowledged. A simulator, whose nodes share a process,
/// ends the node alone.

#include <functional>
#include <string>

namespace resalehub {

/// The exit code of a process whose disk failed it (EX_IOERR).
inline constexpr int storage_failure_exit = 74;

/// Receives the sentence that says what failed. It may throw where the stores are called on the
/// caller's own thread (inline rounds, background work run by hand): the call is then left before
/// anybody heard of its outcome, and the store may only be closed.
using storage_failure_act = std::function<void(const std::string& sentence)>;

/// Replaces the act, which prints the sentence and exits with 74, and hands back the one before.
/// While no store is open.
storage_failure_act storage_fails_by(storage_failure_act act);

/// Carries out the act; should that return, the process ends.
[[noreturn]] void storage_failed(const std::string& sentence);

}  // namespace resalehub
