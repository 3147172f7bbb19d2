#include "base/problem.hpp"

#include <iterator>

#include "base/check.hpp"

namespace resalehub {
namespace {

constexpr code_row rows[] = {
#define RESALEHUB_CODE(name, status, retryable, title) \
  {code::name, #name, status, retryable, title},
#include "base/problem_codes.inc"
#undef RESALEHUB_CODE
};

}  // namespace

const code_row& row_of(code which) {
  const auto at = static_cast<std::size_t>(which);
  check(at < std::size(rows), "a code stands in the table");
  return rows[at];
}

std::optional<code> code_from_name(std::string_view name) {
  for (const auto& row : rows)
    if (row.name == name) return row.code;
  return std::nullopt;
}

problem version_conflict(std::uint64_t version) {
  return problem{code::version_conflict, "it has changed since you read it"}.with(
      "version", static_cast<std::int64_t>(version));
}

problem field_refused(std::string pointer, code which, std::string sentence) {
  return problem{code::validation_failed, "some fields are wrong"}.at(std::move(pointer), which,
                                                                      std::move(sentence));
}

}  // namespace resalehub
