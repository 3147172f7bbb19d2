#include "ctl_figures.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace resalehub {
namespace {

constexpr std::string_view latency = "resalehub_http_request_duration_seconds_bucket{";

std::optional<double> number_from(std::string_view text) {
  if (text == "+Inf") return std::numeric_limits<double>::infinity();
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The upper bound that a bucket's labels name.
std::optional<double> bound_in(std::string_view labels) {
  constexpr std::string_view name = "le=\"";
  const auto at = labels.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  const auto rest = labels.substr(at + name.size());
  return number_from(rest.substr(0, rest.find('"')));
}

std::string shown(const std::optional<std::int64_t>& value) {
  return value ? std::to_string(*value) : "-";
}

std::string shown_ms(const std::optional<std::int64_t>& us) {
  if (!us) return "-";
  const auto tenths = (*us + 50) / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789.-") == std::string_view::npos;
}

}  // namespace

page_figures figures_from(std::string_view page) {
  page_figures out;
  const std::pair<std::string_view, std::int64_t*> plain[] = {
      {"resalehub_commits_total", &out.commits},
      {"resalehub_reads_total", &out.reads},
      {"resalehub_log_syncs_total", &out.syncs},
      {"resalehub_entities_awake", &out.awake}};
  while (!page.empty()) {
    const auto line = page.substr(0, page.find('\n'));
    page.remove_prefix(std::min(page.size(), line.size() + 1));
    const auto blank = line.rfind(' ');
    if (line.starts_with('#') || blank == std::string_view::npos) continue;
    const auto value = number_from(line.substr(blank + 1));
    if (!value) continue;
    const auto name = line.substr(0, blank);
    for (const auto& [known, into] : plain)
      if (name == known) *into = static_cast<std::int64_t>(*value);
    if (!name.starts_with(latency)) continue;
    if (const auto bound = bound_in(name))
      out.answered_within[*bound] += static_cast<std::int64_t>(*value);
  }
  return out;
}

std::optional<std::int64_t> p99_us_between(const page_figures& before, const page_figures& after) {
  const auto grown = [&](double bound, std::int64_t count) {
    const auto found = before.answered_within.find(bound);
    return count - (found == before.answered_within.end() ? 0 : found->second);
  };
  if (after.answered_within.empty()) return std::nullopt;
  const auto& last = *after.answered_within.rbegin();
  const auto all = grown(last.first, last.second);
  if (all <= 0) return std::nullopt;
  for (const auto& [bound, count] : after.answered_within) {
    if (grown(bound, count) * 100 < all * 99) continue;
    if (bound == std::numeric_limits<double>::infinity()) return std::nullopt;
    return static_cast<std::int64_t>(bound * 1e6 + 0.5);
  }
  return std::nullopt;
}

void compare(const page_figures& before, const page_figures& after, std::int64_t between_ms,
             top_line& into) {
  const auto per_second = [&](std::int64_t was, std::int64_t is) {
    // A node that was started anew counts from zero again.
    const auto grown = is >= was ? is - was : is;
    return grown * 1000 / std::max<std::int64_t>(1, between_ms);
  };
  into.commits_per_s = per_second(before.commits, after.commits);
  into.reads_per_s = per_second(before.reads, after.reads);
  into.syncs_per_s = per_second(before.syncs, after.syncs);
  into.p99_us = p99_us_between(before, after);
  into.awake = after.awake;
}

std::string table_of(const text_row& head, const std::vector<text_row>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& name : head) widths.push_back(name.size());
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string out;
  const auto write = [&](const text_row& row, const text_row& like) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - row[i].size(), ' ');
      out += i > 0 ? "  " : "";
      out += is_number(like[i]) ? padding + row[i] : row[i] + padding;
    }
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
  };
  write(head, rows.empty() ? head : rows.front());
  for (const auto& row : rows) write(row, row);
  return out;
}

std::string table_of(const std::vector<top_line>& lines) {
  std::vector<text_row> rows;
  for (const auto& one : lines)
    rows.push_back({one.node, one.state, shown(one.commits_per_s), shown(one.reads_per_s),
                    shown_ms(one.p99_us), std::to_string(one.leaders),
                    std::to_string(one.replicas), shown(one.awake), shown(one.syncs_per_s)});
  return table_of({"NODE", "STATE", "COMMITS/S", "READS/S", "P99 MS", "LEADERS", "REPLICAS",
                   "AWAKE", "SYNCS/S"},
                  rows);
}

}  // namespace resalehub
