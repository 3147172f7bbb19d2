#pragma once
/// Values whose bounds are part of their type: a request's field says once how long or how large it
/// may be; JSON reading refuses by it and the OpenAPI schema shows it. Values, any thread.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/problem.hpp"

namespace resalehub {

enum class text_form {
  line,       ///< NFC, no control characters, no bidi overrides, something visible
  paragraph,  ///< as a line, with line feeds and tabs
  opaque,     ///< printable ASCII without spaces
  secret,     ///< any UTF-8 without NUL, untouched: passwords
};

/// Why `text` is refused in this form and length (counted in code points), or nothing. On success
/// `text` is normalised (NFC, outer white space removed) in place.
std::optional<field_problem> refusal_of_text(std::string& text, std::size_t min, std::size_t max,
                                             text_form form);

/// Min..Max code points in the given form. Built by JSON reading; elsewhere trusted.
template <std::size_t Min, std::size_t Max, text_form Form = text_form::line>
struct text {
  std::string value;

  static constexpr std::size_t min = Min;
  static constexpr std::size_t max = Max;
  static constexpr text_form form = Form;

  text() = default;
  text(std::string trusted) : value(std::move(trusted)) {}  // NOLINT
  text(const char* trusted) : value(trusted) {}             // NOLINT
  friend auto operator<=>(const text&, const text&) = default;
};

/// A whole number in Low..High. Built by JSON reading; elsewhere trusted.
template <std::int64_t Low, std::int64_t High>
struct whole {
  std::int64_t value = Low;

  static constexpr std::int64_t low = Low;
  static constexpr std::int64_t high = High;

  whole() = default;
  whole(std::int64_t trusted) : value(trusted) {}  // NOLINT
  friend auto operator<=>(const whole&, const whole&) = default;
};

/// A price: 1..money_amount_max minor units of a known currency.
struct price {
  money value;
  price() = default;
  price(money trusted) : value(trusted) {}  // NOLINT
  friend auto operator<=>(const price&, const price&) = default;
};

}  // namespace resalehub
