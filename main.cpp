// The program's words: what was asked for on the command line, and how it ends. The node itself is
// put together in serve.cpp.

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <sodium.h>

#include "base/log.hpp"
#include "cert_command.hpp"
#include "config/explain.hpp"
#include "config/load.hpp"
#include "ctl_command.hpp"
#include "real_ports.hpp"
#include "serve.hpp"

extern char** environ;

namespace resalehub {
namespace {

int refuse(const std::string& sentence) {
  std::fprintf(stderr, "resalehub: %s\n", sentence.c_str());
  return exit_misused;
}

/// Blocks until the operator wants an end. The signals are blocked in every thread.
void wait_for_end(const sigset_t& ends) {
  int which = 0;
  sigwait(&ends, &which);
  log_event(log_level::info, "stopping", {{"signal", which}});
}

int serve(const options& set, const sigset_t& ends) {
  log_settings logging;
  log_level_from_text(*set.log_level, logging.least);
  logging.file = *set.log_file;
  if (!open_log(logging)) return refuse("the log file " + logging.file + " cannot be opened");

  auto server = running_server::start(set);
  if (!server) return refuse(server.problem().detail);
  std::printf("resalehub serves %s://%s:%u and, for operators, http://%s:%u\n",
              set.http_certificate->empty() ? "http" : "https", set.http_address->c_str(), unsigned{(*server)->http_port()},
              set.admin_address->c_str(), unsigned{(*server)->admin_port()});
  std::fflush(stdout);

  wait_for_end(ends);
  server->reset();
  log_event(log_level::info, "stopped");
  close_log();
  return 0;
}

int run(int count, char** words) {
  if (sodium_init() < 0) return refuse("libsodium cannot be initialised");
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  options set;
  flags given;
  CLI::App app{"Resale Hub: a peer-to-peer resale marketplace in one program"};
  app.require_subcommand(1);
  auto* serving = app.add_subcommand("serve", "run one node");
  auto* config = app.add_subcommand("config", "what may be set");
  auto* explaining = config->add_subcommand("explain", "each option's value and its source");
  config->require_subcommand(1);
  bool as_json = false;
  explaining->add_flag("--json", as_json, "for programs");
  add_flags(*serving, set, given);
  add_flags(*explaining, set, given);
  real_clock clock;
  real_entropy chance;
  cert_command certificates(app, clock, chance);
  ctl_command operating(app, ends, clock);
  if (auto status = parse_flags(app, count, words)) return *status;
  if (auto status = certificates.run()) return *status;
  if (auto status = operating.run()) return *status;
  if (auto wrong = load(set, given, environ)) return refuse(*wrong);
  if (explaining->parsed()) {
    std::cout << (as_json ? explain_json(set) : explain(set));
    return 0;
  }
  return serve(set, ends);
}

}  // namespace
}  // namespace resalehub

int main(int count, char** words) { return resalehub::run(count, words); }
