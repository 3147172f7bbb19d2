#include "gateway/parameters.hpp"

#include <algorithm>
#include <charconv>

namespace resalehub {
namespace {

constexpr std::size_t word_size_max = 200;

int hex_of(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

problem refused(std::string_view name, std::string sentence) {
  return problem{code::invalid_parameter, sentence}.at("?" + std::string{name},
                                                       code::invalid_parameter, sentence);
}

std::optional<std::int64_t> whole_of(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_choice(std::string_view value, std::string_view choices) {
  while (true) {
    const auto bar = choices.find('|');
    if (choices.substr(0, bar) == value) return true;
    if (bar == std::string_view::npos) return false;
    choices.remove_prefix(bar + 1);
  }
}

std::optional<problem> refusal_of(const parameter_row& row, std::string_view value) {
  switch (row.kind) {
    case parameter_kind::word: {
      const bool visible = std::none_of(value.begin(), value.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
      });
      if (value.empty() || value.size() > word_size_max || !visible)
        return refused(row.name, "The parameter must have 1 to " + std::to_string(word_size_max) +
                                     " visible characters.");
      return std::nullopt;
    }
    case parameter_kind::sealed:
      if (value.size() > sealed_size_max)
        return refused(row.name, "The parameter is longer than anything that the server gave.");
      return std::nullopt;
    case parameter_kind::choice:
      if (!is_choice(value, row.choices))
        return refused(row.name, "The parameter must be one of " + std::string{row.choices} + ".");
      return std::nullopt;
    case parameter_kind::whole: {
      const auto number = whole_of(value);
      if (!number || *number < row.low || *number > row.high)
        return refused(row.name, "The parameter must be a whole number from " +
                                     std::to_string(row.low) + " to " + std::to_string(row.high) +
                                     ".");
      return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> unescaped(std::string_view text, escaped_in where) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && where == escaped_in::query) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_of(text[i + 1]);
      const int low = hex_of(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

std::string escaped(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += digits[static_cast<unsigned char>(c) >> 4];
      out += digits[static_cast<unsigned char>(c) & 15];
    }
  }
  return out;
}

result<parameters> read_parameters(std::string_view query, const parameter_rows& rows) {
  parameters out;
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto pair = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    const auto equals = pair.find('=');
    const auto name = unescaped(pair.substr(0, equals), escaped_in::query);
    const auto value = equals == std::string_view::npos
                           ? std::optional<std::string>{""}
                           : unescaped(pair.substr(equals + 1), escaped_in::query);
    if (!name || !value) return problem{code::malformed_request, "An escape is malformed."};
    const auto row = std::find_if(rows.begin(), rows.end(),
                                  [&](const parameter_row& r) { return r.name == *name; });
    if (row == rows.end())
      return problem{code::unknown_parameter, "A query parameter is unknown here."}.at(
          "?" + name->substr(0, word_size_max), code::unknown_parameter, "It is unknown here.");
    if (out.word(*name)) return refused(*name, "The parameter may be given once.");
    if (auto refusal = refusal_of(*row, *value)) return *std::move(refusal);
    out.given_.emplace_back(*name, *value);
  }
  for (const auto& row : rows)
    if (!row.fallback.empty() && !out.word(row.name))
      out.given_.emplace_back(row.name, row.fallback);
  return out;
}

std::optional<std::string_view> parameters::word(std::string_view name) const {
  for (const auto& [known, value] : given_)
    if (known == name) return value;
  return std::nullopt;
}

std::optional<std::int64_t> parameters::whole(std::string_view name) const {
  const auto text = word(name);
  return text ? whole_of(*text) : std::nullopt;
}

std::string parameters::scope() const {
  auto sorted = given_;
  std::sort(sorted.begin(), sorted.end());
  std::string out;
  for (const auto& [name, value] : sorted)
    if (name != "cursor" && name != "limit") out += escaped(name) + "=" + escaped(value) + "&";
  return out;
}

std::string parameters::query_with(std::string_view cursor) const {
  std::string out;
  for (const auto& [name, value] : given_)
    if (name != "cursor") out += escaped(name) + "=" + escaped(value) + "&";
  return out + "cursor=" + escaped(cursor);
}

}  // namespace resalehub
