#pragma once
/// The load generator: connections in a closed loop (ask, wait for the answer, ask again) on the
/// calling thread. An answer is read by its Content-Length; a broken connection or an answer that
/// is none ends the run with an exception, so no figure counts failures. What is answered 503 is
/// sent again, byte for byte, until it has its answer; the whole wait is that answer's time.

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace resalehub::bench {

struct endpoint {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
};

/// Its views are good during the call.
struct reply {
  int status = 0;
  std::string_view head;
  std::string_view body;
  std::int64_t took_ns = 0;
};

/// Durations in buckets of 1/32 of their size.
class latency_histogram {
 public:
  void record(std::int64_t took_ns);
  void add(const latency_histogram& other);
  std::uint64_t count() const { return count_; }
  double quantile_us(double share) const;

 private:
  static constexpr int fine_bits = 5;
  static std::size_t bucket_of(std::uint64_t value);
  static std::uint64_t middle_of(std::size_t bucket);

  std::array<std::uint64_t, 64u << fine_bits> buckets_{};
  std::uint64_t count_ = 0;
};

/// What the connections say. `ask` appends the next request of a connection; false: that one has
/// nothing to ask any more.
struct script {
  std::function<bool(std::size_t connection, std::string& out)> ask;
  std::function<void(std::size_t connection, const reply& answer)> take;
};

struct load_plan {
  std::size_t connections = 1;
  double warm_up_s = 0;   ///< asked, not counted
  double measured_s = 0;  ///< 0: until nothing is left to ask
};

struct load_outcome {
  std::uint64_t answers = 0;      ///< within the measured time
  std::uint64_t all_answers = 0;  ///< with the warm-up and the end
  std::uint64_t repeats = 0;      ///< answered 503, and sent again
  double seconds = 0;
  latency_histogram latency;

  double per_s() const { return static_cast<double>(answers) / seconds; }
};

load_outcome run_load(const endpoint& to, const load_plan& plan, const script& what);
/// The connections go to all of them in turn.
load_outcome run_load(const std::vector<endpoint>& to, const load_plan& plan, const script& what);

/// A connected socket that waits. Throws when nobody listens.
int connect_to(const endpoint& to);

std::int64_t now_ns();

}  // namespace resalehub::bench
