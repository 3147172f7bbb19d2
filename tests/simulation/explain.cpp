#include "tests/simulation/explain.hpp"

#include <deque>
#include <memory>

#include "base/check.hpp"
#include "tests/simulation/shrink.hpp"

namespace resalehub::simulation {

namespace {

struct closing {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using open_file = std::unique_ptr<std::FILE, closing>;

/// The lines of a file from its beginning, one at a time.
class lines_of {
 public:
  explicit lines_of(std::FILE* file) : file_(file) { std::rewind(file); }
  ~lines_of() { std::free(line_); }
  lines_of(const lines_of&) = delete;
  lines_of& operator=(const lines_of&) = delete;

  std::optional<std::string> next() {
    const auto length = ::getline(&line_, &room_, file_);
    if (length <= 0) return std::nullopt;
    std::string line(line_, static_cast<std::size_t>(length));
    if (line.back() == '\n') line.pop_back();
    return line;
  }

 private:
  std::FILE* file_;
  char* line_ = nullptr;
  std::size_t room_ = 0;
};

/// A run again, with all that happened in a file: the process may die in it.
open_file traced(const scenario& what, const job& one, int seconds_max) {
  open_file file(std::tmpfile());
  check(file != nullptr, "the system has room for one more file");
  run_in_child(what, one, seconds_max, file.get());
  return file;
}

std::vector<std::string> last_events(const scenario& what, const job& one, int seconds_max) {
  const auto file = traced(what, one, seconds_max);
  std::deque<std::string> kept;
  lines_of lines(file.get());
  while (auto line = lines.next()) {
    kept.push_back(*std::move(line));
    if (kept.size() > trace::kept_max) kept.pop_front();
  }
  return {kept.begin(), kept.end()};
}

std::vector<std::string> first_difference(const scenario& what, const job& one, int seconds_max) {
  const auto first = traced(what, one, seconds_max);
  const auto second = traced(what, one, seconds_max);
  constexpr std::size_t before_max = 20;
  std::deque<std::string> kept;
  lines_of left(first.get());
  lines_of right(second.get());
  while (true) {
    const auto a = left.next();
    const auto b = right.next();
    if (!a && !b) return {"two more runs were the same"};
    if (a != b) {
      kept.push_back("first:  " + a.value_or("(ended)"));
      kept.push_back("second: " + b.value_or("(ended)"));
      return {kept.begin(), kept.end()};
    }
    kept.push_back(*a);
    if (kept.size() > before_max) kept.pop_front();
  }
}

}  // namespace

failure explain(const scenario& what, const job& one, const violation& broken,
                const hunt_plan& plan) {
  failure told{.drawn = one, .broken = broken, .smallest = one};
  if (broken.invariant == "determinism") {
    told.last = first_difference(what, one, plan.run_seconds_max);
    return told;
  }
  const auto fails = [&](const schedule& fewer) {
    const auto result = run_in_child(what, {one.options, fewer}, plan.run_seconds_max);
    return result.broken && result.broken->invariant == broken.invariant;
  };
  auto small = shrink(one.faults, fails, plan.shrink_runs_max);
  told.smallest.faults = std::move(small.faults);
  told.shrink_runs = small.runs;
  told.proven_smallest = small.smallest;
  told.last = last_events(what, told.smallest, plan.run_seconds_max);
  return told;
}

}  // namespace resalehub::simulation
