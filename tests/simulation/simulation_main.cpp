// The program behind `./test sim`: many seeds, or one of them in detail.
#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <sstream>

#include "tests/simulation/broken_hunt.hpp"
#include "tests/simulation/hunt.hpp"
#include "tests/simulation/regressions.hpp"

namespace {

using namespace resalehub::simulation;

struct wish {
  hunt_plan plan;
  std::optional<std::uint64_t> seed;
  tell how_much = tell::the_end;
  std::string regressions;
  std::string variants;
};

wish wish_from(int count, char** words) {
  wish out;
  CLI::App program{"Runs simulated clusters under seeded faults."};
  program.name("./test sim");
  program.add_option("--seeds", out.plan.seeds, "how many seeds");
  program.add_option("--from", out.plan.from, "the first of them");
  program.add_option("--jobs", out.plan.jobs, "processes at a time")->check(CLI::Range(1, 256));
  program.add_option("--seed", out.seed, "one seed: its options, faults and trace hash");
  program.add_option("--workloads", out.plan.workloads, "these, whatever a seed draws")
      ->delimiter(',');
  const auto everything = [&](std::int64_t) { out.how_much = tell::everything; };
  program.add_flag_function("--trace", everything, "all that happens in that one");
  program.add_option("--regressions", out.regressions, "a file of runs that once failed")
      ->check(CLI::ExistingFile);
  program.add_option("--broken", out.variants,
                     "broken variants, by commas, or all: the seeds that each needs to be caught");
  program.add_option("--shrink-runs", out.plan.shrink_runs_max, "runs to make a failure small");
  program.add_option("--run-seconds", out.plan.run_seconds_max, "a run that takes longer failed");
  try {
    program.parse(count, words);
  } catch (const CLI::ParseError& wrong) {
    std::exit(program.exit(wrong) == 0 ? 0 : 2);
  }
  return out;
}

std::vector<job> read_regressions(const scenario& what, const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  auto read = regressions_from_text(what, text.str());
  if (const auto* wrong = std::get_if<std::string>(&read)) {
    std::cerr << path << ": " << *wrong << "\n";
    std::exit(2);
  }
  return std::get<std::vector<job>>(std::move(read));
}

}  // namespace

int main(int count, char** words) {
  auto wanted = wish_from(count, words);
  const auto what = the_scenario();
  if (!wanted.variants.empty() && !wanted.seed)
    return hunt_broken(what, wanted.variants, wanted.plan);
  if (wanted.seed) {
    if (!wanted.variants.empty() && !become(wanted.variants)) {
      std::cerr << "one broken variant of base/bugs.inc, in the program simulation_breakable\n";
      return 2;
    }
    auto one = drawn_from(what, *wanted.seed);
    if (!wanted.plan.workloads.empty()) one.options.workloads = wanted.plan.workloads;
    return show(what, one, wanted.plan, wanted.how_much).failed == 0 ? 0 : 1;
  }
  if (!wanted.regressions.empty())
    wanted.plan.regressions = read_regressions(what, wanted.regressions);
  if (wanted.plan.regressions.empty() && wanted.plan.seeds == 0) {
    std::cerr << "./test sim takes --seeds N, --seed S or --regressions FILE\n";
    return 2;
  }
  if (wanted.how_much == tell::everything && wanted.plan.regressions.size() == 1)
    return show(what, wanted.plan.regressions[0], wanted.plan, wanted.how_much).failed == 0 ? 0 : 1;
  return hunt(what, wanted.plan).failed == 0 ? 0 : 1;
}
