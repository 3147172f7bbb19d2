#pragma once
/// JSON in and out along a struct's description. In: nlohmann's SAX parser (only in json.cpp) feeds
/// tokens; every refusal names its field by JSON pointer, all wrong fields are reported at once (up
/// to 16). Out: bytes appended along the description. Ids, instants, enums are strings; money is
/// {"amount","currency"}; empty optionals are null when written, and may be absent when read.

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace resalehub {

/// JSON that is passed on: written unchanged, read from any value (without its white space).
struct raw_json {
  std::string text = "null";
  friend bool operator==(const raw_json&, const raw_json&) = default;
};

/// Appends `value` as JSON.
template <class T>
void write_json(std::string& out, const T& value);

template <class T>
std::string to_json(const T& value) {
  std::string out;
  out.reserve(512);
  write_json(out, value);
  return out;
}

/// Reads one JSON value of type T. Refusals: malformed_json (also empty, BOM, invalid UTF-8, lone
/// surrogates, two values), duplicate_key, json_too_deep (over 32), else validation_failed with
/// errors. When every error has the same code, the problem has it too: unknown_field, out_of_range,
/// not_found (an id of a wrong shape or kind). Whole numbers beyond 2^53 are out_of_range.
template <class T>
result<T> from_json(std::string_view text);

}  // namespace resalehub

#include "base/json_detail.hpp"
