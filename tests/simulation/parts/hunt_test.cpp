#include "tests/simulation/hunt.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>

#include "tests/simulation/parts/toy.hpp"
#include "tests/simulation/regressions.hpp"

namespace resalehub::simulation {
namespace {

constexpr scenario toy{toy_options, run_toy};

/// What a hunt prints, kept.
class page {
 public:
  std::FILE* file() { return file_; }
  std::string text() {
    std::string out(static_cast<std::size_t>(std::ftell(file_)), '\0');
    std::rewind(file_);
    out.resize(std::fread(out.data(), 1, out.size(), file_));
    return out;
  }
  ~page() { std::fclose(file_); }

 private:
  std::FILE* file_ = std::tmpfile();
};

hunt_plan plan_of(std::uint64_t seeds, page& out) {
  return {.seeds = seeds, .jobs = 2, .out = out.file()};
}

TEST_CASE("a run that crashes is a failure with its last words and last events") {
  page out;
  const auto found = hunt({toy_options, run_brittle_toy}, plan_of(8, out));
  REQUIRE(found.failed > 0);
  REQUIRE(found.passed > 0);
  const auto& one = found.failures.at(0);
  CHECK(one.broken.invariant == "process");
  CHECK(one.broken.sentence.find("signal 6") != std::string::npos);
  CHECK(one.broken.sentence.find("the toy bears no jump") != std::string::npos);
  REQUIRE(one.smallest.faults.size() == 1);
  CHECK(one.smallest.faults[0].kind == fault_kind::clock_jump);
  REQUIRE(one.last.size() == 1);
  CHECK(one.last[0].find("clock_jump") != std::string::npos);
}

TEST_CASE("a run that does not end is given up and counts as failed") {
  page out;
  auto plan = plan_of(1, out);
  plan.run_seconds_max = 1;
  plan.shrink_runs_max = 0;
  plan.told_max = 0;
  CHECK(hunt({toy_options, run_endless_toy}, plan).failed == 1);
  CHECK(out.text().find("no end: still running after 1 s") != std::string::npos);
}

TEST_CASE("a run whose trace is not the same twice is a failure, told by its first difference") {
  page out;
  auto plan = plan_of(1, out);
  plan.twice_per_million = 1'000'000;
  const auto found = hunt({toy_options, run_leaky_toy}, plan);
  REQUIRE(found.failed == 1);
  const auto& one = found.failures.at(0);
  CHECK(one.broken.invariant == "determinism");
  REQUIRE(one.last.size() == 3);
  CHECK(one.last[0].find("harmless") != std::string::npos);
  CHECK(one.last[1].starts_with("first: "));
  CHECK(one.last[2].starts_with("second: "));
}

TEST_CASE("a broken invariant is told with the two faults that it needs, which fail again") {
  page out;
  auto plan = plan_of(60, out);
  plan.told_max = 2;
  const auto found = hunt(toy, plan);
  REQUIRE(found.failed > 0);
  CHECK(found.passed + found.failed == 60);
  const auto& one = found.failures.at(0);
  CHECK(one.broken.invariant == "T1");
  CHECK(one.proven_smallest);
  REQUIRE(one.smallest.faults.size() == 2);
  CHECK(one.smallest.faults[0].kind == fault_kind::partition);
  CHECK(one.smallest.faults[1].kind == fault_kind::crash);
  const auto text = out.text();
  CHECK(text.find("FAILED seed") != std::string::npos);
  CHECK(text.find(to_text(one.smallest)) != std::string::npos);
  const auto sums = std::to_string(found.passed) + " passed, " + std::to_string(found.failed) +
                    " failed\n";
  CHECK(text.ends_with(sums));
  const auto kept = regressions_from_text(toy, to_text(one.smallest));
  REQUIRE(std::get<std::vector<job>>(kept) == std::vector<job>{one.smallest});
  const auto again = run_in_child(toy, one.smallest, 60);
  CHECK(again.broken->invariant == "T1");
}

TEST_CASE("regressions run first, and a wrong line in their file is named") {
  const auto wrong = regressions_from_text(toy, "seed 5\n\nseed five\n");
  CHECK(std::get<std::string>(wrong) == "line 3 is no seed, no options and no fault of a run");
  const auto lone = regressions_from_text(toy, "1 ms: reset of 1 toward 2 for 0 ms, strength 0\n");
  CHECK(std::holds_alternative<std::string>(lone));
  const auto read = regressions_from_text(toy, "# why\nseed 5\n\nseed 6");
  const auto& jobs = std::get<std::vector<job>>(read);
  REQUIRE(jobs.size() == 2);
  CHECK(jobs[0] == drawn_from(toy, 5));
  page out;
  auto plan = plan_of(0, out);
  plan.regressions = jobs;
  const auto found = hunt(toy, plan);
  CHECK(found.passed + found.failed == 2);
}

TEST_CASE("a run's result comes back from its text, and half of one does not") {
  run_result result{.broken = violation{"R4", "two\nlines"}, .hash = 7, .simulated_ms = 9};
  result.figures["elections won"] = 3;
  const auto text = to_text(result);
  const auto back = result_from_text(text);
  REQUIRE(back);
  CHECK(back->hash == 7);
  CHECK(back->simulated_ms == 9);
  CHECK(back->broken->invariant == "R4");
  CHECK(back->broken->sentence == "two\tlines");
  CHECK(back->figures == result.figures);
  for (std::size_t cut = 0; cut < text.size(); ++cut)
    CHECK_FALSE(result_from_text(std::string_view(text).substr(0, cut)));
}

TEST_CASE("a seed's trace is the same here, in another process and in every build") {
  const auto one = drawn_from(toy, 3);
  trace here;
  run_toy(one.options, one.faults, here);
  CHECK(run_in_child(toy, one, 60).hash == here.hash());
  CHECK(here.hash() == 0xd08a64af5dd4e9f9);
}

TEST_CASE("one seed is shown with its options, its faults, its hash and, if asked, its trace") {
  page brief, whole;
  const auto one = drawn_from(toy, 4);
  CHECK(show(toy, one, plan_of(0, brief), tell::the_end).failures.size() < 2);
  show(toy, one, plan_of(0, whole), tell::everything);
  const auto text = brief.text();
  CHECK(text.starts_with(to_text(one)));
  CHECK(text.find("\nhash ") != std::string::npos);
  CHECK(whole.text().find(" arrived ") != std::string::npos);
  CHECK(text.find(" m1 attached ") == std::string::npos);
}

}  // namespace
}  // namespace resalehub::simulation
