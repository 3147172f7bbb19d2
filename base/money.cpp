#include "base/money.hpp"

#include <algorithm>
#include <iterator>

namespace resalehub {
namespace {

struct currency_row {
  std::string_view code;
  int exponent;
};

// ISO 4217, currencies in use with 0, 2 or 3 minor digits; sorted.
// clang-format off
constexpr currency_row currencies[] = {
    {"AED", 2}, {"AFN", 2}, {"ALL", 2}, {"AMD", 2}, {"ANG", 2}, {"AOA", 2}, {"ARS", 2}, {"AUD", 2},
    {"AWG", 2}, {"AZN", 2}, {"BAM", 2}, {"BBD", 2}, {"BDT", 2}, {"BGN", 2}, {"BHD", 3}, {"BIF", 0},
    {"BMD", 2}, {"BND", 2}, {"BOB", 2}, {"BRL", 2}, {"BSD", 2}, {"BTN", 2}, {"BWP", 2}, {"BYN", 2},
    {"BZD", 2}, {"CAD", 2}, {"CDF", 2}, {"CHF", 2}, {"CLP", 0}, {"CNY", 2}, {"COP", 2}, {"CRC", 2},
    {"CUP", 2}, {"CVE", 2}, {"CZK", 2}, {"DJF", 0}, {"DKK", 2}, {"DOP", 2}, {"DZD", 2}, {"EGP", 2},
    {"ERN", 2}, {"ETB", 2}, {"EUR", 2}, {"FJD", 2}, {"FKP", 2}, {"GBP", 2}, {"GEL", 2}, {"GHS", 2},
    {"GIP", 2}, {"GMD", 2}, {"GNF", 0}, {"GTQ", 2}, {"GYD", 2}, {"HKD", 2}, {"HNL", 2}, {"HTG", 2},
    {"HUF", 2}, {"IDR", 2}, {"ILS", 2}, {"INR", 2}, {"IQD", 3}, {"IRR", 2}, {"ISK", 0}, {"JMD", 2},
    {"JOD", 3}, {"JPY", 0}, {"KES", 2}, {"KGS", 2}, {"KHR", 2}, {"KMF", 0}, {"KPW", 2}, {"KRW", 0},
    {"KWD", 3}, {"KYD", 2}, {"KZT", 2}, {"LAK", 2}, {"LBP", 2}, {"LKR", 2}, {"LRD", 2}, {"LSL", 2},
    {"LYD", 3}, {"MAD", 2}, {"MDL", 2}, {"MGA", 2}, {"MKD", 2}, {"MMK", 2}, {"MNT", 2}, {"MOP", 2},
    {"MRU", 2}, {"MUR", 2}, {"MVR", 2}, {"MWK", 2}, {"MXN", 2}, {"MYR", 2}, {"MZN", 2}, {"NAD", 2},
    {"NGN", 2}, {"NIO", 2}, {"NOK", 2}, {"NPR", 2}, {"NZD", 2}, {"OMR", 3}, {"PAB", 2}, {"PEN", 2},
    {"PGK", 2}, {"PHP", 2}, {"PKR", 2}, {"PLN", 2}, {"PYG", 0}, {"QAR", 2}, {"RON", 2}, {"RSD", 2},
    {"RUB", 2}, {"RWF", 0}, {"SAR", 2}, {"SBD", 2}, {"SCR", 2}, {"SDG", 2}, {"SEK", 2}, {"SGD", 2},
    {"SHP", 2}, {"SLE", 2}, {"SOS", 2}, {"SRD", 2}, {"SSP", 2}, {"STN", 2}, {"SVC", 2}, {"SYP", 2},
    {"SZL", 2}, {"THB", 2}, {"TJS", 2}, {"TMT", 2}, {"TND", 3}, {"TOP", 2}, {"TRY", 2}, {"TTD", 2},
    {"TWD", 2}, {"TZS", 2}, {"UAH", 2}, {"UGX", 0}, {"USD", 2}, {"UYU", 2}, {"UZS", 2}, {"VED", 2},
    {"VES", 2}, {"VND", 0}, {"VUV", 0}, {"WST", 2}, {"XAF", 0}, {"XCD", 2}, {"XOF", 0}, {"XPF", 0},
    {"YER", 2}, {"ZAR", 2}, {"ZMW", 2}, {"ZWL", 2},
};
// clang-format on
static_assert(std::is_sorted(std::begin(currencies), std::end(currencies),
                             [](auto a, auto b) { return a.code < b.code; }));

const currency_row* find_row(std::string_view code) {
  const auto before = [](const currency_row& a, std::string_view b) { return a.code < b; };
  const auto* row =
      std::lower_bound(std::begin(currencies), std::end(currencies), code, before);
  return row != std::end(currencies) && row->code == code ? row : nullptr;
}

}  // namespace

std::optional<currency> currency::from_text(std::string_view code) {
  if (code.size() != 3 || find_row(code) == nullptr) return std::nullopt;
  return currency{{code[0], code[1], code[2]}};
}

std::string currency::text() const {
  return code_[0] == '\0' ? std::string{} : std::string{code_.data(), code_.size()};
}

int currency::exponent() const {
  const auto* row = find_row({code_.data(), code_.size()});
  return row == nullptr ? 0 : row->exponent;
}

std::optional<money> add(const money& a, const money& b) {
  const auto is_nothing = [](const money& m) { return m.amount == 0 && m.currency == currency{}; };
  if (is_nothing(a)) return b;
  if (is_nothing(b)) return a;
  if (a.currency != b.currency) return std::nullopt;
  money sum{0, a.currency};
  if (__builtin_add_overflow(a.amount, b.amount, &sum.amount)) return std::nullopt;
  return sum;
}

std::optional<money> times(const money& unit, std::int64_t quantity) {
  money product{0, unit.currency};
  if (__builtin_mul_overflow(unit.amount, quantity, &product.amount)) return std::nullopt;
  return product;
}

}  // namespace resalehub
