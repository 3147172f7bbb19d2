#pragma once
/// One line of a cart, a checkout or an order: a listing as it was when the line was made, and how
/// it is shown. Values.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/ids.hpp"
#include "base/described.hpp"
#include "base/money.hpp"

namespace resalehub {

inline constexpr std::size_t sale_lines_max = 100;
inline constexpr std::int64_t line_quantity_max = 1000;

struct sale_line {
  std::uint32_t number = 0;  ///< stable within its cart, shown as the line's id
  resalehub::listing_id listing_id;
  user_id seller_id;
  std::string title;
  std::int64_t quantity = 0;
  money unit_price;
};
RESALEHUB_DESCRIBE(sale_line, number, listing_id, seller_id, title, quantity, unit_price)

struct line_view {
  std::string id;
  resalehub::listing_id listing_id;
  user_id seller_id;
  std::string title;
  std::int64_t quantity = 0;
  money unit_price;
  money line_total;
};
RESALEHUB_DESCRIBE(line_view, id, listing_id, seller_id, title, quantity, unit_price, line_total)

line_view view_of(const sale_line& line);
std::vector<line_view> views_of(const std::vector<sale_line>& lines);

/// Nothing when currencies differ or the sum overflows.
std::optional<money> total_of(const std::vector<sale_line>& lines);

}  // namespace resalehub
