#include "gateway/content.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace resalehub {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string out{text};
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

/// Takes what stands before the next `separator` off the front of `rest`.
std::string_view next_part(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const auto part = trimmed(rest.substr(0, end));
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return part;
}

/// 0 to 1000; a malformed one counts as zero.
int quality_of(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return 0;
  int value = (text[0] - '0') * 1000;
  if (text.size() > 1 && text[1] != '.') return 0;
  int weight = 100;
  for (std::size_t i = 2; i < text.size(); ++i, weight /= 10) {
    if (text[i] < '0' || text[i] > '9') return 0;
    value += (text[i] - '0') * weight;
  }
  return value <= 1000 ? value : 0;
}

/// How closely a media range names application/json: 0 not at all, 3 exactly.
int closeness_of(std::string_view range) {
  if (range == "application/json") return 3;
  if (range == "application/*") return 2;
  return range == "*/*" ? 1 : 0;
}

}  // namespace

std::optional<problem> refusal_of_media(const http_request& request) {
  const problem refused{code::unsupported_media, "The body must be application/json in UTF-8."};
  const auto type = request.field("content-type");
  if (!type) return refused;
  auto rest = *type;
  if (lower(next_part(rest, ';')) != "application/json") return refused;
  while (!rest.empty()) {
    const auto parameter = lower(next_part(rest, ';'));
    const auto name = parameter.substr(0, parameter.find('='));
    if (name.find_first_of(" \t") != std::string::npos) return refused;  // RFC 9110, 5.6.6
    if (name != "charset") continue;
    if (parameter != "charset=utf-8" && parameter != "charset=\"utf-8\"") return refused;
  }
  return std::nullopt;
}

std::optional<problem> refusal_of_accept(const http_request& request) {
  bool asked = false;
  int closest = 0;
  int quality = 0;
  for (const auto& [name, value] : request.fields) {
    if (name != "accept") continue;
    std::string_view ranges = value;
    while (!ranges.empty()) {
      auto rest = next_part(ranges, ',');
      if (rest.empty()) continue;
      asked = true;
      const int closeness = closeness_of(lower(next_part(rest, ';')));
      int wanted = 1000;
      while (!rest.empty()) {
        const auto parameter = lower(next_part(rest, ';'));
        if (parameter.starts_with("q=")) wanted = quality_of(parameter.substr(2));
      }
      if (closeness < closest || closeness == 0) continue;
      quality = closeness > closest ? wanted : std::max(quality, wanted);
      closest = closeness;
    }
  }
  if (!asked || quality > 0) return std::nullopt;
  return problem{code::not_acceptable, "Only application/json can be answered here."};
}

namespace {

/// RFC 9110, 8.8.3; what is between the quotes, and nothing for a weak one, which matches nothing.
result<std::string_view> strong_tag(std::string_view text) {
  const bool weak = text.starts_with("W/");
  if (weak) text.remove_prefix(2);
  const bool quoted = text.size() >= 2 && text.starts_with('"') && text.ends_with('"');
  if (quoted) text = text.substr(1, text.size() - 2);
  const bool sound = std::none_of(text.begin(), text.end(),
                                  [](char c) { return c == '"' || c == ' ' || c == '\t'; });
  if (!quoted || !sound)
    return problem{code::malformed_request, "If-Match must be one entity tag, as \"v3\"."};
  return weak ? std::string_view{} : text;
}

}  // namespace

result<std::optional<std::uint64_t>> expected_version_of(const http_request& request) {
  if (request.count("if-match") == 0) return std::optional<std::uint64_t>{};
  if (request.count("if-match") > 1)
    return problem{code::malformed_request, "If-Match may be there once."};
  const auto text = trimmed(*request.field("if-match"));
  if (text == "*") return std::optional<std::uint64_t>{};
  const auto tag = strong_tag(text);
  if (!tag) return tag.problem();
  std::uint64_t version = 0;
  const auto digits = tag->starts_with('v') ? tag->substr(1) : std::string_view{};
  std::from_chars(digits.data(), digits.data() + digits.size(), version);
  const bool ours = "v" + std::to_string(version) == *tag;
  return std::optional<std::uint64_t>{ours ? version : no_version};
}

bool names_tag(const http_request& request, std::string_view tag) {
  for (const auto& [name, value] : request.fields) {
    if (name != "if-none-match") continue;
    if (trimmed(value) == "*") return true;
    std::string_view rest = value;
    while (true) {
      rest.remove_prefix(std::min(rest.find_first_not_of(" \t,"), rest.size()));
      if (rest.starts_with("W/")) rest.remove_prefix(2);  // the comparison is the weak one
      const auto end = rest.starts_with('"') ? rest.find('"', 1) : std::string_view::npos;
      if (end == std::string_view::npos) break;
      if (rest.substr(0, end + 1) == tag) return true;
      rest.remove_prefix(end + 1);
    }
  }
  return false;
}

result<std::optional<std::string_view>> bearer_token_of(const http_request& request) {
  if (request.count("authorization") == 0) return std::optional<std::string_view>{};
  const auto value = request.field("authorization").value_or("");
  const auto space = value.find(' ');
  if (space == std::string_view::npos || lower(value.substr(0, space)) != "bearer")
    return problem{code::unauthenticated, "Authorization must be a Bearer token."};
  return std::optional<std::string_view>{trimmed(value.substr(space + 1))};
}

}  // namespace resalehub
