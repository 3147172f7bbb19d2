#include "tests/simulation/nemesis.hpp"

#include <algorithm>

#include "tests/simulation/streams.hpp"

namespace resalehub::simulation {

namespace {

constexpr std::size_t faults_max = 200;

/// What a kind may look like; times are drawn between the bounds.
struct kind_shape {
  std::int64_t duration_ms_min = 0, duration_ms_max = 0;
  std::int64_t strength_min = 0, strength_max = 0;
};

kind_shape shape_of(fault_kind kind) {
  switch (kind) {
    case fault_kind::slow_link: return {500, 15'000, 2'000, 500'000};
    case fault_kind::delay_spike: return {200, 15'000, 5'000, 5'000'000};
    case fault_kind::one_way_block: return {200, 15'000};
    case fault_kind::partition: return {200, 20'000};
    case fault_kind::reset: return {};
    case fault_kind::losing: return {1'000, 15'000, 1'000, 100'000};
    case fault_kind::vanishing: return {1'000, 15'000, 1'000, 30'000};
    case fault_kind::doubling: return {2'000, 30'000, 50'000, 500'000};
    case fault_kind::late: return {2'000, 30'000, 50'000, 500'000};
    case fault_kind::corrupting: return {500, 10'000, 1'000, 50'000};
    case fault_kind::write_failure: return {0, 0, 0, 50};
    case fault_kind::sync_failure: return {0, 0, 0, 50};
    case fault_kind::stalled_disk: return {10, 8'000};
    case fault_kind::full_disk: return {500, 15'000, 0, 3};
    case fault_kind::flipped_bit: return {0, 0, 0, 1'000'000'000};
    case fault_kind::clock_jump: return {0, 20'000, -600'000, 600'000};
    case fault_kind::clock_drift: return {1'000, 30'000, -1'000, 1'000};
    case fault_kind::clock_freeze: return {100, 20'000};
    case fault_kind::pause: return {10, 20'000};
    case fault_kind::crash: return {50, 10'000};
    case fault_kind::crash_loop: return {1'000, 8'000, 2, 6};
    case fault_kind::crash_all: return {200, 3'000, 0, 100};
    case fault_kind::replace: return {500, 5'000};
    case fault_kind::actor_kill: return {0, 0, 0, 1'000'000'000};
    case fault_kind::actor_throw: return {0, 0, 0, 1'000'000'000};
    case fault_kind::actor_stall: return {100, 5'000, 0, 1'000'000'000};
  }
  fail("a kind of fault has a shape");
}

std::int64_t mean_gap_ms(fault_class which, stream& chance) {
  switch (which) {
    case fault_class::replacements: return chance.between(15'000, 40'000);
    case fault_class::disks_failing:
    case fault_class::disks_rotten:
    case fault_class::disks_full: return chance.between(10'000, 40'000);
    case fault_class::links_slow:
    case fault_class::links_cut:
    case fault_class::links_broken:
    case fault_class::links_garbled:
    case fault_class::disks_stalled:
    case fault_class::clocks:
    case fault_class::pauses:
    case fault_class::crashes:
    case fault_class::actors: return chance.between(3'000, 20'000);
  }
  fail("a class of faults has a rate");
}

bool is_of_links(fault_class which) {
  return which == fault_class::links_slow || which == fault_class::links_cut ||
         which == fault_class::links_broken || which == fault_class::links_garbled;
}

bool is_of_links(fault_kind kind) { return is_of_links(class_of(kind)); }

machine_set some_of(const run_options& options, std::int64_t count, stream& chance) {
  auto order = machine_set::first(options.machines).list();
  chance.shuffle(order);
  machine_set chosen;
  for (std::int64_t at = 0; at < count; ++at) chosen.add(order[static_cast<std::size_t>(at)]);
  return chosen;
}

std::int64_t minority_of(const run_options& options) { return (options.machines - 1) / 2; }

/// Machines whose disks may lose or garble what was synced in this run.
machine_set fragile_machines(const run_options& options) {
  stream chance(options.seed, "nemesis/fragile");
  return some_of(options, minority_of(options), chance);
}

fault_kind draw_kind(fault_class of, stream& chance) {
  std::vector<fault_kind> kinds;
  for (std::size_t at = 0; at < fault_kinds; ++at)
    if (const auto kind = static_cast<fault_kind>(at); class_of(kind) == of) kinds.push_back(kind);
  const auto kind = chance.one_of(kinds);
  // All at once is rare: it would hide what fewer show.
  constexpr std::uint32_t seldom_per_million = 250'000;
  const bool all = kind == fault_kind::crash_all;
  return all && !chance.chance(seldom_per_million) ? fault_kind::crash : kind;
}

/// Two sides for a fault of links: they need not be everybody, so A and C may be cut off from each
/// other while B reaches both.
void draw_sides(const run_options& options, fault& one, stream& chance) {
  one.machines = some_of(options, chance.between(1, options.machines - 1), chance);
  one.others = machine_set::first(options.machines) - one.machines;
  constexpr std::uint32_t pair_per_million = 400'000;
  if (chance.chance(pair_per_million)) {
    const auto ends = some_of(options, 2, chance).list();
    const auto first = chance.below(2);
    one.machines = {ends[first]};
    one.others = {ends[1 - first]};
  }
}

fault draw_fault(const run_options& options, fault_class of, stream& chance) {
  fault one;
  one.kind = draw_kind(of, chance);
  const auto shape = shape_of(one.kind);
  // Short ones are as likely as long ones, whatever the range: the exponent is drawn.
  one.duration_ms = chance.between(shape.duration_ms_min, shape.duration_ms_max) >>
                    (shape.duration_ms_max > 0 ? chance.below(6) : 0);
  one.duration_ms = std::max(one.duration_ms, shape.duration_ms_min);
  one.strength = chance.between(shape.strength_min, shape.strength_max);
  if (is_of_links(of)) draw_sides(options, one, chance);
  else if (one.kind == fault_kind::crash_all) one.machines = machine_set::first(options.machines);
  else one.machines = some_of(options, 1, chance);
  return one;
}

// -- the budget -----------------------------------------------------------------------------------

/// Until when a fault keeps its machines from helping their groups; its start: never.
std::int64_t missing_until_ms(const fault& one) {
  constexpr std::int64_t restart_ms = 3'000;
  switch (one.kind) {
    case fault_kind::crash:
    case fault_kind::crash_loop:
    case fault_kind::pause:
    case fault_kind::stalled_disk:
    case fault_kind::full_disk: return one.end_ms() + restart_ms;
    case fault_kind::write_failure:
    case fault_kind::sync_failure: return one.at_ms + restart_ms;  // the node ends itself
    case fault_kind::flipped_bit:
    case fault_kind::replace: return one.end_ms() + refill_ms;
    case fault_kind::crash_all:  // a majority is missing, but forgets nothing that was synced
    case fault_kind::slow_link:
    case fault_kind::delay_spike:
    case fault_kind::one_way_block:
    case fault_kind::partition:
    case fault_kind::reset:
    case fault_kind::losing:
    case fault_kind::vanishing:
    case fault_kind::doubling:
    case fault_kind::late:
    case fault_kind::corrupting:
    case fault_kind::clock_jump:
    case fault_kind::clock_drift:
    case fault_kind::clock_freeze:
    case fault_kind::actor_kill:
    case fault_kind::actor_throw:
    case fault_kind::actor_stall: return one.at_ms;
  }
  fail("a kind of fault has a price");
}

bool forgets(fault_kind kind) {
  return kind == fault_kind::replace || kind == fault_kind::flipped_bit;
}

class budget {
 public:
  explicit budget(const run_options& options)
      : fragile_(fragile_machines(options)),
        anybody_replaced_(!options.has(fault_class::disks_rotten)),
        missing_max_(std::max<std::int64_t>(minority_of(options), 1)),
        forgotten_max_(minority_of(options)) {}

  bool bears(const fault& one) const {
    if (forgets(one.kind)) {
      const bool confined = one.kind == fault_kind::flipped_bit || !anybody_replaced_;
      if (confined && !(one.machines - fragile_).empty()) return false;
      if (forgotten_max_ == 0) return false;
    }
    const auto until = missing_until_ms(one);
    if (until == one.at_ms) return true;
    auto missing = one.machines;
    for (const auto& other : spent_)
      if (other.at_ms <= until && one.at_ms <= missing_until_ms(other))
        missing = missing | other.machines;
    return missing.count() <= missing_max_;
  }
  void spend(const fault& one) {
    if (missing_until_ms(one) > one.at_ms) spent_.push_back(one);
  }

 private:
  machine_set fragile_;
  bool anybody_replaced_;
  std::int64_t missing_max_;
  std::int64_t forgotten_max_;
  std::vector<fault> spent_;
};

// -- drawing --------------------------------------------------------------------------------------

void draw_class(const run_options& options, fault_class of, schedule& into) {
  if (is_of_links(of) && options.machines == 1) return;
  stream chance(options.seed, "nemesis/" + std::string(name_of(of)));
  const auto gap_ms = mean_gap_ms(of, chance);
  const auto end_ms = options.calm_ms + options.trouble_ms;
  for (auto at_ms = options.calm_ms; into.size() < faults_max * 4;) {
    at_ms += 1 + chance.exponential(gap_ms);
    if (at_ms >= end_ms) return;
    auto one = draw_fault(options, of, chance);
    one.at_ms = at_ms;
    one.duration_ms = std::min(one.duration_ms, end_ms - at_ms);
    into.push_back(one);
  }
}

/// Everybody is cut off one by one, then let back one by one in another order.
void draw_swizzle(const run_options& options, schedule& into) {
  constexpr std::uint32_t swizzle_per_million = 300'000;
  stream chance(options.seed, "nemesis/swizzle");
  if (!chance.chance(swizzle_per_million) || !options.has(fault_class::links_cut)) return;
  if (options.machines == 1) return;
  const auto end_ms = options.calm_ms + options.trouble_ms;
  const auto all = machine_set::first(options.machines);
  auto at_ms = options.calm_ms + chance.between(0, options.trouble_ms / 2);
  const auto back_ms = at_ms + chance.between(2'000, 6'000);
  for (const auto machine : some_of(options, chance.between(1, options.machines), chance).list()) {
    fault cut{.at_ms = at_ms, .kind = fault_kind::partition, .machines = {machine}};
    cut.others = all - cut.machines;
    cut.duration_ms = std::min(back_ms + chance.between(0, 4'000), end_ms) - at_ms;
    at_ms += chance.between(50, 500);
    into.push_back(cut);
  }
}

}  // namespace

schedule draw_faults(const run_options& options) {
  schedule drawn;
  for (const auto of : options.faults) draw_class(options, of, drawn);
  draw_swizzle(options, drawn);
  std::stable_sort(drawn.begin(), drawn.end(),
                   [](const fault& a, const fault& b) { return a.at_ms < b.at_ms; });
  budget left(options);
  schedule kept;
  for (const auto& one : drawn) {
    if (kept.size() == faults_max || !left.bears(one)) continue;
    left.spend(one);
    kept.push_back(one);
  }
  return kept;
}

bool bearable(const run_options& options, const schedule& faults) {
  budget left(options);
  const auto end_ms = options.calm_ms + options.trouble_ms;
  for (const auto& one : faults) {
    if (one.end_ms() > end_ms || !left.bears(one)) return false;
    if (is_of_links(one.kind) && !(one.machines & one.others).empty()) return false;
    left.spend(one);
  }
  return true;
}

}  // namespace resalehub::simulation
