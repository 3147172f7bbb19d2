#pragma once
/// A run in a process of its own: one that crashes or never ends is a failure of that run, not of
/// the hunt. The caller is single-threaded when it starts one.

#include <cstdio>
#include <sys/types.h>

#include "tests/simulation/run.hpp"

namespace resalehub::simulation {

struct job {
  run_options options;
  schedule faults;
  friend bool operator==(const job&, const job&) = default;
};

/// The options and the faults that a seed draws.
job drawn_from(const scenario& what, std::uint64_t seed);

class child_run {
 public:
  /// Starts it. All it traces goes to `everything`, when there is such a file.
  child_run(const scenario& what, const job& which, std::FILE* everything = nullptr);
  ~child_run();  ///< ends it, when it still runs
  child_run(const child_run&) = delete;
  child_run& operator=(const child_run&) = delete;

  /// Readable when `read` has something to do.
  int descriptor() const { return from_child_; }
  /// Takes what is there, without waiting when nothing is; false: that was all.
  bool read();
  /// Once `read` said false, or to end it for having taken so many seconds.
  run_result finish();
  run_result give_up(int seconds);

 private:
  [[noreturn]] void be_child(const scenario& what, const job& which, std::FILE* everything);
  std::string last_words() const;
  int reap();

  pid_t process_ = -1;
  int from_child_ = -1;
  int to_parent_ = -1;
  std::FILE* errors_ = nullptr;
  std::string received_;
};

/// Waits for it; a run that takes longer is given up.
run_result run_in_child(const scenario& what, const job& which, int seconds_max,
                        std::FILE* everything = nullptr);

/// What a run tells its parent, as text and back.
std::string to_text(const run_result& result);
std::optional<run_result> result_from_text(std::string_view text);

}  // namespace resalehub::simulation
