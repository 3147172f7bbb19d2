#include "gateway/lists.hpp"

#include <algorithm>

#include "actors/row_key.hpp"

namespace resalehub {
namespace {

/// Above every key: keys are shorter than this.
const std::string above_all_keys(64, '\xff');

struct found_row {
  std::string key;
  entity_id id;
};

/// What one page gathers.
struct page {
  std::vector<std::string> items;
  std::string last_key;  ///< of the last row looked at
  bool more = false;
};

/// The entities of these rows, at once; those that are gone or fit no longer are left out.
task<std::optional<problem>> show_rows(const exchange& x, const listing_plan& plan,
                                       const std::vector<found_row>& rows, page& out) {
  std::vector<ask> questions;
  for (const auto& row : rows) questions.push_back(x.asking(row.id, ask_mode::query, plan.query));
  auto answers = co_await x.here.asks->all(std::move(questions));
  for (auto& answered : answers) {
    if (!answered && answered.problem().code != code::not_found)
      co_return std::move(answered).problem();
    if (!answered || !plan.still_fits(answered->bytes)) continue;
    out.items.push_back(std::move(answered->bytes));
  }
  co_return std::nullopt;
}

}  // namespace

scan scan_after(const exchange& x, const listing_plan& plan,
                const std::optional<std::string>& last_key, std::size_t rows) {
  scan out;
  out.index = plan.index;
  out.from = plan.from;
  out.to = plan.to.empty() ? above_all_keys : plan.to;
  out.descending = plan.descending;
  out.place = plan.place;
  out.limit = static_cast<std::uint32_t>(rows);
  out.deadline = x.deadline;
  if (last_key && plan.descending) out.to = *last_key;
  if (last_key && !plan.descending) out.from = *last_key + '\0';
  return out;
}

task<result<http_response>> respond_list(const exchange& x, listing_plan plan) {
  auto wanted = page_of(x);
  if (!wanted) co_return std::move(wanted).problem();
  page out;
  auto last_key = wanted->after;
  std::size_t looked_at = 0;
  const auto rows_max = x.shared().options.browse_rows_max;
  while (true) {
    // One more than is missing tells whether there is more.
    const auto missing = wanted->limit - out.items.size();
    const auto rows = std::min(missing + 1, rows_max + 1 - looked_at);
    auto scanned = co_await x.here.asks->rows(scan_after(x, plan, last_key, rows));
    if (!scanned) co_return std::move(scanned).problem();
    out.more = scanned->size() >= rows;
    if (out.more) scanned->resize(rows - 1);
    std::vector<found_row> fitting;
    for (auto& row : *scanned) {
      last_key = row.key;
      const auto id = row_key::id_at_end(row.key, plan.kind);
      if (id && plan.row_fits(row.value)) fitting.push_back({std::move(row.key), *id});
    }
    looked_at += scanned->size();
    if (auto refusal = co_await show_rows(x, plan, fitting, out)) co_return *std::move(refusal);
    if (!out.more || out.items.size() >= wanted->limit || looked_at >= rows_max) break;
  }
  co_return list_response(x, out.items, out.more && last_key ? *last_key : std::string{});
}

}  // namespace resalehub
