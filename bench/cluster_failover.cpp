// How long nobody acknowledges a write when a node is killed: over many kills, the longest time
// between two acknowledged writes to one room of a partition that the killed node led.

#include <algorithm>
#include <map>

#include "bench/benchmarks.hpp"
#include "bench/chatter.hpp"
#include "bench/local_nodes.hpp"

namespace resalehub::bench {
namespace {

constexpr std::size_t node_count = 3;
constexpr std::size_t rooms_watched = 8;  ///< in as many partitions
constexpr double before_kill_s = 0.5;
constexpr double after_kill_s = 3;
constexpr double median_ms_max = 600;
constexpr double longest_ms_max = 1500;

/// Rooms of one partition each, led by that node.
std::vector<owned> rooms_led_by(const local_nodes& nodes, std::size_t leader,
                                const std::vector<owned>& rooms) {
  std::map<double, owned> found;
  for (const auto& room : rooms) {
    const auto where = nodes.said(leader, "/admin/where/" + room.id);
    if (where.find(R"("leader":")" + nodes.nodes()[leader].name + '"') == where.npos) continue;
    found.try_emplace(number_in(where, "partition"), room);
    if (found.size() == rooms_watched) break;
  }
  std::vector<owned> chosen;
  for (const auto& [partition, room] : found) chosen.push_back(room);
  return chosen;
}

/// Writes to each of the rooms over other doors, and the kill amid them; the longest gap.
class watched_kill {
 public:
  watched_kill(local_nodes& nodes, std::size_t victim, const std::vector<owned>& rooms)
      : nodes_(nodes), victim_(victim), rooms_(rooms), lines_(rooms.size()) {}

  double run_ms();
  std::uint64_t repeated() const { return repeated_; }

 private:
  struct line {
    std::int64_t acknowledged_ns = 0;
    std::int64_t longest_ns = 0;
  };

  void ask(const owned& room, std::string& out);
  void take(line& one, const reply& answer);

  local_nodes& nodes_;
  std::size_t victim_;
  const std::vector<owned>& rooms_;
  std::vector<line> lines_;
  std::int64_t kill_ns_ = 0;  ///< 0: it has been killed
  std::uint64_t repeated_ = 0;
};

void watched_kill::ask(const owned& room, std::string& out) {
  if (kill_ns_ != 0 && now_ns() >= kill_ns_) {
    nodes_.kill(victim_);
    kill_ns_ = 0;
  }
  append(out, message_to(room));
}

void watched_kill::take(line& one, const reply& answer) {
  if (answer.status != 200) expect(answer, 201);
  const auto now = now_ns();
  if (one.acknowledged_ns != 0)
    one.longest_ns = std::max(one.longest_ns, now - one.acknowledged_ns);
  one.acknowledged_ns = now;
}

double watched_kill::run_ms() {
  kill_ns_ = now_ns() + static_cast<std::int64_t>(before_kill_s * 1e9);
  const auto run = run_load(
      nodes_.doors_without(victim_),
      {.connections = rooms_.size(), .measured_s = before_kill_s + after_kill_s},
      {.ask =
           [this](std::size_t which, std::string& out) {
             ask(rooms_[which], out);
             return true;
           },
       .take = [this](std::size_t which, const reply& answer) { take(lines_[which], answer); }});
  repeated_ = run.repeats;
  std::int64_t longest_ns = 0;
  for (const auto& one : lines_) longest_ns = std::max(longest_ns, one.longest_ns);
  return static_cast<double>(longest_ns) / 1e6;
}

double quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  const auto last = static_cast<double>(values.size() - 1);
  return values[static_cast<std::size_t>(share * last + 0.5)];
}

}  // namespace

void measure_cluster_failover(const settings& all, report& into) {
  const work_directory place(all.directory);
  local_nodes nodes(all, place.path(), node_count);
  const talking_market market(nodes.doors().front());
  std::vector<double> gaps_ms, even_s;
  double repeated = 0;
  for (std::size_t kill = 0; kill < all.kills; ++kill) {
    const auto victim = kill % node_count;
    const auto rooms = rooms_led_by(nodes, victim, market.rooms);
    watched_kill one(nodes, victim, rooms);
    gaps_ms.push_back(one.run_ms());
    repeated += static_cast<double>(one.repeated());
    const auto started = now_ns();
    nodes.start(victim);
    nodes.wait_until_ready(victim);
    nodes.wait_until_even();
    even_s.push_back(static_cast<double>(now_ns() - started) / 1e9);
  }
  into.add({.name = "cluster.failover_p50",
            .value = median(gaps_ms),
            .unit = "ms",
            .most = median_ms_max,
            .details = {{"kills", static_cast<double>(all.kills)},
                        {"repeated_writes", repeated},
                        {"back_and_even_s", median(even_s)}}});
  into.add({.name = "cluster.failover_p99", .value = quantile(gaps_ms, 0.99), .unit = "ms"});
  into.add({.name = "cluster.failover_max",
            .value = *std::max_element(gaps_ms.begin(), gaps_ms.end()),
            .unit = "ms",
            .most = longest_ms_max});
}

}  // namespace resalehub::bench
