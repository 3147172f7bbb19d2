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
    {"cluster.commands", "replicated commands at 1, 64 and 256 connections, beside etcd",
     measure_cluster_commands},
    {"cluster.purchases", "whole purchases on three nodes, beside PostgreSQL with a standby",
     measure_cluster_purchases},
    {"cluster.reads", "linearizable reads on three nodes, beside one node",
     measure_cluster_reads},
    {"cluster.costs", "processor time of commands on 1, 3 and 5 nodes, and of doing nothing",
     measure_cluster_costs},
    {"cluster.failover", "the longest gap between two writes when a leader is killed",
     measure_cluster_failover},
    {"cluster.join", "time until a fourth node has its share", measure_cluster_join},
    {"cluster.recovery", "from kill -9 to serving, by how much was logged",
     measure_cluster_recovery},
};

/// By its own name, or by that of its family: `cluster` is all of `cluster.*`.
bool is_called(const benchmark& one, const std::string& name) {
  return name == one.name || std::string_view(one.name).starts_with(name + '.');
}

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
  app.add_option("name", names, "benchmarks, or `cluster` for its family; none: all of them");
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
  app.add_option("--kills", all.kills, "of `cluster.failover`")
      ->capture_default_str()->check(CLI::PositiveNumber);
  app.add_option("--log-entries", all.log_entries, "most of `cluster.recovery`")
      ->capture_default_str()->check(CLI::PositiveNumber);
  app.add_option("--option", all.options, "of the server, as name=value; may be repeated")
      ->allow_extra_args(false);
  CLI11_PARSE(app, count, words);

  for (const auto& name : names) {
    const auto known = [&](const benchmark& one) { return is_called(one, name); };
    if (std::any_of(std::begin(benchmarks), std::end(benchmarks), known)) continue;
    std::fprintf(stderr, "There is no benchmark %s: see ./bench.sh --list\n", name.c_str());
    return 2;
  }
  bool all_hold = true;
  if (!list) report::print_head();
  for (const auto& one : benchmarks) {
    if (list) std::printf("%-18s %s\n", one.name, one.sentence);
    const bool wanted =
        names.empty() || std::any_of(names.begin(), names.end(), [&](const std::string& name) {
          return is_called(one, name);
        });
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
