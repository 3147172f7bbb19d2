#include "base/money.hpp"

#include <catch2/catch.hpp>
#include <limits>

using namespace resalehub;

namespace {
constexpr auto most = std::numeric_limits<std::int64_t>::max();
money euros(std::int64_t amount) { return {amount, *currency::from_text("EUR")}; }
money yen(std::int64_t amount) { return {amount, *currency::from_text("JPY")}; }
}  // namespace

TEST_CASE("an unknown currency is refused") {
  for (const auto* text : {"", "EU", "EURO", "eur", "XXX", "XAU", "AAA", "ZZZ", "E\0R"})
    CHECK_FALSE(currency::from_text(text).has_value());
}

TEST_CASE("money of two currencies has no sum") { CHECK_FALSE(add(euros(1), yen(1))); }

TEST_CASE("an overflow is no sum and no product") {
  CHECK_FALSE(add(euros(most), euros(1)));
  CHECK_FALSE(add(euros(-most), euros(-2)));
  CHECK_FALSE(times(euros(most / 2 + 1), 2));
}

TEST_CASE("the exponent of a currency comes from ISO 4217") {
  CHECK(currency::from_text("JPY")->exponent() == 0);
  CHECK(currency::from_text("EUR")->exponent() == 2);
  CHECK(currency::from_text("KWD")->exponent() == 3);
  CHECK(currency::from_text("EUR")->text() == "EUR");
  CHECK(currency{}.text().empty());
}

TEST_CASE("money adds and multiplies") {
  CHECK(add(euros(1299), euros(1)) == euros(1300));
  CHECK(add(money{}, yen(5)) == yen(5));
  CHECK(add(yen(5), money{}) == yen(5));
  CHECK(add(money{}, money{}) == money{});
  CHECK(times(euros(1299), 3) == euros(3897));
}
