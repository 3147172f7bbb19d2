#pragma once
/// A bug ends the process, in release too: check(condition) says where and aborts before harm
/// spreads.

#include <source_location>
#include <string_view>

namespace resalehub {

/// Prints the sentence and the place on stderr, then aborts. Any thread.
[[noreturn]] void fail(std::string_view sentence,
                       std::source_location where = std::source_location::current());

/// A condition that holds unless there is a bug. Never for input: bad input gets a problem.
inline void check(bool condition, std::string_view sentence = "a condition that always holds",
                  std::source_location where = std::source_location::current()) {
  if (!condition) [[unlikely]]
    fail(sentence, where);
}

}  // namespace resalehub
