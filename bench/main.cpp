// The door of ./bench.sh: which benchmarks run, and with what.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "bench/benchmarks.hpp"

namespace {

using namespace resalehub::bench;

struct benchmark {
  const char* name;
  const char* sentence;
  void (*measure)(const settings&, report&);
};

constexpr benchmark benchmarks[] = {
    {"commits", "durable commands at 1, 64 and 256 connections, beside RocksDB alone",
     measure_commits},
    {"reads", "one listing by id at 64 connections, beside a bare Beast server", measure_reads},
    {"checkout", "whole purchases, and adding to a cart of 1 and of 50 lines", measure_checkout},
    {"hot", "holds on one listing, beside the same holds over many listings", measure_hot},
    {"memory", "bytes of an entity and a connection; a million listings in 512 MB",
     measure_memory},
};

bool run(const benchmark& which, const settings& all, const std::filesystem::path& results) {
  std::printf("-- %s: %s\n", which.name, which.sentence);
  report found(which.name);
  const quiet_watch watch;
  which.measure(all, found);
  found.end(watch.others_share());
  found.write(results);
  return found.all_hold();
}

}  // namespace

int main(int count, char** words) {
  CLI::App app{"Measures Resale Hub beside what the libraries underneath reach alone."};
  settings all;
  std::vector<std::string> names;
  std::filesystem::path results = "bench/results";
  bool list = false;
  app.add_option("name", names, "benchmarks; none: all of them");
  app.add_flag("--list", list, "say which benchmarks there are");
  app.add_option("--programs", all.programs, "where the built programs are")->required();
  app.add_option("--directory", all.directory, "where data is kept meanwhile")->required();
  app.add_option("--results", results, "where the JSON goes")->capture_default_str();
  app.add_option("--seconds", all.seconds, "of one measurement")->capture_default_str();
  app.add_option("--rounds", all.rounds, "of which the median counts")
      ->capture_default_str()->check(CLI::Range(1, 99));
  app.add_option("--listings", all.listings, "of `memory`")
      ->capture_default_str()->check(CLI::PositiveNumber);
  app.add_option("--idle", all.idle_connections, "idle connections of `memory`")
      ->capture_default_str()->check(CLI::PositiveNumber);
  app.add_option("--option", all.options, "of the server, as name=value; may be repeated")
      ->allow_extra_args(false);
  CLI11_PARSE(app, count, words);

  for (const auto& name : names) {
    const auto known = [&](const benchmark& one) { return name == one.name; };
    if (std::any_of(std::begin(benchmarks), std::end(benchmarks), known)) continue;
    std::fprintf(stderr, "There is no benchmark %s: see ./bench.sh --list\n", name.c_str());
    return 2;
  }
  bool all_hold = true;
  if (!list) report::print_head();
  for (const auto& one : benchmarks) {
    if (list) std::printf("%-10s %s\n", one.name, one.sentence);
    const bool wanted = names.empty() || std::count(names.begin(), names.end(), one.name) > 0;
    if (list || !wanted) continue;
    try {
      all_hold &= run(one, all, results);
    } catch (const std::exception& failure) {
      std::fprintf(stderr, "%s could not be measured: %s\n", one.name, failure.what());
      return 2;
    }
  }
  return all_hold ? 0 : 1;
}
