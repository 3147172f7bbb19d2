#include "tests/simulation/child_run.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <poll.h>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.hpp"

namespace resalehub::simulation {

namespace {

constexpr std::string_view end_line = "end\n";

std::string in_one_line(std::string text) {
  for (auto& sign : text)
    if (sign == '\n') sign = '\t';
  return text;
}

void write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(descriptor, text.data(), text.size());
    if (written <= 0) return;  // the parent is gone
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

run_result broken(std::string invariant, std::string sentence) {
  run_result result;
  result.broken = violation{std::move(invariant), std::move(sentence)};
  return result;
}

}  // namespace

job drawn_from(const scenario& what, std::uint64_t seed) {
  const auto options = what.options(seed);
  return {options, draw_faults(options)};
}

std::string to_text(const run_result& result) {
  std::string out = "hash " + std::to_string(result.hash) + "\n";
  out += "simulated_ms " + std::to_string(result.simulated_ms) + "\n";
  for (const auto& [name, count] : result.figures)
    out += "figure " + std::to_string(count) + " " + in_one_line(name) + "\n";
  if (result.broken) {
    out += "invariant " + in_one_line(result.broken->invariant) + "\n";
    out += "sentence " + in_one_line(result.broken->sentence) + "\n";
  }
  return out + std::string(end_line);
}

std::optional<run_result> result_from_text(std::string_view text) {
  if (!text.ends_with(end_line)) return std::nullopt;
  std::istringstream lines{std::string(text)};
  run_result result;
  std::string word;
  const auto rest = [&] {
    std::string line;
    lines.get();
    std::getline(lines, line);
    return line;
  };
  while (lines >> word && word != "end") {
    if (word == "hash") lines >> result.hash;
    else if (word == "simulated_ms") lines >> result.simulated_ms;
    else if (word == "figure") {
      std::uint64_t count = 0;
      lines >> count;
      result.figures[rest()] += count;
    } else if (word == "invariant") result.broken = violation{rest(), ""};
    else if (word == "sentence" && result.broken) result.broken->sentence = rest();
    else return std::nullopt;
  }
  if (lines.fail()) return std::nullopt;
  return result;
}

child_run::child_run(const scenario& what, const job& which, std::FILE* everything)
    : errors_(std::tmpfile()) {
  int ends[2];
  check(errors_ != nullptr && ::pipe(ends) == 0, "the system has room for one more process");
  from_child_ = ends[0];
  to_parent_ = ends[1];
  std::fflush(nullptr);
  process_ = ::fork();
  check(process_ >= 0, "the system has room for one more process");
  if (process_ == 0) be_child(what, which, everything);
  ::close(to_parent_);
}

void child_run::be_child(const scenario& what, const job& which, std::FILE* everything) {
  ::close(from_child_);
  ::dup2(::fileno(errors_), STDERR_FILENO);
  trace log(everything);
  auto result = what.run(which.options, which.faults, log);
  result.hash = log.hash();
  write_all(to_parent_, to_text(result));
  std::_Exit(0);
}

child_run::~child_run() {
  if (process_ > 0) {
    ::kill(process_, SIGKILL);
    reap();
  }
  ::close(from_child_);
  std::fclose(errors_);
}

int child_run::reap() {
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) continue;
  process_ = -1;
  return status;
}

bool child_run::read() {
  pollfd ready{from_child_, POLLIN, 0};
  if (::poll(&ready, 1, 0) <= 0) return true;
  char bytes[4096];
  const auto count = ::read(from_child_, bytes, sizeof bytes);
  if (count > 0) received_.append(bytes, static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && errno == EINTR);
}

run_result child_run::finish() {
  const int status = reap();
  if (auto result = result_from_text(received_); result && status == 0) return *std::move(result);
  const auto how = WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                                       : "exit status " + std::to_string(WEXITSTATUS(status));
  return broken("process", how + ": " + last_words());
}

run_result child_run::give_up(int seconds) {
  ::kill(process_, SIGKILL);
  reap();
  return broken("no end", "still running after " + std::to_string(seconds) + " s");
}

std::string child_run::last_words() const {
  constexpr long words_max = 2'000;
  std::fseek(errors_, 0, SEEK_END);
  const long size = std::ftell(errors_);
  std::fseek(errors_, std::max(0L, size - words_max), SEEK_SET);
  std::string words(words_max, '\0');
  words.resize(std::fread(words.data(), 1, words.size(), errors_));
  return words;
}

run_result run_in_child(const scenario& what, const job& which, int seconds_max,
                        std::FILE* everything) {
  using clock = std::chrono::steady_clock;
  child_run one(what, which, everything);
  const auto until = clock::now() + std::chrono::seconds(seconds_max);
  while (one.read()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now());
    if (left.count() <= 0) return one.give_up(seconds_max);
    pollfd ready{one.descriptor(), POLLIN, 0};
    ::poll(&ready, 1, static_cast<int>(left.count()));
  }
  return one.finish();
}

}  // namespace resalehub::simulation
