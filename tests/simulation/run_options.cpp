#include "tests/simulation/run_options.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "tests/simulation/streams.hpp"

namespace resalehub::simulation {

namespace {

constexpr std::uint32_t half_per_million = 500'000;
/// Many runs of few workloads find more than few runs of many.
constexpr std::uint32_t workload_per_million = 120'000;

template <class Row, class Name>
std::string joined(const std::vector<Row>& rows, Name name) {
  std::string out;
  for (const auto& row : rows) out += (out.empty() ? "" : ",") + std::string(name(row));
  return out.empty() ? "none" : out;
}

std::vector<std::string_view> split(std::string_view text, char between) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto at = text.find(between);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

/// The values of "name value name value ..."; what is missing or wrong is remembered.
class named_values {
 public:
  explicit named_values(std::string_view line) {
    const auto words = split(line, ' ');
    whole_ = words.size() % 2 == 0;
    for (std::size_t at = 0; at + 1 < words.size(); at += 2)
      whole_ = values_.emplace(words[at], words[at + 1]).second && whole_;
  }
  std::string_view text(std::string_view name) {
    const auto found = values_.find(name);
    if (found == values_.end()) return whole_ = false, std::string_view{};
    const auto value = found->second;
    values_.erase(found);
    return value;
  }
  template <class Number>
  void number(std::string_view name, Number& out) {
    const auto value = text(name);
    const auto [end, wrong] = std::from_chars(value.data(), value.data() + value.size(), out);
    whole_ = whole_ && wrong == std::errc{} && end == value.data() + value.size();
  }
  template <class Choice>
  void choice(std::string_view name, Choice& out, std::string_view second) {
    out = text(name) == second ? Choice{1} : Choice{0};
  }
  std::vector<std::string_view> list(std::string_view name) {
    const auto value = text(name);
    return value == "none" ? std::vector<std::string_view>{} : split(value, ',');
  }
  bool whole() const { return whole_ && values_.empty(); }

 private:
  std::map<std::string_view, std::string_view> values_;
  bool whole_ = true;
};

}  // namespace

bool run_options::has(fault_class which) const {
  return std::find(faults.begin(), faults.end(), which) != faults.end();
}

run_options draw_options(std::uint64_t seed, std::span<const std::string_view> offered) {
  stream shape(seed, "options/shape");
  run_options drawn{.seed = seed};
  drawn.machines = shape.one_of(std::vector<std::uint32_t>{1, 3, 3, 3, 5, 5});
  drawn.partitions = static_cast<std::uint32_t>(shape.between(1, 4));
  drawn.clients = static_cast<std::uint32_t>(shape.between(1, 8));
  drawn.sizes = shape.chance(half_per_million) ? constants::small : constants::ordinary;
  drawn.order = seed % 2 == 0 ? turns::uniform : turns::by_priority;
  drawn.priority_changes = static_cast<std::uint32_t>(shape.between(1, 4));
  if (drawn.order == turns::uniform) drawn.priority_changes = 0;
  drawn.calm_ms = shape.between(1'000, 5'000);
  drawn.trouble_ms = shape.between(10'000, 60'000);
  drawn.quiet_ms = 60'000;
  stream switches(seed, "options/faults");
  for (std::size_t at = 0; at < fault_classes; ++at)
    if (switches.chance(half_per_million)) drawn.faults.push_back(static_cast<fault_class>(at));
  stream choices(seed, "options/workloads");
  const auto sure = offered.empty() ? 0 : choices.below(offered.size());
  for (std::size_t at = 0; at < offered.size(); ++at)
    if (choices.chance(workload_per_million) || at == sure)
      drawn.workloads.emplace_back(offered[at]);
  return drawn;
}

std::string to_text(const run_options& of) {
  std::string out = "seed " + std::to_string(of.seed);
  const auto number = [&](std::string_view name, auto value) {
    out += " " + std::string(name) + " " + std::to_string(value);
  };
  number("machines", of.machines);
  number("partitions", of.partitions);
  number("clients", of.clients);
  out += of.sizes == constants::small ? " constants small" : " constants ordinary";
  out += of.order == turns::by_priority ? " turns by_priority" : " turns uniform";
  number("priority_changes", of.priority_changes);
  number("calm_ms", of.calm_ms);
  number("trouble_ms", of.trouble_ms);
  number("quiet_ms", of.quiet_ms);
  out += " faults " + joined(of.faults, [](fault_class which) { return name_of(which); });
  out += " workloads " + joined(of.workloads, [](const std::string& name) { return name; });
  return out;
}

std::optional<run_options> options_from_text(std::string_view line) {
  named_values values(line);
  run_options read;
  values.number("seed", read.seed);
  values.number("machines", read.machines);
  values.number("partitions", read.partitions);
  values.number("clients", read.clients);
  values.choice("constants", read.sizes, "small");
  values.choice("turns", read.order, "by_priority");
  values.number("priority_changes", read.priority_changes);
  values.number("calm_ms", read.calm_ms);
  values.number("trouble_ms", read.trouble_ms);
  values.number("quiet_ms", read.quiet_ms);
  for (const auto name : values.list("faults")) {
    const auto which = class_named(name);
    if (!which) return std::nullopt;
    read.faults.push_back(*which);
  }
  for (const auto name : values.list("workloads")) read.workloads.emplace_back(name);
  const bool sensible = read.machines >= 1 && read.machines <= machines_max;
  if (!values.whole() || !sensible) return std::nullopt;
  return read;
}

}  // namespace resalehub::simulation
