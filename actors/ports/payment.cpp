#include "actors/ports/payment.hpp"

#include <algorithm>

namespace resalehub::payment {

std::optional<problem> refusal_of_method(std::string_view method) {
  const bool token =
      method.size() > 3 && method.size() <= 200 && method.starts_with("pm_") &&
      std::all_of(method.begin(), method.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
      });
  if (token) return std::nullopt;
  return field_refused("/payment_method", code::validation_failed,
                       "a payment method is a token such as pm_card_visa");
}

}  // namespace resalehub::payment
