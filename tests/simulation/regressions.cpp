#include "tests/simulation/regressions.hpp"

#include <charconv>

namespace resalehub::simulation {

namespace {

std::optional<std::uint64_t> lone_seed(std::string_view line) {
  constexpr std::string_view head = "seed ";
  if (!line.starts_with(head)) return std::nullopt;
  line.remove_prefix(head.size());
  std::uint64_t seed = 0;
  const auto [end, wrong] = std::from_chars(line.data(), line.data() + line.size(), seed);
  if (wrong != std::errc{} || end != line.data() + line.size()) return std::nullopt;
  return seed;
}

}  // namespace

std::variant<std::vector<job>, std::string> regressions_from_text(const scenario& what,
                                                                  std::string_view text) {
  std::vector<job> jobs;
  bool takes_faults = false;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.empty() || line.starts_with('#')) continue;
    if (const auto seed = lone_seed(line)) {
      jobs.push_back(drawn_from(what, *seed));
      takes_faults = false;
    } else if (auto options = options_from_text(line)) {
      jobs.push_back({*std::move(options), {}});
      takes_faults = true;
    } else if (const auto one = fault_from_text(line); one && takes_faults) {
      jobs.back().faults.push_back(*one);
    } else {
      return "line " + std::to_string(number) + " is no seed, no options and no fault of a run";
    }
  }
  return jobs;
}

std::string to_text(const job& one) {
  std::string out = to_text(one.options) + "\n";
  for (const auto& each : one.faults) out += to_text(each) + "\n";
  return out;
}

}  // namespace resalehub::simulation
