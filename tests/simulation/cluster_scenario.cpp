// The run of a cluster: it comes to be, clients work, things go wrong, then nothing does any more,
// and everything must be well again.

#include "actors/catalog.hpp"
#include "tests/simulation/account_entity.hpp"
#include "tests/simulation/alarm_entity.hpp"
#include "tests/simulation/register_entity.hpp"
#include "tests/simulation/stable_hash.hpp"
#include "tests/simulation/workloads.hpp"

namespace resalehub::simulation {
namespace {

const entity_kind* kinds(kind_prefix prefix) {
  for (const auto* own : {&registers::kind(), &accounts::kind(), &alarms::kind()})
    if (prefix == own->prefix) return own;
  return kind_of(prefix);
}

run_options drawn(std::uint64_t seed) {
  std::array<std::string_view, workload_rows.size()> names;
  for (std::size_t n = 0; n < names.size(); ++n) names[n] = workload_rows[n].name;
  return draw_options(seed, names);
}

struct contents {
  std::uint64_t applied = 0;
  std::uint64_t hash = 0;
  friend bool operator==(const contents&, const contents&) = default;
};

contents contents_of(const state_store& store, keys::partition_number partition) {
  stable_hash hash;
  const auto from = keys::partition_prefix(partition);
  const auto to = keys::after_prefix(from);
  for (int f = 0; f < family_count; ++f)
    store.scan({static_cast<family>(f), from, to}, [&](std::string_view key, std::string_view row) {
      hash.add(key);
      hash.add(row);
      return true;
    });
  return {store.applied(partition).index, hash.value()};
}

/// L3: all replicas of a partition come to hold the same.
bool replicas_agree(world& in, std::string* difference) {
  for (keys::partition_number p = 0; p < in.options().partitions; ++p) {
    std::optional<contents> first;
    for (machine_number number = 1; number <= in.machines(); ++number) {
      contents here;
      bool holds = false;
      const bool seen = in.look(in.at(number), [&](const state_store& store) {
        holds = !store.members(p).empty();
        if (holds) here = contents_of(store, p);
      });
      if (!seen) return *difference = "a machine is down", false;
      if (!holds) continue;
      if (!first) first = here;
      if (here == *first) continue;
      *difference = "partition " + std::to_string(p) + " on machine " + std::to_string(number) +
                    " is at entry " + std::to_string(here.applied) + ", elsewhere at " +
                    std::to_string(first->applied) +
                    (here.applied == first->applied ? ", with other contents" : "");
      return false;
    }
  }
  return true;
}

struct at_work {
  std::string_view name;
  std::unique_ptr<workload> clients;
};

void recover(world& in, std::vector<at_work>& work) {
  in.calm();
  in.run_for(10 * second_ns);
  for (auto& one : work) one.clients->stop();
  std::string waiting;
  const auto settled = [&] {
    waiting.clear();
    for (const auto& one : work)
      if (!one.clients->settled()) waiting += " " + std::string(one.name);
    return waiting.empty();
  };
  if (!in.run_while_not(settled, 30 * second_ns))
    in.violated("L2", "clients still wait after the quiet period:" + waiting);
  for (auto& one : work)
    if (!in.broken()) one.clients->check();
  std::string difference;
  if (!in.broken() &&
      !in.run_while_not([&] { return replicas_agree(in, &difference); }, 40 * second_ns))
    in.violated("L3", difference);
}

run_result run(const run_options& options, const schedule& faults, trace& log) {
  world in(options, log, kinds);
  if (!in.begin()) in.violated("L1", "the cluster does not come to be");
  std::vector<at_work> work;
  for (const auto& row : workload_rows)
    for (const auto& name : options.workloads)
      if (name == row.name) work.push_back({row.name, row.make(in)});
  for (auto& one : work) one.clients->begin();
  in.plan(faults);
  in.run_for((options.calm_ms + options.trouble_ms) * millisecond_ns);
  if (!in.broken()) recover(in, work);
  run_result out;
  out.broken = in.broken();
  out.hash = log.hash();
  out.simulated_ms = in.time().now() / millisecond_ns;
  out.figures = in.figures();
  out.figures["entries applied"] += in.watch().entries_applied();
  return out;
}

}  // namespace

scenario the_scenario() { return {drawn, run}; }

}  // namespace resalehub::simulation
