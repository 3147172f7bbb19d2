#include "bench/postgres.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include "bench/purchase_sql.hpp"
#include "bench/shoppers.hpp"

namespace resalehub::bench {
namespace {

namespace files = std::filesystem;

constexpr const char* database_user = "postgres";

/// The newest that is installed; empty when none is.
files::path newest_programs() {
  std::error_code none;
  files::path newest;
  double version = 0;
  for (const auto& entry : files::directory_iterator("/usr/lib/postgresql", none)) {
    const auto found = std::strtod(entry.path().filename().c_str(), nullptr);
    const auto bin = entry.path() / "bin";
    if (found <= version || ::access((bin / "postgres").c_str(), X_OK) != 0 ||
        ::access((bin / "pgbench").c_str(), X_OK) != 0)
      continue;
    version = found;
    newest = bin;
  }
  return newest;
}

/// Its server refuses to be root.
std::vector<std::string> unprivileged(std::vector<std::string> words) {
  if (::geteuid() == 0)
    words.insert(words.begin(), {"/usr/bin/setpriv", "--reuid", database_user, "--regid",
                                 database_user, "--clear-groups"});
  return words;
}

std::string text_of(const files::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

void run_program(const std::vector<std::string>& words, const files::path& said) {
  child_process process(words, said);
  if (process.wait_for_end() != 0)
    throw std::runtime_error(words.front() + " failed; it said: " + text_of(said));
}

template <typename Condition>
void wait_for(const char* what, const Condition& holds) {
  for (int looks = 0; !holds(); ++looks) {
    if (looks == 600) throw std::runtime_error(std::string("PostgreSQL: too long: ") + what);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

std::vector<std::string> server_command(const files::path& programs, const files::path& folder,
                                        const endpoint& at) {
  std::vector<std::string> words{(programs / "postgres").string(), "-D", folder.string()};
  const std::vector<std::string> set{
      "port=" + std::to_string(at.port), "listen_addresses=" + at.address,
      "unix_socket_directories=", "max_connections=200", "shared_buffers=256MB", "fsync=on",
      "synchronous_commit=on"};
  for (const auto& one : set) words.insert(words.end(), {"-c", one});
  return unprivileged(words);
}

}  // namespace

std::optional<std::string> postgres_pair::why_not(const settings& all) {
  const std::string end = ", so nothing stands beside purchases.";
  if (newest_programs().empty())
    return "PostgreSQL is not installed (Debian package postgresql)" + end;
  if (::geteuid() != 0) return std::nullopt;
  if (::getpwnam(database_user) == nullptr)
    return "PostgreSQL does not run as root, and there is no user postgres" + end;
  files::create_directories(all.directory);
  const auto folder = files::absolute(all.directory);
  child_process look(unprivileged({"/usr/bin/test", "-x", folder.string()}), "/dev/null");
  if (look.wait_for_end() == 0) return std::nullopt;
  return "The user postgres cannot enter " + folder.string() + end;
}

postgres_pair::postgres_pair(const settings& all)
    : programs_(newest_programs()),
      place_(files::absolute(all.directory)),
      first_{.port = free_port()},
      second_{.port = free_port()} {
  const auto first = place_.path() / "first", second = place_.path() / "second";
  if (::geteuid() == 0) {
    const auto* owner = ::getpwnam(database_user);
    if (::chown(place_.path().c_str(), owner->pw_uid, owner->pw_gid) != 0)
      throw std::runtime_error("the folder cannot be given to the user postgres");
  }
  run_program(unprivileged({(programs_ / "initdb").string(), "-D", first.string(), "-U",
                            database_user, "-A", "trust", "-E", "UTF8", "--locale", "C"}),
              said());
  primary_.emplace(server_command(programs_, first, first_), place_.path() / "first.log");
  wait_for("the first server", [&] { return ask("SELECT 'here'").starts_with("here"); });
  sql(purchase_tables(shop_listings));
  run_program(unprivileged({(programs_ / "pg_basebackup").string(), "-D", second.string(), "-R",
                            "-X", "stream", "-c", "fast", "-h", first_.address, "-p",
                            std::to_string(first_.port), "-U", database_user}),
              said());
  standby_.emplace(server_command(programs_, second, second_), place_.path() / "second.log");
  sql("ALTER SYSTEM SET synchronous_standby_names = '*'");
  sql("SELECT pg_reload_conf()");
  wait_for("the standby", [&] {
    return ask("SELECT sync_state FROM pg_stat_replication").starts_with("sync");
  });
}

void postgres_pair::sql(const std::string& text) const {
  run_program({(programs_ / "psql").string(), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1",
               "-h", first_.address, "-p", std::to_string(first_.port), "-U", database_user,
               "-c", text},
              said());
}

/// Empty when nobody answers.
std::string postgres_pair::ask(const std::string& query) const {
  try {
    sql(query);
  } catch (const std::runtime_error&) {
    return {};
  }
  return text_of(said());
}

double postgres_pair::run_pgbench(double seconds, shape wanted) const {
  const auto script = place_.path() / "purchase.sql";
  std::ofstream(script) << (wanted == shape::one_transaction ? purchase_in_one()
                                                             : purchase_in_steps());
  run_program({(programs_ / "pgbench").string(), "-n", "-M", "prepared", "-c",
               std::to_string(shoppers_count), "-j", "1", "--max-tries", "100", "-T",
               std::to_string(std::max(1L, std::lround(seconds))), "-f", script.string(), "-h",
               first_.address, "-p", std::to_string(first_.port), "-U", database_user,
               database_user},
              said());
  const auto text = text_of(said());
  const auto number_behind = [&](const std::string& words) {
    const auto at = text.find(words);
    if (at == text.npos) throw std::runtime_error("pgbench said: " + text);
    return std::strtod(text.c_str() + at + words.size(), nullptr);
  };
  if (number_behind("number of failed transactions: ") > 0)
    throw std::runtime_error("pgbench said: " + text);
  return number_behind("tps = ");
}

postgres_pair::outcome postgres_pair::buy_for(double seconds, shape wanted) const {
  run_pgbench(seconds / 5, wanted);
  const auto used = [&] {
    return tree_processor_s(primary_->id()) + tree_processor_s(standby_->id());
  };
  const auto before = used();
  const auto per_s = run_pgbench(seconds, wanted);
  return {.per_s = per_s, .processor_us = 1e6 * (used() - before) / (per_s * std::lround(seconds))};
}

}  // namespace resalehub::bench
