// The program's words: what was asked for on the command line, and how it ends. The node itself is
// put together in serve.cpp.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <future>
#include <iostream>
#include <optional>
#include <sodium.h>

#include "base/log.hpp"
#include "cert_command.hpp"
#include "cluster/node.hpp"
#include "config/explain.hpp"
#include "config/load.hpp"
#include "ctl_command.hpp"
#include "real_ports.hpp"
#include "serve.hpp"
#include "up_command.hpp"

extern char** environ;

namespace resalehub {
namespace {

int refuse(const std::string& sentence) {
  std::fprintf(stderr, "resalehub: %s\n", sentence.c_str());
  return exit_misused;
}

/// The signals that end the program; they are blocked in every thread.
class end_signals {
 public:
  end_signals() {
    sigemptyset(&all_);
    sigaddset(&all_, SIGTERM);
    sigaddset(&all_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &all_, nullptr);
    std::signal(SIGINT, SIG_DFL);  // a shell has its background jobs ignore it
  }
  /// Blocks until the operator wants an end.
  int wait() const {
    int which = 0;
    sigwait(&all_, &which);
    return which;
  }
  /// False when the operator wants an end meanwhile.
  bool pause(milliseconds time) {
    const timespec most{time.count() / 1000, time.count() % 1000 * 1'000'000};
    if (sigtimedwait(&all_, nullptr, &most) < 0) return true;
    wanted_ = true;
    return false;
  }
  bool wanted() const { return wanted_; }

 private:
  sigset_t all_;
  bool wanted_ = false;
};

/// Why a node may not stay in its cluster: the first reason counts.
class expulsion {
 public:
  void say(const std::string& why) {
    if (said_.exchange(true)) return;
    why_.set_value(why);
    kill(getpid(), SIGTERM);
  }
  std::optional<std::string> reason() {
    if (!said_) return std::nullopt;
    return reason_.get();
  }

 private:
  std::atomic<bool> said_{false};
  std::promise<std::string> why_;
  std::future<std::string> reason_ = why_.get_future();
};

void print(const std::string& line) {
  std::printf("resalehub %s\n", line.c_str());
  std::fflush(stdout);
}

std::string addresses_of(const options& set, const running_server& server) {
  const auto scheme = set.http_certificate->empty() ? "http://" : "https://";
  return "serves " + (scheme + *set.http_address) + ":" + std::to_string(server.http_port()) +
         " and, for operators, http://" + *set.admin_address + ":" +
         std::to_string(server.admin_port());
}

int serve(const options& set, end_signals& ends) {
  log_settings logging;
  log_level_from_text(*set.log_level, logging.least);
  logging.file = *set.log_file;
  if (!open_log(logging)) return refuse("the log file " + logging.file + " cannot be opened");

  expulsion expelled;
  auto server = running_server::start(
      set, {[&](milliseconds time) { return ends.pause(time); }, print,
            [&](const std::string& why) { expelled.say(why); }});
  if (!server) return ends.wanted() ? 0 : refuse(server.problem().detail);
  print(addresses_of(set, **server));

  log_event(log_level::info, "stopping", {{"signal", ends.wait()}});
  (*server)->leave();
  server->reset();
  log_event(log_level::info, "stopped");
  close_log();
  if (const auto why = expelled.reason()) return refuse(*why);
  return 0;
}

/// The first directory of a new cluster.
int found(const options& set, entropy_port& chance) {
  const auto made = node::found(*set.data_dir,
                                static_cast<std::uint32_t>(*set.cluster_partitions), chance);
  if (!made) return refuse(made.problem().detail);
  print("made cluster " + made->cluster + " of " + std::to_string(made->partitions) +
        " partitions: its first node is started on " + *set.data_dir);
  return 0;
}

int run(int count, char** words) {
  if (sodium_init() < 0) return refuse("libsodium cannot be initialised");
  end_signals ends;
  std::signal(SIGPIPE, SIG_IGN);

  options set;
  flags given;
  CLI::App app{"Resale Hub: a peer-to-peer resale marketplace in one program"};
  app.require_subcommand(1);
  auto* serving = app.add_subcommand("serve", "run one node");
  auto* config = app.add_subcommand("config", "what may be set");
  auto* explaining = config->add_subcommand("explain", "each option's value and its source");
  config->require_subcommand(1);
  auto* cluster = app.add_subcommand("cluster", "a cluster as a whole");
  auto* founding = cluster->add_subcommand("init", "make the first node's data directory");
  cluster->require_subcommand(1);
  bool as_json = false;
  explaining->add_flag("--json", as_json, "for programs");
  add_flags(*serving, set, given);
  add_flags(*explaining, set, given);
  add_flags(*founding, set, given);
  real_clock clock;
  real_entropy chance;
  cert_command certificates(app, clock, chance);
  const auto pause = [&](milliseconds time) { return ends.pause(time); };
  up_command ups(app, {&clock, &chance, pause, environ});
  ctl_command operating(app, clock, pause);
  if (auto status = parse_flags(app, count, words)) return *status;
  if (auto status = certificates.run()) return *status;
  if (auto status = ups.run()) return *status;
  if (auto status = operating.run()) return *status;
  if (auto wrong = load(set, given, environ)) return refuse(*wrong);
  if (explaining->parsed()) {
    std::cout << (as_json ? explain_json(set) : explain(set));
    return 0;
  }
  if (founding->parsed()) return found(set, chance);
  return serve(set, ends);
}

}  // namespace
}  // namespace resalehub

int main(int count, char** words) { return resalehub::run(count, words); }
