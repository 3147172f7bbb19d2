#include "tests/simulation/nemesis.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "tests/simulation/stable_hash.hpp"

namespace resalehub::simulation {
namespace {

constexpr std::string_view workloads[] = {"register", "bike", "money"};

run_options with_everything(std::uint64_t seed, std::uint32_t machines) {
  auto options = draw_options(seed, workloads);
  options.machines = machines;
  options.faults.clear();
  for (std::size_t at = 0; at < fault_classes; ++at)
    options.faults.push_back(static_cast<fault_class>(at));
  return options;
}

TEST_CASE("text that is no fault is refused, wherever it is wrong") {
  const std::string right = "12345 ms: partition of 1,2 toward 3 for 4000 ms, strength 0";
  REQUIRE(fault_from_text(right));
  for (std::size_t at = 0; at < right.size(); ++at) {
    auto wrong = right;
    wrong[at] = '#';
    INFO(wrong);
    CHECK_FALSE(fault_from_text(wrong));
    CHECK_FALSE(fault_from_text(right.substr(0, at)));
  }
  CHECK_FALSE(fault_from_text(right + " "));
  CHECK_FALSE(fault_from_text("1 ms: crash of 32 toward none for 1 ms, strength 0"));
  CHECK_FALSE(fault_from_text("1 ms: crash of 1, toward none for 1 ms, strength 0"));
  CHECK_FALSE(fault_from_text("-1 ms: crash of 1 toward none for 1 ms, strength 0"));
}

TEST_CASE("text that is no run's options is refused") {
  const auto right = to_text(draw_options(9, workloads));
  REQUIRE(options_from_text(right));
  CHECK_FALSE(options_from_text(""));
  CHECK_FALSE(options_from_text("seed 9"));
  CHECK_FALSE(options_from_text(right + " more"));
  CHECK_FALSE(options_from_text(right + " seed 9"));
  CHECK_FALSE(options_from_text(right + " depth 9"));
  CHECK_FALSE(options_from_text(right.substr(0, right.find(" workloads"))));
}

TEST_CASE("every kind of fault has a name of its own that is read back") {
  std::set<std::string_view> names;
  for (std::size_t at = 0; at < fault_kinds; ++at) {
    const auto kind = static_cast<fault_kind>(at);
    names.insert(name_of(kind));
    CHECK(kind_named(name_of(kind)) == kind);
    CHECK(class_named(name_of(class_of(kind))) == class_of(kind));
  }
  CHECK(names.size() == fault_kinds);
}

TEST_CASE("whatever is drawn reads back from its text") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const auto options = draw_options(seed, workloads);
    CHECK(options_from_text(to_text(options)) == options);
    for (const auto& one : draw_faults(options)) CHECK(fault_from_text(to_text(one)) == one);
  }
}

TEST_CASE("a seed draws the same in every build") {
  stable_hash hash;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const auto options = draw_options(seed, workloads);
    hash.add(to_text(options));
    for (const auto& one : draw_faults(options)) hash.add(to_text(one));
  }
  CHECK(hash.value() == 0x0e5e19f02021cf34);
}

TEST_CASE("every drawn schedule, and every part of one, can be borne, and ends before the quiet") {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    for (const std::uint32_t machines : {1u, 3u, 5u}) {
      const auto options = with_everything(seed, machines);
      const auto faults = draw_faults(options);
      REQUIRE(bearable(options, faults));
      schedule part;
      for (std::size_t at = seed % 2; at < faults.size(); at += 2) part.push_back(faults[at]);
      CHECK(bearable(options, part));
      for (const auto& one : faults) {
        CHECK(one.at_ms >= options.calm_ms);
        CHECK(one.end_ms() <= options.calm_ms + options.trouble_ms);
        CHECK(one.machines.count() >= 1);
      }
    }
  }
}

TEST_CASE("two of three lost at once, or two copies garbled, cannot be borne") {
  const auto options = with_everything(3, 3);
  const auto crash = [](machine_number machine, std::int64_t at_ms) {
    return fault{.at_ms = at_ms, .kind = fault_kind::crash, .machines = {machine},
                 .duration_ms = 2'000};
  };
  CHECK(bearable(options, {crash(1, 5'000)}));
  CHECK_FALSE(bearable(options, {crash(1, 5'000), crash(2, 6'000)}));
  CHECK(bearable(options, {crash(1, 5'000), crash(2, 15'000)}));
  CHECK(bearable(options, {crash(1, 5'000), crash(1, 6'000)}));
  schedule garbled;
  for (const machine_number machine : {1u, 2u, 3u})
    garbled.push_back({.at_ms = 5'000, .kind = fault_kind::flipped_bit, .machines = {machine}});
  const auto borne = std::count_if(garbled.begin(), garbled.end(), [&](const fault& one) {
    return bearable(options, {one});
  });
  CHECK(borne == 1);
  auto late = crash(1, options.calm_ms + options.trouble_ms - 1'000);
  CHECK_FALSE(bearable(options, {late}));
}

TEST_CASE("one machine alone loses neither its disk nor its links") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed)
    for (const auto& one : draw_faults(with_everything(seed, 1))) {
      CHECK(one.kind != fault_kind::replace);
      CHECK(one.kind != fault_kind::flipped_bit);
      CHECK(one.others.empty());
    }
}

TEST_CASE("every kind of fault, count of machines and choice comes up") {
  std::set<fault_kind> kinds;
  std::set<std::uint32_t> machines;
  std::set<std::string> chosen;
  std::set<constants> sizes;
  std::set<turns> orders;
  std::vector<int> on(fault_classes);
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const auto options = draw_options(seed, workloads);
    machines.insert(options.machines);
    chosen.insert(options.workloads.begin(), options.workloads.end());
    CHECK_FALSE(options.workloads.empty());
    sizes.insert(options.sizes);
    orders.insert(options.order);
    for (const auto which : options.faults) ++on[static_cast<std::size_t>(which)];
    for (const auto& one : draw_faults(options)) {
      kinds.insert(one.kind);
      CHECK(options.has(class_of(one.kind)));
    }
  }
  CHECK(kinds.size() == fault_kinds);
  CHECK(machines == std::set<std::uint32_t>{1, 3, 5});
  CHECK(chosen.size() == 3);
  CHECK(sizes.size() == 2);
  CHECK(orders.size() == 2);
  for (const auto count : on) {
    CHECK(count > 110);
    CHECK(count < 190);
  }
}

TEST_CASE("a class that is switched off leaves the draws of the others as they were") {
  auto options = with_everything(12, 3);
  options.faults = {fault_class::links_slow, fault_class::clocks};
  const auto both = draw_faults(options);
  options.faults = {fault_class::clocks};
  const auto alone = draw_faults(options);
  schedule of_clocks;
  for (const auto& one : both)
    if (class_of(one.kind) == fault_class::clocks) of_clocks.push_back(one);
  CHECK_FALSE(alone.empty());
  CHECK(of_clocks == alone);
}

}  // namespace
}  // namespace resalehub::simulation
