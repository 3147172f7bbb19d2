#include "bench/local_nodes.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace resalehub::bench {
namespace {

constexpr std::chrono::milliseconds between_looks{5};
constexpr std::int64_t patience_ns = 120'000'000'000;

template <typename Condition>
void wait_for(const std::string& what, const Condition& holds) {
  const auto begin = now_ns();
  while (!holds()) {
    if (now_ns() - begin > patience_ns) throw std::runtime_error("too long: " + what);
    std::this_thread::sleep_for(between_looks);
  }
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

endpoint endpoint_of(std::string_view shown) {
  const auto colon = shown.rfind(':');
  return {.address = std::string(shown.substr(0, colon)),
          .port = static_cast<std::uint16_t>(std::stoi(std::string(shown.substr(colon + 1))))};
}

/// As it was started; words are divided by zero bytes there.
std::vector<std::string> command_of(pid_t id) {
  std::istringstream words(text_of("/proc/" + std::to_string(id) + "/cmdline"));
  std::vector<std::string> command;
  for (std::string word; std::getline(words, word, '\0');) command.push_back(word);
  return command;
}

/// Gone, or only waiting for its parent to notice. While only its main thread has ended, the others
/// still hold its ports.
bool has_ended(pid_t id) {
  const auto about = "/proc/" + std::to_string(id);
  const auto stat = text_of(about + "/stat");
  const auto name_end = stat.rfind(") ");
  if (name_end == stat.npos || stat[name_end + 2] == 'X') return true;
  std::error_code gone;
  std::filesystem::directory_iterator threads(about + "/task", gone);
  if (!gone && threads != end(threads)) threads.increment(gone);
  return stat[name_end + 2] == 'Z' && (gone || threads == end(threads));
}

/// The first public port: those for operators and links are 1000 above and below.
std::uint16_t free_base() {
  const auto taken = [](std::uint16_t port) {
    try {
      ::close(connect_to({.port = port}));
      return true;
    } catch (const std::runtime_error&) {
      return false;
    }
  };
  constexpr int nodes_most = 8, first = 12'000, last = 30'000;
  auto base = static_cast<std::uint16_t>(first + ::getpid() % (last - first));
  for (int free = 0; free < nodes_most;) {
    const auto port = static_cast<std::uint16_t>(base + free);
    const bool any = taken(port) || taken(static_cast<std::uint16_t>(port + 1000)) ||
                     taken(static_cast<std::uint16_t>(port - 1000));
    if (any) base = static_cast<std::uint16_t>(port + 1);
    free = any ? 0 : free + 1;
  }
  return base;
}

/// Options as a file: numbers and words as TOML has them.
void write_config(const std::filesystem::path& to, const settings& all) {
  std::ofstream file(to);
  for (const auto* some : {&raised_limits(), &all.options}) {
    for (const auto& option : *some) {
      const auto at = option.find('=');
      const auto value = option.substr(at + 1);
      const bool bare = value == "true" || value == "false" ||
                        value.find_first_not_of("0123456789") == value.npos;
      file << option.substr(0, at) << " = " << (bare ? value : '"' + value + '"') << '\n';
    }
  }
}

}  // namespace

// -- life -----------------------------------------------------------------------------------------

local_nodes::local_nodes(const settings& all, const std::filesystem::path& place,
                         std::size_t count)
    : program_(all.programs / "resalehub"),
      folder_(place / "cluster"),
      config_(place / "options.toml") {
  write_config(config_, all);
  const auto printed = place / "up.log";
  auto& up = processes_.emplace_back(
      up_command({"--nodes", std::to_string(count), "--http-base", std::to_string(free_base())}),
      printed);
  take_printed(up, printed);
  wait_until_even();
}

local_nodes::~local_nodes() {
  for (const auto& one : nodes_)
    if (!has_ended(one.id)) ::kill(one.id, SIGKILL);
}

std::vector<std::string> local_nodes::up_command(std::vector<std::string> words) const {
  words.insert(words.begin(), {program_.string(), "up", "--json", "--dir", folder_.string(),
                               "--config", config_.string()});
  return words;
}

/// Waits for the line that `up` prints when its nodes are ready.
void local_nodes::take_printed(child_process& up, const std::filesystem::path& printed) {
  std::string line;
  wait_for("the nodes become ready", [&] {
    std::istringstream said(text_of(printed));
    while (std::getline(said, line))
      if (line.starts_with('[') && line.ends_with(']')) return true;
    if (up.ended()) throw std::runtime_error("`up` ended; it said: " + text_of(printed));
    return false;
  });
  for (const auto one : objects_in(line)) {
    const auto id = static_cast<pid_t>(number_in(one, "pid"));
    nodes_.push_back({.name = std::string(text_in(one, "node")),
                      .id = id,
                      .http = endpoint_of(text_in(one, "http")),
                      .admin = endpoint_of(text_in(one, "admin")),
                      .command = command_of(id)});
  }
}

void local_nodes::kill(std::size_t which) { ::kill(nodes_[which].id, SIGKILL); }

void local_nodes::start(std::size_t which) {
  auto& one = nodes_[which];
  for (auto& process : processes_)
    if (process.id() == one.id) process.wait_for_end();
  wait_for(one.name + " ends", [&] { return has_ended(one.id); });
  const auto log = folder_ / (one.name + ".again.log");
  one.id = processes_.emplace_back(one.command, log).id();
}

bool local_nodes::ready(std::size_t which) const {
  return said(which, "/readyz").starts_with("HTTP/1.1 200");
}

void local_nodes::wait_until_ready(std::size_t which) const {
  wait_for(nodes_[which].name + " becomes ready", [&] { return ready(which); });
}

void local_nodes::add() {
  const auto printed = folder_ / ("add" + std::to_string(nodes_.size()) + ".log");
  auto& up = processes_.emplace_back(up_command({"--add"}), printed);
  take_printed(up, printed);
}

// -- what it says ---------------------------------------------------------------------------------

std::vector<endpoint> local_nodes::doors() const { return doors_without(nodes_.size()); }

std::vector<endpoint> local_nodes::doors_without(std::size_t which) const {
  std::vector<endpoint> found;
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    if (i != which) found.push_back(nodes_[i].http);
  return found;
}

std::string local_nodes::said(std::size_t which, const std::string& path) const {
  try {
    return ask_once(nodes_[which].admin, {.method = "GET", .path = path});
  } catch (const std::runtime_error&) {
    return {};
  }
}

bool local_nodes::even() const {
  const auto answer = said(0, "/admin/nodes");
  const auto lines = objects_in(answer);
  if (lines.size() != nodes_.size()) return false;
  for (const auto* what : {"leaders", "replicas"}) {
    std::vector<double> counts;
    for (const auto line : lines) counts.push_back(number_in(line, what));
    const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
    double sum = 0;
    for (const auto count : counts) sum += count;
    if (sum == 0 || *most - *least > std::max(2.0, sum / static_cast<double>(10 * counts.size())))
      return false;
  }
  return true;
}

void local_nodes::wait_until_even() const {
  wait_for("partitions and leaderships spread", [&] { return even(); });
}

std::uint64_t local_nodes::log_bytes(std::size_t which) const {
  std::uint64_t sum = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(folder_ / nodes_[which].name / "log"))
    if (entry.is_regular_file()) sum += entry.file_size();
  return sum;
}

usage usage_of(const local_nodes& nodes) {
  usage sum;
  for (std::size_t i = 0; i < nodes.nodes().size(); ++i) {
    const auto page = nodes.said(i, "/metrics");
    sum += {.server_s = processor_s(nodes.nodes()[i].id),
            .syncs = metric(page, "resalehub_log_syncs_total"),
            .commits = metric(page, "resalehub_commits_total"),
            .log_bytes = metric(page, "resalehub_log_bytes_total")};
  }
  sum.generator_s = own_processor_s();
  return sum;
}

}  // namespace resalehub::bench
