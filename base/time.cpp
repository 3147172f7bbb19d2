#include "base/time.hpp"

#include <algorithm>

namespace resalehub {
namespace {

constexpr std::int64_t ms_per_minute = 60'000;
constexpr std::int64_t ms_per_day = 86'400'000;
constexpr std::int64_t unix_ms_max = 253'402'300'799'999;  // the last of the year 9999

void write_digits(char* to, int value, int count) {
  for (int i = count - 1; i >= 0; --i, value /= 10) to[i] = static_cast<char>('0' + value % 10);
}

/// Takes what it reads from the front of `text`.
struct scanner {
  std::string_view text;

  bool one_of(std::string_view accepted) {
    if (text.empty() || accepted.find(text[0]) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
  }

  bool digits(std::size_t count, int& value) {
    if (text.size() < count) return false;
    value = 0;
    for (const char c : text.substr(0, count)) {
      if (c < '0' || c > '9') return false;
      value = value * 10 + (c - '0');
    }
    text.remove_prefix(count);
    return true;
  }

  /// 1 to 9 digits of a second, cut to milliseconds.
  bool fraction(int& ms) {
    std::size_t count = 0;
    ms = 0;
    while (!text.empty() && text[0] >= '0' && text[0] <= '9') {
      if (count < 3) ms = ms * 10 + (text[0] - '0');
      text.remove_prefix(1);
      ++count;
    }
    for (std::size_t i = count; i < 3; ++i) ms *= 10;
    return count >= 1 && count <= 9;
  }

  bool offset(std::int64_t& minutes) {
    if (one_of("Zz")) return minutes = 0, true;
    const bool west = !text.empty() && text[0] == '-';
    int hours = 0;
    int rest = 0;
    if (!one_of("+-") || !digits(2, hours) || !one_of(":") || !digits(2, rest)) return false;
    if (hours > 23 || rest > 59) return false;
    minutes = (west ? -1 : 1) * (hours * 60 + rest);
    return true;
  }
};

}  // namespace

void append_rfc3339(std::string& out, instant at) {
  using namespace std::chrono;
  const auto unix_ms = std::clamp<std::int64_t>(at.unix_ms, 0, unix_ms_max);
  const year_month_day date{sys_days{days{unix_ms / ms_per_day}}};
  const int ms = static_cast<int>(unix_ms % ms_per_day);
  char text[] = "0000-00-00T00:00:00.000Z";
  write_digits(text, static_cast<int>(date.year()), 4);
  write_digits(text + 5, static_cast<int>(static_cast<unsigned>(date.month())), 2);
  write_digits(text + 8, static_cast<int>(static_cast<unsigned>(date.day())), 2);
  write_digits(text + 11, ms / 3'600'000, 2);
  write_digits(text + 14, ms / 60'000 % 60, 2);
  write_digits(text + 17, ms / 1000 % 60, 2);
  write_digits(text + 20, ms % 1000, 3);
  out.append(text, sizeof text - 1);
}

std::string to_rfc3339(instant at) {
  std::string out;
  append_rfc3339(out, at);
  return out;
}

std::optional<instant> from_rfc3339(std::string_view text) {
  using namespace std::chrono;
  scanner in{text};
  int year_number = 0, month_number = 0, day_number = 0;
  int hour = 0, minute = 0, second = 0, ms = 0;
  std::int64_t offset_minutes = 0;
  if (!in.digits(4, year_number) || !in.one_of("-") || !in.digits(2, month_number) ||
      !in.one_of("-") || !in.digits(2, day_number) || !in.one_of("Tt"))
    return std::nullopt;
  if (!in.digits(2, hour) || !in.one_of(":") || !in.digits(2, minute) || !in.one_of(":") ||
      !in.digits(2, second))
    return std::nullopt;
  if (in.one_of(".") && !in.fraction(ms)) return std::nullopt;
  if (!in.offset(offset_minutes) || !in.text.empty()) return std::nullopt;
  const year_month_day date{year{year_number}, month{static_cast<unsigned>(month_number)},
                            day{static_cast<unsigned>(day_number)}};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const std::int64_t unix_ms =
      sys_days{date}.time_since_epoch().count() * ms_per_day +
      ((hour * 60 + minute - offset_minutes) * ms_per_minute + second * 1000 + ms);
  if (unix_ms < 0 || unix_ms > unix_ms_max) return std::nullopt;
  return instant{unix_ms};
}

}  // namespace resalehub
