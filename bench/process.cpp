#include "bench/process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "bench/load.hpp"

namespace resalehub::bench {

// -- life -----------------------------------------------------------------------------------------

child_process::child_process(const std::vector<std::string>& words,
                             const std::filesystem::path& output) {
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  id_ = ::fork();
  if (id_ < 0) throw std::runtime_error("no process can be started");
  if (id_ > 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  ::dup2(file, STDOUT_FILENO);
  ::dup2(file, STDERR_FILENO);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

bool child_process::ended() {
  if (id_ > 0 && ::waitpid(id_, &status_, WNOHANG) == id_) id_ = -1;
  return id_ < 0;
}

int child_process::wait_for_end() {
  if (id_ > 0) ::waitpid(id_, &status_, 0);
  id_ = -1;
  return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
}

void child_process::stop() {
  if (ended()) return;
  ::kill(id_, SIGTERM);
  for (int i = 0; i < 1500 && !ended(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  if (ended()) return;
  ::kill(id_, SIGKILL);
  wait_for_end();
}

// -- what it uses ---------------------------------------------------------------------------------

namespace {

struct used_by {
  pid_t parent = 0;
  double own_s = 0;
  double ended_children_s = 0;
};

used_by stat_of(const std::string& id) {
  std::ifstream file("/proc/" + id + "/stat");
  std::string line;
  std::getline(file, line);
  // Behind the name, which may hold blanks: state is field 3, the parent 4, user time 14, system
  // time 15, those of ended children 16 and 17.
  const auto name_end = line.rfind(')');
  if (name_end == line.npos) throw std::runtime_error("the measured process is gone");
  std::istringstream fields(line.substr(name_end + 1));
  std::string skipped;
  used_by used;
  fields >> skipped >> used.parent;
  for (int i = 5; i < 14; ++i) fields >> skipped;
  double user = 0, system = 0, user_below = 0, system_below = 0;
  fields >> user >> system >> user_below >> system_below;
  const auto ticks_per_s = static_cast<double>(::sysconf(_SC_CLK_TCK));
  used.own_s = (user + system) / ticks_per_s;
  used.ended_children_s = (user_below + system_below) / ticks_per_s;
  return used;
}

}  // namespace

double processor_s(pid_t id) { return stat_of(std::to_string(id)).own_s; }

double tree_processor_s(pid_t root) {
  std::map<pid_t, used_by> all;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const auto name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != name.npos) continue;
    try {
      all[std::stoi(name)] = stat_of(name);
    } catch (const std::runtime_error&) {
      // It ended meanwhile; its time is its parent's.
    }
  }
  double sum = 0;
  for (const auto& [id, used] : all) {
    auto above = id;
    while (above != root && all.contains(above)) above = all[above].parent;
    if (above == root) sum += used.own_s + used.ended_children_s;
  }
  return sum;
}

namespace {

double processor_s_of(int whom) {
  rusage used{};
  ::getrusage(whom, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// Of all cores and processes, since the machine's start.
double machine_busy_s() {
  std::ifstream file("/proc/stat");
  std::string word;
  file >> word;
  double user = 0, nice = 0, system = 0, idle = 0, waiting = 0, hard = 0, soft = 0;
  file >> user >> nice >> system >> idle >> waiting >> hard >> soft;
  return (user + nice + system + hard + soft) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double ours_s() { return processor_s_of(RUSAGE_SELF) + processor_s_of(RUSAGE_CHILDREN); }

std::uint64_t status_bytes(pid_t id, std::string_view name) {
  std::ifstream file("/proc/" + std::to_string(id) + "/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(name)) return 1024 * std::stoull(line.substr(name.size()));
  throw std::runtime_error("the measured process is gone");
}

}  // namespace

double own_processor_s() { return processor_s_of(RUSAGE_SELF); }

quiet_watch::quiet_watch()
    : busy_s_(machine_busy_s()), ours_s_(ours_s()), begin_ns_(now_ns()) {}

double quiet_watch::others_share() const {
  const double others_s = (machine_busy_s() - busy_s_) - (ours_s() - ours_s_);
  const double elapsed_s = static_cast<double>(now_ns() - begin_ns_) / 1e9;
  return others_s / elapsed_s / static_cast<double>(::sysconf(_SC_NPROCESSORS_ONLN));
}

std::uint64_t resident_bytes(pid_t id) { return status_bytes(id, "VmRSS:"); }
std::uint64_t resident_bytes_max(pid_t id) { return status_bytes(id, "VmHWM:"); }

// -- places ---------------------------------------------------------------------------------------

std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in own{};
  own.sin_family = AF_INET;
  own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof own;
  const bool bound = ::bind(socket, reinterpret_cast<sockaddr*>(&own), size) == 0 &&
                     ::getsockname(socket, reinterpret_cast<sockaddr*>(&own), &size) == 0;
  ::close(socket);
  if (!bound) throw std::runtime_error("no port is free");
  return ntohs(own.sin_port);
}

work_directory::work_directory(const std::filesystem::path& within) {
  std::filesystem::create_directories(within);
  std::string name = (within / "work-XXXXXX").string();
  if (!::mkdtemp(name.data())) throw std::runtime_error("no directory can be made in " + name);
  path_ = name;
}

work_directory::~work_directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::uint64_t work_directory::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path_))
    if (entry.is_regular_file()) sum += entry.file_size();
  return sum;
}

}  // namespace resalehub::bench
