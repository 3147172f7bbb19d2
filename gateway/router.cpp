#include <algorithm>
#include <optional>

#include "gateway/route.hpp"

namespace resalehub {
namespace {

constexpr std::size_t parts_max = 12;

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> out;
  if (!path.empty()) path.remove_prefix(1);
  while (true) {
    const auto end = path.find('/');
    out.push_back(path.substr(0, end));
    if (end == std::string_view::npos || out.size() > parts_max) return out;
    path.remove_prefix(end + 1);
  }
}

bool is_place(std::string_view part) { return part.starts_with('{'); }

/// What the places hold, if the parts fit the row.
bool fits(const std::vector<std::string_view>& row, const std::vector<std::string>& given) {
  return std::equal(row.begin(), row.end(), given.begin(), given.end(),
                    [](std::string_view expected, const std::string& part) {
                      return is_place(expected) ? !part.empty() : expected == part;
                    });
}

}  // namespace

router::router(const std::vector<route>& rows, door where) {
  for (const auto& row : rows)
    if (row.where == where || row.where == door::both)
      rows_.push_back({&row, parts_of(row.pattern)});
}

result<matched_route> router::match(http_method method, std::string_view path) const {
  const problem nothing{code::not_found, "There is nothing at this address."};
  if (!path.starts_with('/')) return nothing;
  std::vector<std::string> given;
  for (const auto part : parts_of(path)) {
    auto plain = unescaped(part, escaped_in::path);
    if (!plain) return problem{code::malformed_request, "An escape is malformed."};
    given.push_back(*std::move(plain));
  }
  const auto wanted = method == http_method::head ? http_method::get : method;
  matched_route out;
  for (const auto& [row, parts] : rows_) {
    if (parts.size() != given.size() || !fits(parts, given)) continue;
    if (row->method == wanted) {
      out.row = row;
      for (std::size_t i = 0; i < parts.size(); ++i)
        if (is_place(parts[i])) out.places.push_back(std::move(given[i]));
      return out;
    }
    if (!out.allowed.empty()) out.allowed += ", ";
    out.allowed += name_of(row->method);
    if (row->method == http_method::get) out.allowed += ", HEAD";
  }
  if (out.allowed.empty()) return nothing;
  return out;
}

}  // namespace resalehub
