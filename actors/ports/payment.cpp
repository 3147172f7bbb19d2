#include "actors/ports/payment.hpp"

#include <algorithm>

namespace resalehub::payment {

namespace {

/// Such a one must not be written down, whatever stands around it (ISO/IEC 7812: 12 to 19 digits).
bool holds_card_number(std::string_view method) {
  std::size_t digits = 0;
  return std::any_of(method.begin(), method.end(), [&](char c) {
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    return digits >= 12;
  });
}

}  // namespace

std::optional<problem> refusal_of_method(std::string_view method) {
  const bool token =
      method.size() > 3 && method.size() <= 200 && method.starts_with("pm_") &&
      std::all_of(method.begin(), method.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
      });
  if (token && !holds_card_number(method)) return std::nullopt;
  return field_refused("/payment_method", code::validation_failed,
                       "a payment method is a token such as pm_card_visa");
}

}  // namespace resalehub::payment
