#include "bench/harness.hpp"

#include <unistd.h>

#include <charconv>
#include <chrono>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace resalehub::bench {
namespace {

std::vector<std::string> command_line(const settings& all, const std::filesystem::path& data,
                                      const std::vector<std::string>& options) {
  std::vector<std::string> words{(all.programs / "resalehub").string(), "serve", "--data-dir",
                                 (data / "data").string(), "--links.port=0"};
  for (const auto* some : {&raised_limits(), &options, &all.options})
    for (const auto& option : *some) words.push_back("--" + option);
  return words;
}

std::vector<std::string> with_ports(std::vector<std::string> words, const endpoint& http,
                                    const endpoint& admin) {
  words.insert(words.end(), {"--http", http.address + ":" + std::to_string(http.port), "--admin",
                             admin.address + ":" + std::to_string(admin.port)});
  return words;
}

constexpr int starting_steps = 6'000;
constexpr std::chrono::milliseconds starting_step{10};

}  // namespace

// -- the server -----------------------------------------------------------------------------------

const std::vector<std::string>& raised_limits() {
  static const std::vector<std::string> raised{
      "limits.requests_per_s=100000000",
      "limits.login_per_min=100000000",
      "limits.signup_per_min=100000000",
      "limits.messages_per_min=100000000",
      "limits.rooms_per_h=100000000",
      "limits.requests_per_connection=1000000000",
      "limits.connections=100000",
      "limits.connections_per_address=100000",
      "limits.connections_per_s=100000",
      "limits.idle_ms=3600000",
      "auth.access_ms=86400000",
      "auth.argon2_memory_bytes=65536",
  };
  return raised;
}

server::server(const settings& all, const std::filesystem::path& data,
               const std::vector<std::string>& options)
    : http_{.port = free_port()},
      admin_{.port = free_port()},
      log_(data / "server.log"),
      process_(with_ports(command_line(all, data, options), http_, admin_), log_) {
  wait_until_ready();
}

void server::wait_until_ready() {
  for (int i = 0; i < starting_steps && !process_.ended(); ++i) {
    try {
      if (ask_once(admin_, {.method = "GET", .path = "/readyz"}).starts_with("HTTP/1.1 200"))
        return;
    } catch (const std::runtime_error&) {
      // Nobody listens yet.
    }
    std::this_thread::sleep_for(starting_step);
  }
  std::string said;
  std::ifstream file(log_);
  for (std::string line; std::getline(file, line);) said = line;
  throw std::runtime_error("the server did not become ready" +
                           (process_.ended() ? ", it ended with " +
                                                   std::to_string(process_.wait_for_end())
                                             : std::string()) +
                           "; it said: " + said);
}

std::string server::metrics() const {
  return ask_once(admin_, {.method = "GET", .path = "/metrics"});
}

double metric(std::string_view exposition, std::string_view name) {
  double sum = 0;
  while (!exposition.empty()) {
    const auto end = exposition.find('\n');
    const auto line = exposition.substr(0, end);
    exposition = end == exposition.npos ? "" : exposition.substr(end + 1);
    if (!line.starts_with(name) || line.size() == name.size()) continue;
    if (line[name.size()] != ' ' && line[name.size()] != '{') continue;
    const auto value = line.substr(line.rfind(' ') + 1);
    double number = 0;
    std::from_chars(value.data(), value.data() + value.size(), number);
    sum += number;
  }
  return sum;
}

usage& usage::operator+=(const usage& other) {
  for (auto member : {&usage::server_s, &usage::generator_s, &usage::syncs, &usage::commits,
                      &usage::log_bytes})
    this->*member += other.*member;
  return *this;
}

usage usage_of(const server& node) {
  const auto page = node.metrics();
  return {.server_s = processor_s(node.id()),
          .generator_s = own_processor_s(),
          .syncs = metric(page, "resalehub_log_syncs_total"),
          .commits = metric(page, "resalehub_commits_total"),
          .log_bytes = metric(page, "resalehub_log_bytes_total")};
}

void add_costs(figure& to, const usage& before, const usage& after, std::uint64_t answers) {
  const auto each = [&](double usage::*what) {
    return (after.*what - before.*what) / static_cast<double>(answers);
  };
  to.details.emplace_back("server_us", 1e6 * each(&usage::server_s));
  to.details.emplace_back("generator_us", 1e6 * each(&usage::generator_s));
  if (after.syncs == before.syncs) return;
  to.details.emplace_back("syncs", each(&usage::syncs));
  to.details.emplace_back("commits", each(&usage::commits));
  to.details.emplace_back("log_bytes", each(&usage::log_bytes));
}

