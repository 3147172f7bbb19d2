#include "base/log.hpp"

#include <spdlog/async.h>
#include <fcntl.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>
#include <utf8proc.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>

#include "base/json_bytes.hpp"

namespace resalehub {
namespace {

constexpr std::size_t waiting_lines_max = 8192;
constexpr std::size_t gathered_bytes_max = 32 * 1024;
constexpr std::chrono::seconds gathered_for{1};  ///< at most, and never from a warning on

/// Gathers lines into one write: a write a line costs as much as a small request.
class gathering_sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit gathering_sink(int file) : file_(file) {}
  ~gathering_sink() override {
    flush_();
    if (file_ != STDERR_FILENO) ::close(file_);
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& line) override {
    formatter_->format(line, gathered_);
    if (gathered_.size() >= gathered_bytes_max) flush_();
  }
  void flush_() override {
    const char* rest = gathered_.data();
    auto left = gathered_.size();
    while (left > 0) {
      const auto written = ::write(file_, rest, left);
      if (written <= 0) break;  // nobody is left to tell
      rest += written;
      left -= static_cast<std::size_t>(written);
    }
    gathered_.clear();
  }

 private:
  int file_;
  spdlog::memory_buf_t gathered_;
};

// Set by open_log and close_log only, while nobody else logs.
std::shared_ptr<spdlog::async_logger> logger;

spdlog::level::level_enum level_of(log_level level) {
  switch (level) {
    case log_level::debug: return spdlog::level::debug;
    case log_level::info: return spdlog::level::info;
    case log_level::warning: return spdlog::level::warn;
    case log_level::error: return spdlog::level::err;
    case log_level::off: return spdlog::level::off;
  }
  return spdlog::level::off;
}

/// What no viewer may act on and no parser may trip over, replaced or escaped.
void append_safely(std::string& out, std::string_view value) {
  const bool cut = value.size() > logging::value_bytes_max;
  value = value.substr(0, logging::value_bytes_max);
  const auto is_plain = [](char c) { return c >= 0x20 && c < 0x7F; };
  if (!cut && std::all_of(value.begin(), value.end(), is_plain))
    return json_text::write_text(out, value);
  std::string kept;
  kept.reserve(value.size() + 4);
  while (!value.empty()) {
    utf8proc_int32_t point = 0;
    const auto used = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(value.data()),
                                       static_cast<utf8proc_ssize_t>(value.size()), &point);
    const auto size = static_cast<std::size_t>(used > 0 ? used : 1);
    const bool hidden = point == 0x7F || (point >= 0x80 && point < 0xA0) || point == 0x2028 ||
                        point == 0x2029;
    if (used <= 0 || hidden) kept += "\xEF\xBF\xBD";
    else kept.append(value.substr(0, size));
    value.remove_prefix(size);
  }
  if (cut) kept += "...";
  json_text::write_text(out, kept);
}

}  // namespace

bool log_level_from_text(std::string_view text, log_level& level) {
  constexpr std::string_view names[] = {"debug", "info", "warning", "error", "off"};
  for (int i = 0; i < 5; ++i)
    if (text == names[i]) return level = static_cast<log_level>(i), true;
  return false;
}

bool open_log(const log_settings& settings) {
  close_log();
  try {
    const int file = settings.file.empty() ? STDERR_FILENO
                                           : ::open(settings.file.c_str(),
                                                    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
                                                    0640);
    if (file < 0) return false;
    auto sink = std::make_shared<gathering_sink>(file);
    spdlog::init_thread_pool(waiting_lines_max, 1);
    logger = std::make_shared<spdlog::async_logger>("resalehub", std::move(sink),
                                                    spdlog::thread_pool(),
                                                    spdlog::async_overflow_policy::overrun_oldest);
    logger->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v)",
                        spdlog::pattern_time_type::utc);
    logger->set_level(spdlog::level::trace);
    logger->flush_on(spdlog::level::warn);
    spdlog::register_logger(logger);
    spdlog::flush_every(gathered_for);
  } catch (const spdlog::spdlog_ex&) {
    return false;
  }
  logging::least = settings.least;
  return true;
}

void close_log() {
  logging::least = log_level::off;
  if (!logger) return;
  logger->flush();
  logger.reset();
  spdlog::shutdown();
}

namespace logging {

std::atomic<log_level> least{log_level::off};

void append_line(std::string& out, std::string_view event, log_fields fields) {
  out += "\"event\":";
  append_safely(out, event);
  for (const auto& field : fields) {
    out += ',';
    append_safely(out, field.name);
    out += ':';
    if (const auto* number = std::get_if<std::int64_t>(&field.value))
      json_text::write_signed(out, *number);
    else
      append_safely(out, std::get<std::string_view>(field.value));
  }
  out += '}';
}

void write(log_level level, std::string_view event, log_fields fields) {
  if (level >= log_level::off || !logger) return;
  thread_local std::string line;
  line.clear();
  append_line(line, event, fields);
  logger->log(level_of(level), spdlog::string_view_t{line.data(), line.size()});
}

}  // namespace logging
}  // namespace resalehub
