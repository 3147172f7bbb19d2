#include "tests/simulation/parts/toy.hpp"

#include <csignal>
#include <memory>
#include <unistd.h>

#include "base/check.hpp"
#include "tests/simulation/fault_effects.hpp"
#include "tests/simulation/simulated_links.hpp"

namespace resalehub::simulation {

namespace {

class toy_node final : public link_listener {
 public:
  toy_node(network& ways, machine_number machine, std::uint32_t machines)
      : links_(ways, machine, {machine, "node-" + std::to_string(machine), 1}) {
    std::vector<peer> peers;
    for (node_number node = 1; node <= machines; ++node)
      peers.push_back({node, "node-" + std::to_string(node), address_of(node)});
    links_.know(peers);
    links_.start(*this);
  }
  void ping(std::uint32_t machines, const std::string& text) {
    for (node_number node = 1; node <= machines; ++node)
      if (links_.send(node, lane::urgent, text)) ++sent;
  }

  void connected(node_number, std::uint64_t) override {}
  void disconnected(node_number) override {}
  void arrived(node_number, std::uint64_t, std::string) override { ++heard; }
  void introduced(std::string, std::string, std::function<void(std::string)>) override {}

  std::uint64_t sent = 0, heard = 0;

 private:
  simulated_links links_;
};

}  // namespace

run_options toy_options(std::uint64_t seed) {
  constexpr std::string_view workloads[] = {"ping", "pong"};
  auto drawn = draw_options(seed, workloads);
  drawn.trouble_ms = 20'000;
  drawn.quiet_ms = 5'000;
  return drawn;
}

run_result run_toy(const run_options& options, const schedule& faults, trace& log) {
  timeline time;
  network ways(time, log, {.seed = options.seed});
  std::vector<std::unique_ptr<toy_node>> nodes;
  node_clock clock(time);
  for (machine_number machine = 1; machine <= options.machines; ++machine)
    nodes.push_back(std::make_unique<toy_node>(ways, machine, options.machines));

  run_result result;
  std::int64_t partition_until_ms = -1;
  for (const auto& one : faults) {
    time.at(one.at_ms * millisecond_ns, [&, one] {
      log.note({time.now(), 0, "fault", static_cast<std::uint64_t>(one.kind), 0, 0, to_text(one)});
      if (!carry_out(one, ways, time)) carry_out(one, clock, time);
      if (one.kind == fault_kind::partition)
        partition_until_ms = std::max(partition_until_ms, one.end_ms());
      if (one.kind == fault_kind::crash && one.at_ms < partition_until_ms && !result.broken)
        result.broken = violation{"T1", "a crash during a partition"};
    });
  }
  const auto end_ms = options.calm_ms + options.trouble_ms + options.quiet_ms;
  constexpr std::int64_t beat_ms = 100;
  for (std::int64_t at_ms = 0; at_ms < end_ms; at_ms += beat_ms) {
    time.run_until(at_ms * millisecond_ns);
    for (auto& node : nodes) node->ping(options.machines, "ping " + std::to_string(at_ms));
  }
  result.simulated_ms = end_ms;
  for (const auto& node : nodes) result.figures["heard"] += node->heard;
  log.note({time.now(), 0, "clock", static_cast<std::uint64_t>(clock.now().unix_ms)});
  return result;
}

run_result run_brittle_toy(const run_options&, const schedule& faults, trace& log) {
  std::signal(SIGABRT, SIG_DFL);  // the test framework would report a failure of its own
  for (const auto& one : faults) {
    log.note({one.at_ms * millisecond_ns, 1, "fault", 0, 0, 0, to_text(one)});
    check(one.kind != fault_kind::clock_jump, "the toy bears no jump");
  }
  return {};
}

run_result run_leaky_toy(const run_options&, const schedule&, trace& log) {
  log.note({0, 1, "harmless"});
  log.note({1, 1, "process", static_cast<std::uint64_t>(::getpid())});
  return {};
}

run_result run_endless_toy(const run_options&, const schedule&, trace& log) {
  while (true) log.note({0, 1, "again"});
}

}  // namespace resalehub::simulation
