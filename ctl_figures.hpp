#pragma once
/// What `resalehub ctl top` shows: figures read off nodes' metrics pages, and how they changed
/// between two looks. Pure, and a table of text for people. Any thread.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/described.hpp"

namespace resalehub {

/// A metrics page: what top needs of it.
struct page_figures {
  std::int64_t commits = 0;
  std::int64_t reads = 0;
  std::int64_t syncs = 0;
  std::int64_t awake = 0;
  std::map<double, std::int64_t> answered_within;  ///< requests by upper bound in seconds
};
page_figures figures_from(std::string_view metrics_page);

/// The time in microseconds within which 99 of 100 of the requests between both looks were
/// answered: the upper bound of their bucket. Nothing when there were none, or it has no bound.
std::optional<std::int64_t> p99_us_between(const page_figures& before, const page_figures& after);

/// One line of top. Figures per second; nothing where the node cannot be asked or was not before.
struct top_line {
  std::string node;
  std::string state;
  std::uint64_t leaders = 0;
  std::uint64_t replicas = 0;
  std::optional<std::int64_t> commits_per_s;
  std::optional<std::int64_t> reads_per_s;
  std::optional<std::int64_t> p99_us;
  std::optional<std::int64_t> awake;
  std::optional<std::int64_t> syncs_per_s;
};
RESALEHUB_DESCRIBE(top_line, node, state, leaders, replicas, commits_per_s, reads_per_s, p99_us,
                   awake, syncs_per_s)

/// Fills in what changed within these milliseconds.
void compare(const page_figures& before, const page_figures& after, std::int64_t between_ms,
             top_line& into);

/// Columns as wide as what stands in them; numbers to the right.
using text_row = std::vector<std::string>;
std::string table_of(const text_row& head, const std::vector<text_row>& rows);
std::string table_of(const std::vector<top_line>& lines);

}  // namespace resalehub
