#pragma once
/// A refusal as a value: what a caller is told and may act on (RFC 9457). The table of codes is
/// problem_codes.inc; status, title and retryability come from there and nowhere else.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/described.hpp"
#include "base/money.hpp"

namespace resalehub {

enum class code : std::uint16_t {
#define RESALEHUB_CODE(name, status, retryable, title) name,
#include "base/problem_codes.inc"
#undef RESALEHUB_CODE
};

struct code_row {
  resalehub::code code;
  std::string_view name;   ///< as on the wire
  int status;              ///< HTTP
  bool retryable;          ///< the same request may succeed later
  std::string_view title;  ///< a short sentence, the same for every occurrence
};
const code_row& row_of(code which);
std::optional<code> code_from_name(std::string_view name);

using meta_value = std::variant<std::int64_t, std::string, std::vector<std::string>, money>;

struct meta_entry {
  std::string name;
  meta_value value;
  friend bool operator==(const meta_entry&, const meta_entry&) = default;
};

/// One wrong field. `pointer` is an RFC 6901 JSON pointer into the body, or "?name" of a parameter.
struct field_problem {
  std::string pointer;
  resalehub::code code = {};
  std::string detail;
  friend bool operator==(const field_problem&, const field_problem&) = default;
};

struct problem {
  resalehub::code code = {};
  std::string detail;  ///< safe to show to a user; no path, version or id of others
  std::vector<field_problem> errors;
  std::vector<meta_entry> meta;
  std::optional<std::int64_t> retry_after_ms;
  bool replayed = false;  ///< the answer of an earlier request; neither stored nor sent with it

  problem() = default;
  problem(resalehub::code which, std::string sentence) : code(which), detail(std::move(sentence)) {}

  problem&& with(std::string name, meta_value value) && {
    meta.push_back({std::move(name), std::move(value)});
    return std::move(*this);
  }
  problem&& at(std::string pointer, resalehub::code which, std::string sentence) && {
    errors.push_back({std::move(pointer), which, std::move(sentence)});
    return std::move(*this);
  }
  int status() const { return row_of(code).status; }
  bool retryable() const { return row_of(code).retryable; }
  friend bool operator==(const problem&, const problem&) = default;
};

BOOST_DESCRIBE_STRUCT(meta_entry, (), (name, value))
BOOST_DESCRIBE_STRUCT(field_problem, (), (pointer, code, detail))
BOOST_DESCRIBE_STRUCT(problem, (), (code, detail, errors, meta, retry_after_ms))

/// 412 with the present version.
problem version_conflict(std::uint64_t version);
/// 422 validation_failed with one field.
problem field_refused(std::string pointer, code which, std::string sentence);

}  // namespace resalehub
