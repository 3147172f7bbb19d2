#include "tests/simulation/broken_hunt.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cinttypes>
#include <sstream>

#include "base/bug.hpp"

namespace resalehub::simulation {
namespace {

struct variant_row {
  std::string_view name;
  bug which;
  std::string_view sentence;
};
constexpr std::array variant_rows{
#define RESALEHUB_BUG(name, sentence) variant_row{#name, bug::name, sentence},
#include "base/bugs.inc"
#undef RESALEHUB_BUG
};

#ifdef RESALEHUB_BROKEN_VARIANTS
constexpr bool breakable = true;
void choose(bug which) { chosen_bug = which; }
#else
constexpr bool breakable = false;
void choose(bug) {}
#endif

std::vector<variant_row> named(const std::string& names) {
  if (names == "all") return {variant_rows.begin(), variant_rows.end()};
  std::vector<variant_row> rows;
  std::istringstream in(names);
  for (std::string name; std::getline(in, name, ',');) {
    const auto found = std::find_if(variant_rows.begin(), variant_rows.end(),
                                    [&](const variant_row& row) { return row.name == name; });
    if (found == variant_rows.end()) return {};
    rows.push_back(*found);
  }
  return rows;
}

/// In one line of a table.
std::string cell(std::string text) {
  constexpr std::size_t longest = 120;
  std::replace_if(text.begin(), text.end(), [](char c) { return c == '\n' || c == '|'; }, ' ');
  return text.size() > longest ? text.substr(0, longest) + " ..." : text;
}

class broken_hunting {
 public:
  broken_hunting(const scenario& what, const hunt_plan& plan) : what_(what), plan_(plan) {}

  bool caught(const variant_row& row) {
    const auto began = std::chrono::steady_clock::now();
    const auto seconds = [&] {
      return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    };
    for (std::uint64_t tried = 1; tried <= plan_.seeds; ++tried) {
      auto one = drawn_from(what_, plan_.from + tried - 1);
      if (!plan_.workloads.empty()) one.options.workloads = plan_.workloads;
      const auto broken = run(one, row.which);
      if (!broken || run(one, bug::none)) continue;  // a seed that fails anyway proves nothing
      std::fprintf(plan_.out, "| %s | %s | %s | %" PRIu64 " | %.0f |\n", row.name.data(),
                   broken->invariant.c_str(), cell(broken->sentence).c_str(), tried, seconds());
      std::fflush(plan_.out);
      return true;
    }
    std::fprintf(plan_.out, "| %s | not caught | %s | %" PRIu64 " | %.0f |\n", row.name.data(),
                 row.sentence.data(), plan_.seeds, seconds());
    std::fflush(plan_.out);
    return false;
  }

 private:
  std::optional<violation> run(const job& one, bug with) {
    choose(with);
    auto result = run_in_child(what_, one, plan_.run_seconds_max);
    choose(bug::none);
    return std::move(result.broken);
  }

  const scenario& what_;
  const hunt_plan& plan_;
};

}  // namespace

bool become(const std::string& variant) {
  const auto rows = named(variant);
  if (!breakable || rows.size() != 1) return false;
  choose(rows.front().which);
  return true;
}

int hunt_broken(const scenario& what, const std::string& variants, const hunt_plan& plan) {
  const auto rows = named(variants);
  if (!breakable || rows.empty()) {
    std::fprintf(stderr, breakable ? "the broken variants are those of base/bugs.inc\n"
                                   : "this build cannot be broken: simulation_breakable can\n");
    return 2;
  }
  std::fprintf(plan.out, "| variant | caught by | in these words | seeds | seconds |\n");
  std::fprintf(plan.out, "| --- | --- | --- | --- | --- |\n");
  broken_hunting hunting(what, plan);
  std::uint64_t passed = 0;
  for (const auto& row : rows) passed += hunting.caught(row) ? 1 : 0;
  std::fprintf(plan.out, "%" PRIu64 " passed, %" PRIu64 " failed\n", passed,
               rows.size() - passed);
  return passed == rows.size() ? 0 : 1;
}

}  // namespace resalehub::simulation