void add_latency(figure& to, const latency_histogram& latency) {
  to.details.emplace_back("p50_us", latency.quantile_us(0.50));
  to.details.emplace_back("p99_us", latency.quantile_us(0.99));
}

// -- ceilings -------------------------------------------------------------------------------------

void wait_for_listener(const endpoint& at, child_process& process) {
  for (int i = 0; i < starting_steps && !process.ended(); ++i) {
    try {
      ::close(connect_to(at));
      return;
    } catch (const std::runtime_error&) {
      std::this_thread::sleep_for(starting_step);
    }
  }
  throw std::runtime_error("a ceiling's program did not start");
}

double rocksdb_alone(const settings& all, const rocksdb_run& wanted) {
  const work_directory place(all.directory);
  const auto said = place.path() / "said";
  child_process process({(all.programs / "bench/bare_rocksdb").string(),
                         (place.path() / "db").string(), wanted.how,
                         std::to_string(wanted.batch), std::to_string(all.seconds / 2)},
                        said);
  if (process.wait_for_end() != 0) throw std::runtime_error("bare_rocksdb failed");
  double per_s = 0;
  std::ifstream(said) >> per_s;
  return per_s;
}

// -- requests -------------------------------------------------------------------------------------

std::uint64_t fresh_number() {
  static std::uint64_t last = static_cast<std::uint64_t>(now_ns());
  return ++last;
}

void append(std::string& out, const request& what) {
  out.append(what.method).append(" ").append(what.path).append(" HTTP/1.1\r\nHost: localhost");
  if (!what.token.empty()) out.append("\r\nAuthorization: Bearer ").append(what.token);
  if (what.keyed) out.append("\r\nIdempotency-Key: ").append(std::to_string(fresh_number()));
  if (!what.body.empty())
    out.append("\r\nContent-Type: application/json\r\nContent-Length: ")
        .append(std::to_string(what.body.size()));
  else if (what.method == "POST")
    out.append("\r\nContent-Length: 0");
  out.append("\r\n\r\n").append(what.body);
}

std::string_view text_in(std::string_view json, std::string_view name) {
  const auto wanted = '"' + std::string(name) + "\":\"";
  const auto at = json.find(wanted);
  if (at == json.npos) throw std::runtime_error("an answer has no " + std::string(name));
  const auto begin = at + wanted.size();
  return json.substr(begin, json.find('"', begin) - begin);
}

double number_in(std::string_view json, std::string_view name) {
  const auto wanted = '"' + std::string(name) + "\":";
  const auto at = json.find(wanted);
  if (at == json.npos) throw std::runtime_error("an answer has no " + std::string(name));
  double number = 0;
  std::from_chars(json.data() + at + wanted.size(), json.data() + json.size(), number);
  return number;
}

std::vector<std::string_view> objects_in(std::string_view json) {
  std::vector<std::string_view> found;
  for (auto begin = json.find('{'); begin != json.npos; begin = json.find('{', begin + 1))
    found.push_back(json.substr(begin, json.find('}', begin) - begin + 1));
  return found;
}

void expect(const reply& answer, int status) {
  if (answer.status != status)
    throw std::runtime_error("expected " + std::to_string(status) + ", the server answered " +
                             std::to_string(answer.status) + ": " + std::string(answer.body));
}

load_outcome ask_all(const endpoint& to, const request_list& what) {
  std::size_t next = 0;
  std::vector<std::size_t> asked(what.connections);
  return run_load(to, {.connections = what.connections},
                  {.ask =
                       [&](std::size_t connection, std::string& out) {
                         if (next == what.count) return false;
                         asked[connection] = next++;
                         append(out, what.at(asked[connection]));
                         return true;
                       },
                   .take =
                       [&](std::size_t connection, const reply& answer) {
                         what.take(asked[connection], answer);
                       }});
}

std::string ask_once(const endpoint& to, const request& what) {
  std::string answered;
  ask_all(to, {.count = 1,
               .at = [&](std::size_t) { return what; },
               .take = [&](std::size_t, const reply& answer) {
                 answered = std::string(answer.head) + std::string(answer.body);
               },
               .connections = 1});
  return answered;
}

}  // namespace resalehub::bench
