#include "base/log.hpp"

#include <fcntl.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>
#include <utf8proc.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "base/json_bytes.hpp"
#include "base/thread_name.hpp"

namespace resalehub {
namespace {

constexpr std::size_t gathered_bytes_max = 4 << 20;  ///< beyond it lines are dropped
constexpr std::chrono::milliseconds gathered_for{100};  ///< at most, and less from a warning on

/// Lines gather in memory; a thread writes them together. Whoever logs neither writes nor wakes
/// anybody: a wake-up for each line cost a sixth of a small request.
class gathering_sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit gathering_sink(int file) : file_(file), writer_([this] { write_until_closed(); }) {}
  ~gathering_sink() override {
    {
      const std::lock_guard lock{mutex_};
      closed_ = true;
    }
    urgent_.notify_one();
    writer_.join();
    if (file_ != STDERR_FILENO) ::close(file_);
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& line) override {
    if (gathered_.size() < gathered_bytes_max) formatter_->format(line, gathered_);
  }
  void flush_() override { urgent_.notify_one(); }

 private:
  void write_until_closed() {
    name_thread("log lines");
    spdlog::memory_buf_t lines;
    std::unique_lock lock{mutex_};
    while (!closed_ || gathered_.size() > 0) {
      if (!closed_) urgent_.wait_for(lock, gathered_for);
      lines.clear();
      lines.append(gathered_.data(), gathered_.data() + gathered_.size());
      gathered_.clear();
      lock.unlock();
      write(lines);
      lock.lock();
    }
  }
  void write(const spdlog::memory_buf_t& lines) const {
    const char* rest = lines.data();
    auto left = lines.size();
    while (left > 0) {
      const auto written = ::write(file_, rest, left);
      if (written <= 0) return;  // nobody is left to tell
      rest += written;
      left -= static_cast<std::size_t>(written);
    }
  }

  int file_;
  spdlog::memory_buf_t gathered_;
  bool closed_ = false;
  std::condition_variable urgent_;
  std::thread writer_;
};

// Set by open_log and close_log only, while nobody else logs.
std::shared_ptr<spdlog::logger> logger;

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
    logger = std::make_shared<spdlog::logger>("resalehub", std::move(sink));
    logger->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v)",
                        spdlog::pattern_time_type::utc);
    logger->set_level(spdlog::level::trace);
    logger->flush_on(spdlog::level::warn);
  } catch (const spdlog::spdlog_ex&) {
    return false;
  }
  logging::least = settings.least;
  return true;
}

void close_log() {
  logging::least = log_level::off;
  if (!logger) return;
  logger.reset();
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
