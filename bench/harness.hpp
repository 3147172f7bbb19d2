#pragma once
/// What every benchmark stands on: its settings, a real `resalehub serve` on a temporary directory
/// and free ports, requests to it, and what it costs. Limits are raised by options alone.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load.hpp"
#include "bench/process.hpp"
#include "bench/report.hpp"

namespace resalehub::bench {

struct settings {
  std::filesystem::path programs;   ///< where resalehub and the ceilings are
  std::filesystem::path directory;  ///< where temporary directories are made
  double seconds = 5;               ///< of one measurement
  int rounds = 3;                   ///< of which the median counts
  std::uint64_t listings = 1'000'000;
  std::size_t idle_connections = 5'000;
  std::size_t kills = 50;
  std::uint64_t log_entries = 1'000'000;
  std::vector<std::string> options;  ///< "name=value", for the server, over the benchmark's own
};

// -- the server -----------------------------------------------------------------------------------

/// "name=value" of what every benchmark raises: load tests have no limits, and switch nothing off.
const std::vector<std::string>& raised_limits();

class server {
 public:
  /// On `data`, which may hold something already; waits until it is ready.
  server(const settings& all, const std::filesystem::path& data,
         const std::vector<std::string>& options = {});

  const endpoint& http() const { return http_; }
  pid_t id() const { return process_.id(); }
  std::string metrics() const;

 private:
  void wait_until_ready();

  endpoint http_, admin_;
  std::filesystem::path log_;
  child_process process_;
};

/// The sum over all labels of a metric; 0 when there is none of that name.
double metric(std::string_view exposition, std::string_view name);

/// What has been used so far, by the server and by this process; differences say what a run cost.
struct usage {
  double server_s = 0, generator_s = 0, syncs = 0, commits = 0, log_bytes = 0;

  usage& operator+=(const usage& other);  ///< over several runs
};
usage usage_of(const server& node);
/// Processor time, syncs, commits and log bytes of one answer, as details of a figure.
void add_costs(figure& to, const usage& before, const usage& after, std::uint64_t answers);
void add_latency(figure& to, const latency_histogram& latency);

// -- ceilings -------------------------------------------------------------------------------------

/// Until a program that serves there has begun to.
void wait_for_listener(const endpoint& at, child_process& process);

struct rocksdb_run {
  const char* how = "tuned";  ///< or "plain", as it comes
  int batch = 32;             ///< entries, each of 256 bytes, synced together
};
/// Entries a second that RocksDB alone makes durable, in the same kind of directory.
double rocksdb_alone(const settings& all, const rocksdb_run& wanted);

// -- requests -------------------------------------------------------------------------------------

struct request {
  std::string_view method;
  std::string path;
  std::string_view token;  ///< none: nobody
  std::string body;        ///< none: no body
  bool keyed = false;      ///< with a fresh idempotency key
};
void append(std::string& out, const request& what);

/// Unlike any other of this run.
std::uint64_t fresh_number();

/// The first text of that name in a JSON answer.
std::string_view text_in(std::string_view json, std::string_view name);
double number_in(std::string_view json, std::string_view name);
/// The objects of a JSON array of flat objects.
std::vector<std::string_view> objects_in(std::string_view json);
/// Ends the run when an answer is not what the benchmark means to measure.
void expect(const reply& answer, int status);

/// `count` requests over some connections, all answered in the end. `take` may be called out of
/// order.
struct request_list {
  std::size_t count = 0;
  std::function<request(std::size_t)> at;
  std::function<void(std::size_t, const reply&)> take;
  std::size_t connections = 64;
};
load_outcome ask_all(const endpoint& to, const request_list& what);
/// One request and the whole answer, head and body.
std::string ask_once(const endpoint& to, const request& what);

}  // namespace resalehub::bench
