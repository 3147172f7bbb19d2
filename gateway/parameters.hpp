#pragma once
/// Query parameters: what a row of the route table declares, and what a request gave. Unknown,
/// repeated and wrong ones are refused by name. Pure, any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace resalehub {

inline constexpr std::size_t sealed_size_max = 2048;

enum class parameter_kind : std::uint8_t {
  word,      ///< 1 to 200 characters, no control characters
  sealed,    ///< what the server gave: judged by whoever opens it, when it is short enough
  choice,    ///< one of `choices`
  whole,     ///< `low`..`high`
};

struct parameter_row {
  std::string_view name;
  parameter_kind kind = parameter_kind::word;
  std::string_view sentence;
  std::string_view choices;  ///< with '|' between them
  std::int64_t low = 0;
  std::int64_t high = 0;
  std::string_view fallback;  ///< what stands when it is absent
};
using parameter_rows = std::vector<parameter_row>;

/// What a request gave, checked against the rows.
class parameters {
 public:
  std::optional<std::string_view> word(std::string_view name) const;
  std::optional<std::int64_t> whole(std::string_view name) const;
  /// As a text that is the same for the same filters: the scope of a cursor. Without `cursor`
  /// and `limit`.
  std::string scope() const;
  /// The query of the next page: all that was given, with this cursor.
  std::string query_with(std::string_view cursor) const;

  friend result<parameters> read_parameters(std::string_view query, const parameter_rows& rows);

 private:
  std::vector<std::pair<std::string, std::string>> given_;
};

result<parameters> read_parameters(std::string_view query, const parameter_rows& rows);

/// Nothing for a malformed escape. '+' stays '+' in a path, and is a space in a query.
enum class escaped_in { path, query };
std::optional<std::string> unescaped(std::string_view text, escaped_in where);
std::string escaped(std::string_view text);

}  // namespace resalehub
