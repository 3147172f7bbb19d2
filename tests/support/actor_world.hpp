#pragma once
/// A node's partitions without threads, sockets or waiting: CAF's testing scheduler, log writer and
/// applier run by hand, an in-memory disk, a clock that the test moves, chance from a seed.
/// `crash()` takes the node away as a kill would; what was not synced is gone.

#include <atomic>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/host_figures.hpp"
#include "cluster/partition_actor.hpp"
#include "storage/applier.hpp"
#include "storage/log_store.hpp"
#include "storage/log_writer.hpp"
#include "tests/support/forgetful_env.hpp"

namespace resalehub::testing {

class test_clock final : public clock_port {
 public:
  instant at{1'770'000'000'000};
  instant now() const override { return at; }
  std::int64_t monotonic_us() const override { return at.unix_ms * 1000; }
};

class test_entropy final : public entropy_port {
 public:
  explicit test_entropy(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() override;  // splitmix64
  void fill(void* bytes, std::size_t count) override;

 private:
  std::uint64_t state_;
};

struct world_options {
  std::uint64_t seed = 1;
  std::uint32_t partitions = 4;
  host_limits limits;
};

class actor_world : public entity_asker {
 public:
  using kinds_lookup = std::function<const entity_kind*(kind_prefix)>;
  actor_world(kinds_lookup kinds, world_options options = {});
  ~actor_world() override;

  void ask(resalehub::ask request) override;
  void list(scan request) override;

  /// Asks and runs until the answer is there; nothing when it does not come by itself.
  std::optional<result<answer>> answer_to(resalehub::ask request);
  std::vector<listed_row> rows_of(const std::string& index, slot_number place);
  std::size_t rows_stored(family where) const;

  void run();                    ///< until nothing is left to do without time passing
  bool step();                   ///< one actor's message, one sync or one round of the applier
  void run_disk();               ///< log writer and applier only: what was proposed is synced
  void pass(milliseconds time);  ///< moves the clock, a tick each 100 ms
  void crash();                  ///< the node dies; unsynced bytes are lost
  void start();                  ///< it comes back with what is on disk
  std::uint64_t commits() const { return figures.commits.load(); }
  std::uint32_t partitions() const { return options_.partitions; }

  test_clock clock;
  test_entropy entropy;
  host_figures figures;
  std::map<std::string, outside_port*> outside;
  std::vector<push> pushed;

 private:
  struct live_node;
  test_entropy turns_;
  kinds_lookup kinds_;
  world_options options_;
  std::unique_ptr<forgetful_env> env_;
  std::unique_ptr<live_node> node_;
};

}  // namespace resalehub::testing
