#include "tests/simulation/hunt.hpp"

#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <memory>
#include <poll.h>

#include "tests/simulation/explain.hpp"
#include "tests/simulation/regressions.hpp"
#include "tests/simulation/stable_hash.hpp"

namespace resalehub::simulation {

namespace {

using real_clock = std::chrono::steady_clock;

struct running {
  job what;
  bool again = false;  ///< the second of two runs that must have equal hashes
  std::uint64_t hash_before = 0;
  real_clock::time_point since;
  std::unique_ptr<child_run> process;
};

class hunting {
 public:
  hunting(const scenario& what, const hunt_plan& plan)
      : what_(what), plan_(plan), total_(plan.regressions.size() + plan.seeds) {}

  hunt_outcome run() {
    while (done_ < total_) {
      while (running_.size() < std::max(1u, plan_.jobs) && given_ < total_) start_next();
      await();
      for (std::size_t at = 0; at < running_.size();) at += attend(at) ? 0 : 1;
      tell_progress();
    }
    for (const auto& [which, broken] : failed_) tell_failure(which, broken);
    tell_sums();
    return std::move(outcome_);
  }

 private:
  void start_next() {
    const auto at = given_++;
    const bool kept = at < plan_.regressions.size();
    const auto seed = plan_.from + (at - plan_.regressions.size());
    running one;
    one.what = kept ? plan_.regressions[at] : drawn_from(what_, seed);
    if (!kept && !plan_.workloads.empty()) one.what.options.workloads = plan_.workloads;
    start(std::move(one));
  }

  void start(running one) {
    one.since = real_clock::now();
    one.process = std::make_unique<child_run>(what_, one.what);
    running_.push_back(std::move(one));
  }

  void await() {
    std::vector<pollfd> ready;
    for (const auto& one : running_) ready.push_back({one.process->descriptor(), POLLIN, 0});
    constexpr int look_around_ms = 500;
    ::poll(ready.data(), ready.size(), look_around_ms);
  }

  /// True: it ended, and is no longer among those that run.
  bool attend(std::size_t at) {
    auto& one = running_[at];
    const bool late =
        real_clock::now() - one.since > std::chrono::seconds(plan_.run_seconds_max);
    if (one.process->read() && !late) return false;
    auto ended = std::move(one);
    running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(at));
    const auto result =
        late ? ended.process->give_up(plan_.run_seconds_max) : ended.process->finish();
    take(std::move(ended), result);
    return true;
  }

  void take(running ended, run_result result) {
    if (ended.again && !result.broken && result.hash != ended.hash_before)
      result.broken = violation{"determinism", "the same run twice, but not the same trace"};
    const bool repeat = mixed(ended.what.options.seed) % 1'000'000 < plan_.twice_per_million;
    if (!ended.again && repeat && !result.broken) {
      running second;
      second.what = std::move(ended.what);
      second.again = true;
      second.hash_before = result.hash;
      return start(std::move(second));
    }
    ++done_;
    outcome_.simulated_ms += result.simulated_ms;
    for (const auto& [name, count] : result.figures) outcome_.figures[name] += count;
    for (const auto& one : ended.what.faults)
      ++outcome_.figures["fault " + std::string(name_of(one.kind))];
    if (!result.broken) return void(++outcome_.passed);
    ++outcome_.failed;
    std::fprintf(stderr, "FAILED seed %" PRIu64 ": %s: %s\n", ended.what.options.seed,
                 result.broken->invariant.c_str(), result.broken->sentence.c_str());
    failed_.emplace_back(std::move(ended.what), *std::move(result.broken));
  }

  void tell_failure(const job& which, const violation& broken) {
    if (outcome_.failures.size() < plan_.told_max) {
      outcome_.failures.push_back(explain(what_, which, broken, plan_));
      std::fprintf(plan_.out, "%s\n", report_of(outcome_.failures.back()).c_str());
    } else {
      std::fprintf(plan_.out, "FAILED seed %" PRIu64 ": %s: %s\n", which.options.seed,
                   broken.invariant.c_str(), broken.sentence.c_str());
    }
    std::fflush(plan_.out);
  }

  void tell_progress() {
    const auto now = real_clock::now();
    constexpr std::chrono::seconds between(10);
    if (now - told_ < between) return;
    told_ = now;
    const double seconds = std::chrono::duration<double>(now - began_).count();
    std::fprintf(stderr, "%" PRIu64 " of %" PRIu64 " runs, %" PRIu64 " failed, %.1f a second, "
                 "%.1f simulated hours\n", done_, total_, outcome_.failed,
                 static_cast<double>(done_) / seconds,
                 static_cast<double>(outcome_.simulated_ms) / 3'600'000);
  }

  void tell_sums() {
    const double seconds = std::chrono::duration<double>(real_clock::now() - began_).count();
    std::fprintf(stderr, "%.1f s, %.2f runs a second\n", seconds,
                 static_cast<double>(done_) / seconds);
    for (const auto& [name, count] : outcome_.figures)
      std::fprintf(plan_.out, "%12" PRIu64 " %s\n", count, name.c_str());
    std::fprintf(plan_.out, "%12.1f simulated hours\n",
                 static_cast<double>(outcome_.simulated_ms) / 3'600'000);
    std::fprintf(plan_.out, "%" PRIu64 " passed, %" PRIu64 " failed\n", outcome_.passed,
                 outcome_.failed);
    std::fflush(plan_.out);
  }

  const scenario& what_;
  const hunt_plan& plan_;
  std::uint64_t total_, given_ = 0, done_ = 0;
  std::vector<running> running_;
  std::vector<std::pair<job, violation>> failed_;
  hunt_outcome outcome_;
  real_clock::time_point began_ = real_clock::now(), told_ = began_;
};

}  // namespace

hunt_outcome hunt(const scenario& what, const hunt_plan& plan) { return hunting(what, plan).run(); }

hunt_outcome show(const scenario& what, const job& one, const hunt_plan& plan, tell how_much) {
  std::fprintf(plan.out, "%s", to_text(one).c_str());
  auto* everything = how_much == tell::everything ? plan.out : nullptr;
  const auto result = run_in_child(what, one, plan.run_seconds_max, everything);
  std::fprintf(plan.out, "hash %016" PRIx64 "\n", result.hash);
  hunt_outcome outcome;
  outcome.simulated_ms = result.simulated_ms;
  outcome.figures = result.figures;
  ++(result.broken ? outcome.failed : outcome.passed);
  if (result.broken) {
    outcome.failures.push_back(explain(what, one, *result.broken, plan));
    std::fprintf(plan.out, "%s\n", report_of(outcome.failures.back()).c_str());
  }
  for (const auto& [name, count] : result.figures)
    std::fprintf(plan.out, "%12" PRIu64 " %s\n", count, name.c_str());
  std::fprintf(plan.out, "%" PRIu64 " passed, %" PRIu64 " failed\n", outcome.passed,
               outcome.failed);
  std::fflush(plan.out);
  return outcome;
}

}  // namespace resalehub::simulation
