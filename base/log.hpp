#pragma once
/// One line of JSON for one event: log_event(log_level::info, "request", {{"route", route},
/// {"status", 200}}). Any thread; never waits for the disk: what does not fit is dropped. Silent
/// until open_log. Values from outside are safe: escaped and cut.

#include <atomic>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace resalehub {

enum class log_level : int { debug, info, warning, error, off };

/// Nothing for a word that is no level.
bool log_level_from_text(std::string_view text, log_level& level);

struct log_field {
  std::string_view name;
  std::variant<std::string_view, std::int64_t> value;

  log_field(std::string_view key, std::string_view text) : name(key), value(text) {}
  log_field(std::string_view key, const char* text) : name(key), value(std::string_view{text}) {}
  log_field(std::string_view key, const std::string& text)
      : name(key), value(std::string_view{text}) {}
  template <std::integral Number>
  log_field(std::string_view key, Number number)
      : name(key), value(static_cast<std::int64_t>(number)) {}
};

using log_fields = std::initializer_list<log_field>;

struct log_settings {
  log_level least = log_level::info;
  std::string file;  ///< empty: standard error
};

/// At start, before other threads log. False when the file cannot be opened.
[[nodiscard]] bool open_log(const log_settings& settings);
/// At the end, after the other threads; writes what is still waiting.
void close_log();

namespace logging {
extern std::atomic<log_level> least;
void write(log_level level, std::string_view event, log_fields fields);
/// `"event":"request","route":"..."}`: the line without its time and level.
void append_line(std::string& out, std::string_view event, log_fields fields);
inline constexpr std::size_t value_bytes_max = 1024;
}  // namespace logging

inline bool logs(log_level level) {
  return level >= logging::least.load(std::memory_order_relaxed);
}

inline void log_event(log_level level, std::string_view event, log_fields fields = {}) {
  if (logs(level)) [[unlikely]]
    logging::write(level, event, fields);
}

}  // namespace resalehub
