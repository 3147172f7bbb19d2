#pragma once
/// What a seed decides about a simulated run besides its faults: one line of text that a person
/// reads and that is read back. Values; any thread.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/simulation/fault.hpp"

namespace resalehub::simulation {

/// Small constants everywhere (short logs, early snapshots, little mailboxes) reach in seconds what
/// ordinary ones reach in days.
enum class constants : std::uint8_t { ordinary, small };
/// Who is next among actors that could run: anyone, or the one with the highest of drawn
/// priorities, which change `priority_changes` times.
enum class turns : std::uint8_t { uniform, by_priority };

struct run_options {
  std::uint64_t seed = 0;
  std::uint32_t machines = 3;  ///< 1, 3 or 5
  std::uint32_t partitions = 1;
  std::uint32_t clients = 1;  ///< at most 8 at work on one key: see linearizability.hpp
  constants sizes = constants::ordinary;
  turns order = turns::uniform;
  std::uint32_t priority_changes = 0;
  std::int64_t calm_ms = 0;     ///< from the start: no fault yet
  std::int64_t trouble_ms = 0;  ///< then: faults; all are over at its end
  std::int64_t quiet_ms = 0;    ///< then: everything must recover
  std::vector<fault_class> faults;
  std::vector<std::string> workloads;

  bool has(fault_class which) const;
  friend bool operator==(const run_options&, const run_options&) = default;
};

/// Of the offered workloads each with odds of 1/2, at least one when any is offered.
run_options draw_options(std::uint64_t seed, std::span<const std::string_view> offered);

std::string to_text(const run_options& options);
/// Nothing for any other shape.
std::optional<run_options> options_from_text(std::string_view line);

}  // namespace resalehub::simulation
