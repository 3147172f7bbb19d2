#include "tests/simulation/fault.hpp"

#include <charconv>

#include "base/check.hpp"

namespace resalehub::simulation {

namespace {

struct kind_row {
  std::string_view name;
  fault_class of;
};

// In the order of the enum.
constexpr std::array<kind_row, fault_kinds> kinds{{
    {"slow_link", fault_class::links_slow},
    {"delay_spike", fault_class::links_slow},
    {"one_way_block", fault_class::links_cut},
    {"partition", fault_class::links_cut},
    {"reset", fault_class::links_broken},
    {"losing", fault_class::links_broken},
    {"vanishing", fault_class::links_broken},
    {"doubling", fault_class::links_garbled},
    {"late", fault_class::links_garbled},
    {"corrupting", fault_class::links_garbled},
    {"write_failure", fault_class::disks_failing},
    {"sync_failure", fault_class::disks_failing},
    {"stalled_disk", fault_class::disks_stalled},
    {"full_disk", fault_class::disks_full},
    {"flipped_bit", fault_class::disks_rotten},
    {"clock_jump", fault_class::clocks},
    {"clock_drift", fault_class::clocks},
    {"clock_freeze", fault_class::clocks},
    {"pause", fault_class::pauses},
    {"crash", fault_class::crashes},
    {"crash_loop", fault_class::crashes},
    {"crash_all", fault_class::crashes},
    {"replace", fault_class::replacements},
    {"actor_kill", fault_class::actors},
    {"actor_throw", fault_class::actors},
    {"actor_stall", fault_class::actors},
}};

constexpr std::array<std::string_view, fault_classes> classes{
    "links_slow",   "links_cut", "links_broken", "links_garbled", "disks_failing",
    "disks_stalled", "disks_full", "disks_rotten", "clocks",       "pauses",
    "crashes",      "replacements", "actors"};

/// Takes a line apart from its front; once wrong, always wrong.
class reader {
 public:
  explicit reader(std::string_view rest) : rest_(rest) {}

  void skip(std::string_view expected) {
    right_ = right_ && rest_.starts_with(expected);
    if (right_) rest_.remove_prefix(expected.size());
  }
  std::int64_t number() {
    std::int64_t value = 0;
    const auto [end, wrong] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    right_ = right_ && wrong == std::errc{};
    if (right_) rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }
  std::string_view word() {
    const auto word = rest_.substr(0, rest_.find(' '));
    rest_.remove_prefix(word.size());
    return word;
  }
  machine_set machines() {
    machine_set out;
    if (rest_.starts_with("none")) return skip("none"), out;
    for (bool more = true; more && right_;) {
      const auto machine = number();
      right_ = right_ && machine >= 1 && machine <= machines_max;
      if (right_) out.add(static_cast<machine_number>(machine));
      more = rest_.starts_with(",");
      if (more) rest_.remove_prefix(1);
    }
    return out;
  }
  bool whole() const { return right_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool right_ = true;
};

std::string listed(machine_set machines) {
  std::string out;
  for (const auto machine : machines.list())
    out += (out.empty() ? "" : ",") + std::to_string(machine);
  return out.empty() ? "none" : out;
}

}  // namespace

std::string_view name_of(fault_kind kind) { return kinds[static_cast<std::size_t>(kind)].name; }
std::string_view name_of(fault_class which) { return classes[static_cast<std::size_t>(which)]; }
fault_class class_of(fault_kind kind) { return kinds[static_cast<std::size_t>(kind)].of; }

std::optional<fault_kind> kind_named(std::string_view name) {
  for (std::size_t at = 0; at < kinds.size(); ++at)
    if (kinds[at].name == name) return static_cast<fault_kind>(at);
  return std::nullopt;
}

std::optional<fault_class> class_named(std::string_view name) {
  for (std::size_t at = 0; at < classes.size(); ++at)
    if (classes[at] == name) return static_cast<fault_class>(at);
  return std::nullopt;
}

std::string to_text(const fault& one) {
  return std::to_string(one.at_ms) + " ms: " + std::string(name_of(one.kind)) + " of " +
         listed(one.machines) + " toward " + listed(one.others) + " for " +
         std::to_string(one.duration_ms) + " ms, strength " + std::to_string(one.strength);
}

std::optional<fault> fault_from_text(std::string_view line) {
  reader from(line);
  fault one;
  one.at_ms = from.number();
  from.skip(" ms: ");
  const auto kind = kind_named(from.word());
  from.skip(" of ");
  one.machines = from.machines();
  from.skip(" toward ");
  one.others = from.machines();
  from.skip(" for ");
  one.duration_ms = from.number();
  from.skip(" ms, strength ");
  one.strength = from.number();
  if (!from.whole() || !kind || one.at_ms < 0 || one.duration_ms < 0) return std::nullopt;
  one.kind = *kind;
  return one;
}

}  // namespace resalehub::simulation
