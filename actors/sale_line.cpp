#include "actors/sale_line.hpp"

#include "base/check.hpp"

namespace resalehub {

line_view view_of(const sale_line& line) {
  const auto sum = times(line.unit_price, line.quantity);
  check(sum.has_value(), "a line's bounds keep its total in range");
  return {std::to_string(line.number), line.listing_id, line.seller_id, line.title,
          line.quantity,               line.unit_price, *sum};
}

std::vector<line_view> views_of(const std::vector<sale_line>& lines) {
  std::vector<line_view> views;
  views.reserve(lines.size());
  for (const auto& line : lines) views.push_back(view_of(line));
  return views;
}

std::optional<money> total_of(const std::vector<sale_line>& lines) {
  money sum;
  for (const auto& line : lines) {
    const auto one = times(line.unit_price, line.quantity);
    const auto more = one ? add(sum, *one) : std::nullopt;
    if (!more) return std::nullopt;
    sum = *more;
  }
  return sum;
}

}  // namespace resalehub
