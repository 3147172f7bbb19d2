#include "up_command.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/described.hpp"
#include "base/json.hpp"
#include "cluster/node.hpp"
#include "config/load.hpp"
#include "gateway/operator_views.hpp"

namespace resalehub {

struct shown_node {
  std::string node;
  std::int64_t pid = 0;
  std::string http;
  std::string admin;
  std::string dir;
};
BOOST_DESCRIBE_STRUCT(shown_node, (), (node, pid, http, admin, dir))

namespace {

constexpr milliseconds between_looks{100};
constexpr milliseconds answer_within{1000};
constexpr milliseconds stop_within{30'000};

/// Of a process that ended, in words.
std::string end_of(int status) {
  if (WIFSIGNALED(status)) return "was killed by signal " + std::to_string(WTERMSIG(status));
  return "ended with " + std::to_string(WEXITSTATUS(status));
}

/// In the child, between fork and exec: only what is safe there.
[[noreturn]] void become(char* const* words, char* const* environment, int log, pid_t up) {
  ::setpgid(0, 0);  // a Ctrl-C is for `up`, which stops its nodes in order
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != up) ::_exit(127);  // it died before the line above
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::execve(words[0], words, environment);
  ::_exit(127);
}

result<pid_t> start_process(const std::vector<std::string>& command, const std::string& log_path,
                            char** environment) {
  const int log = ::open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0)
    return problem{code::internal,
                   "The file " + log_path + " cannot be opened: " + std::strerror(errno) + "."};
  std::vector<char*> words;
  for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const auto up = ::getpid();
  const auto process = ::fork();
  if (process == 0) become(words.data(), environment, log, up);
  ::close(log);
  if (process < 0)
    return problem{code::internal, std::string("A process cannot be started: ") +
                                       std::strerror(errno) + "."};
  return process;
}

std::string in_one_line(const std::vector<std::string>& command) {
  std::string line;
  for (const auto& word : command) line += (line.empty() ? "" : " ") + word;
  return line;
}

}  // namespace

