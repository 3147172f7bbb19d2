#pragma once
/// Money as integer minor units and a currency: never a floating point, never an overflow.
/// Values, any thread.

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/described.hpp"

namespace resalehub {

/// ISO 4217, one of a table; the exponent (minor digits) comes from that table.
class currency {
 public:
  currency() = default;  ///< no currency: only the zero sum of nothing has it
  static std::optional<currency> from_text(std::string_view code);  ///< nothing when unknown
  std::string text() const;
  int exponent() const;
  friend auto operator<=>(const currency&, const currency&) = default;

 private:
  explicit currency(std::array<char, 3> code) : code_(code) {}
  std::array<char, 3> code_{};
};

struct money {
  std::int64_t amount = 0;  ///< minor units; negative only in the ledger
  resalehub::currency currency;

  friend auto operator<=>(const money&, const money&) = default;
};

BOOST_DESCRIBE_STRUCT(money, (), (amount, currency))

/// Largest amount a request may name: 10^12 minor units.
inline constexpr std::int64_t money_amount_max = 1'000'000'000'000;

/// Nothing when the currencies differ (a zero without currency takes the other's) or on overflow.
std::optional<money> add(const money& a, const money& b);
/// Nothing on overflow.
std::optional<money> times(const money& unit, std::int64_t quantity);

}  // namespace resalehub
