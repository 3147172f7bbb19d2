#include "config/option.hpp"

#include <algorithm>
#include <charconv>

#include "base/check.hpp"
#include "base/json.hpp"

namespace resalehub {
namespace {

struct unit {
  std::string_view text;
  std::int64_t factor;
};

constexpr unit byte_units[] = {
    {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"B", 1}};
constexpr unit time_units[] = {
    {"ms", 1}, {"min", 60'000}, {"s", 1'000}, {"h", 3'600'000}, {"d", 86'400'000}};

std::optional<std::int64_t> factor_of(std::string_view text, std::string_view name) {
  if (text.empty()) return 1;
  const auto find = [&](const auto& units) -> std::optional<std::int64_t> {
    for (const auto& one : units)
      if (one.text == text) return one.factor;
    return std::nullopt;
  };
  if (name.ends_with("_bytes")) return find(byte_units);
  if (name.ends_with("_ms")) return find(time_units);
  return std::nullopt;
}

std::string quoted(std::string_view text) { return "\"" + std::string{text} + "\""; }

std::optional<std::string> read_value(std::string_view text, const any_option& which,
                                      std::int64_t& value) {
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  const auto rest = std::string_view{read.ptr, static_cast<std::size_t>(end - read.ptr)};
  const auto factor = factor_of(rest, which.name());
  if (read.ec == std::errc::invalid_argument || !factor)
    return quoted(text) + " is not a whole number";
  if (read.ec != std::errc{} || __builtin_mul_overflow(value, *factor, &value))
    return std::string{text} + " is not within " + which.accepted();
  return std::nullopt;
}

std::optional<std::string> read_value(std::string_view text, const any_option& which,
                                      milliseconds& value) {
  std::int64_t count = 0;
  auto refused = read_value(text, which, count);
  value = milliseconds{count};
  return refused;
}

std::optional<std::string> read_value(std::string_view text, const any_option&, bool& value) {
  value = text == "true";
  if (value || text == "false") return std::nullopt;
  return quoted(text) + " is neither true nor false";
}

std::optional<std::string> read_value(std::string_view text, const any_option&,
                                      std::string& value) {
  value = text;
  return std::nullopt;
}

/// Commas stand between the words; blanks around them do not count.
std::optional<std::string> read_value(std::string_view text, const any_option&,
                                      std::vector<std::string>& value) {
  value.clear();
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    auto word = text.substr(0, comma);
    while (word.starts_with(' ')) word.remove_prefix(1);
    while (word.ends_with(' ')) word.remove_suffix(1);
    if (!word.empty()) value.emplace_back(word);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return std::nullopt;
}

std::string written(std::int64_t value) { return std::to_string(value); }
std::string written(milliseconds value) { return std::to_string(value.count()); }
std::string written(bool value) { return value ? "true" : "false"; }
std::string written(const std::string& value) { return value; }
std::string written(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out.append(out.empty() ? "" : ",").append(word);
  return out;
}

std::int64_t count_of(std::int64_t value) { return value; }
std::int64_t count_of(milliseconds value) { return value.count(); }

}  // namespace

any_option::any_option(option_list& all, std::string_view name, std::string_view sentence)
    : name_(name), sentence_(sentence) {
  all.push_back(this);
}

std::string any_option::environment_name() const {
  std::string out = "RESALEHUB_";
  for (const char c : name_)
    out += c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

std::optional<std::string> any_option::set(std::string_view text, std::string source) {
  auto refused = assign(text);
  if (!refused) source_ = std::move(source);
  return refused;
}

template <class T>
void option<T>::put(T value) {
  if constexpr (is_number)
    check(count_of(value) >= within_.low && count_of(value) <= within_.high,
          "a value that the program sets is within bounds");
  value_ = std::move(value);
}

template <class T>
std::optional<std::string> option<T>::assign(std::string_view text) {
  T value{};
  if (auto refused = read_value(text, *this, value)) return refused;
  if constexpr (is_number) {
    if (count_of(value) < within_.low || count_of(value) > within_.high)
      return std::string{text} + " is not within " + accepted();
  } else if constexpr (std::same_as<T, std::string>) {
    if (!words_.empty() && std::find(words_.begin(), words_.end(), value) == words_.end())
      return quoted(text) + " is not one of " + accepted();
  }
  value_ = std::move(value);
  return std::nullopt;
}

template <class T>
std::string option<T>::text() const {
  return written(value_);
}

template <class T>
std::string option<T>::json() const {
  return to_json(value_);
}

template <class T>
std::string option<T>::accepted() const {
  if constexpr (is_number) {
    return std::to_string(within_.low) + " to " + std::to_string(within_.high);
  } else if constexpr (std::same_as<T, bool>) {
    return "true or false";
  } else if constexpr (std::same_as<T, std::string>) {
    if (words_.empty()) return "text";
    std::string out;
    for (const auto word : words_) out.append(out.empty() ? "" : ", ").append(word);
    return out;
  } else {
    return "words with commas between them";
  }
}

template class option<std::int64_t>;
template class option<bool>;
template class option<std::string>;
template class option<milliseconds>;
template class option<std::vector<std::string>>;

}  // namespace resalehub