up_command::up_command(CLI::App& app, up_ports ports) : ports_(std::move(ports)) {
  up_ = app.add_subcommand("up", "run a cluster of processes on this machine");
  up_->add_option("--dir", folder_, "folder of the cluster")->required();
  auto* nodes = up_->add_option("--nodes", nodes_, "how many, of a new cluster")
                    ->check(CLI::Range(std::int64_t{1}, std::int64_t{99}));
  auto* base = up_->add_option("--http-base", http_base_,
                               "port of the first node; the next ones follow (a new cluster's)")
                   ->check(CLI::Range(std::int64_t{1001}, std::int64_t{64'000}));
  up_->add_option("--config", config_, "a TOML file with options, for every node");
  up_->add_option("--token", token_, "what admin.token is in that file")
      ->envname("RESALEHUB_ADMIN_TOKEN");
  up_->add_flag("--add", add_, "one more node for the cluster in the folder")
      ->excludes(nodes)
      ->excludes(base);
  up_->add_flag("--json", json_, "print the nodes as one array when all are ready");
}

std::optional<int> up_command::run() {
  if (!up_->parsed()) return std::nullopt;
  if (auto prepared = prepare(); !prepared) {
    stop_children();
    return refuse(prepared.problem().detail);
  }
  if (wait_until_ready()) {
    print_nodes();
    while (look_after_children() && ports_.pause(between_looks)) {
    }
  }
  const bool all_ended = std::none_of(children_.begin(), children_.end(),
                                      [](const child& one) { return one.process != 0; });
  stop_children();
  return all_ended ? 1 : 0;
}

int up_command::refuse(const std::string& sentence) const {
  std::fprintf(stderr, "resalehub: %s\n", sentence.c_str());
  return exit_misused;
}

/// Nobody there in time is no answer either.
result<ctl_answer> up_command::ask_node(const local_node& which, const std::string& target) const {
  return call_node({which.admin, token_, answer_within}, {"GET", target});
}

// -- start ----------------------------------------------------------------------------------------

/// Makes what is not there yet, and starts what shall run.
result<done> up_command::prepare() {
  std::error_code failed;
  program_ = std::filesystem::read_symlink("/proc/self/exe", failed).string();
  if (!config_.empty()) config_ = std::filesystem::absolute(config_).string();
  options set;  // as its nodes will read them
  if (auto wrong = load(set, {config_, {}}, ports_.environment))
    return problem{code::internal, *std::move(wrong)};
  replication_ = static_cast<std::size_t>(*set.cluster_replication);
  auto known = local_cluster::read(folder_);
  if (!known) return std::move(known).problem();
  cluster_ = *std::move(known);
  if (add_) {
    if (!cluster_)
      return problem{code::not_found, "There is no cluster in " + folder_ + ": start one first."};
    auto added = cluster_->add(*ports_.clock, *ports_.chance);
    if (!added) return std::move(added).problem();
    return launch(*added);
  }
  if (!cluster_) {
    auto made = local_cluster::make(folder_, static_cast<std::uint16_t>(http_base_),
                                    *ports_.clock, *ports_.chance);
    if (!made) return std::move(made).problem();
    cluster_ = *std::move(made);
    while (cluster_->nodes().size() < static_cast<std::size_t>(nodes_))
      if (auto added = cluster_->add(*ports_.clock, *ports_.chance); !added)
        return std::move(added).problem();
  }
  const auto partitions = static_cast<std::uint32_t>(*set.cluster_partitions);
  if (auto founded = found_when_new(partitions); !founded) return founded;
  for (const auto& one : cluster_->nodes())
    if (auto launched = launch(one); !launched) return launched;
  return done{};
}

/// Its first node founds the cluster while none has any data.
result<done> up_command::found_when_new(std::uint32_t partitions) const {
  const auto& nodes = cluster_->nodes();
  for (const auto& one : nodes) {
    const auto begun = data_directory::begun(one.dir);
    if (!begun) return begun.problem();
    if (*begun) return done{};
  }
  if (nodes.empty()) return done{};
  auto made = node::found(nodes.front().dir, partitions, *ports_.chance);
  if (!made) return std::move(made).problem();
  return done{};
}

result<done> up_command::launch(const local_node& which) {
  child one{which, cluster_->command_of(which, program_, config_), 0};
  auto process = start_process(one.command, cluster_->log_of(which), ports_.environment);
  if (!process) return std::move(process).problem();
  one.process = *process;
  children_.push_back(std::move(one));
  return done{};
}

// -- readiness ------------------------------------------------------------------------------------

/// False when the operator wants an end, or no node is left.
bool up_command::wait_until_ready() {
  while (!all_ready())
    if (!look_after_children() || !ports_.pause(between_looks)) return false;
  return true;
}

/// All that live serve, and every partition has its copies.
bool up_command::all_ready() const {
  const child* asked = nullptr;
  for (const auto& one : children_) {
    if (one.process == 0) continue;
    const auto said = ask_node(one.node, "/readyz");
    if (!said || said->status != 200) return false;
    asked = &one;
  }
  return asked != nullptr && (add_ || all_held(asked->node));
}

bool up_command::all_held(const local_node& asked) const {
  const auto said = ask_node(asked, "/admin/partitions");
  if (!said || said->status != 200) return false;
  const auto partitions = from_json<std::vector<partition_line>>(said->body);
  if (!partitions) return false;
  const auto wanted = std::min(replication_, cluster_->nodes().size());
  return std::all_of(partitions->begin(), partitions->end(), [&](const partition_line& one) {
    return one.replicas.size() >= wanted && one.leader.has_value();
  });
}

void up_command::print_nodes() const {
  std::vector<shown_node> shown;
  for (const auto& [node, command, process] : children_)
    if (process != 0) shown.push_back({node.node, process, node.http, node.admin, node.dir});
  if (json_) {
    std::printf("%s\n", to_json(shown).c_str());
  } else {
    for (const auto& one : shown)
      std::printf("%-4s ready  pid %-8lld http://%s  for operators http://%s  %s\n",
                  one.node.c_str(), static_cast<long long>(one.pid), one.http.c_str(),
                  one.admin.c_str(), one.dir.c_str());
  }
  std::fflush(stdout);
}

// -- the rest of their lives ----------------------------------------------------------------------

bool up_command::look_after_children() {
  bool any = false;
  for (auto& one : children_) {
    int status = 0;
    if (one.process != 0 && ::waitpid(one.process, &status, WNOHANG) == one.process) {
      one.process = 0;
      std::fprintf(stderr, "%s %s; see %s; this starts it again: %s\n", one.node.node.c_str(),
                   end_of(status).c_str(), cluster_->log_of(one.node).c_str(),
                   in_one_line(one.command).c_str());
    }
    any = any || one.process != 0;
  }
  return any;
}

/// All at once, so none waits for another to take over: the second signal says so.
void up_command::stop_children() {
  for (const auto& one : children_) {
    if (one.process == 0) continue;
    ::kill(one.process, SIGTERM);
    if (!add_) ::kill(one.process, SIGINT);
  }
  auto left = stop_within;
  const auto living = [&] {
    return std::count_if(children_.begin(), children_.end(), [](child& one) {
      if (one.process != 0 && ::waitpid(one.process, nullptr, WNOHANG) == one.process)
        one.process = 0;
      return one.process != 0;
    });
  };
  for (; living() > 0 && left.count() > 0; left -= between_looks)
    if (!ports_.pause(between_looks)) left = between_looks;  // the operator cannot wait
  for (const auto& one : children_)
    if (one.process != 0) ::kill(one.process, SIGKILL);
  for (const auto& one : children_)
    if (one.process != 0) ::waitpid(one.process, nullptr, 0);
}

}  // namespace resalehub
