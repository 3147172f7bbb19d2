#pragma once
/// The simulated network between machines: a connection per pair that both ends want, in order
/// within, broken by whatever is lost, made again after a while. Callbacks come from the timeline,
/// one at a time, and may send, attach and detach. One thread.

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "tests/simulation/streams.hpp"
#include "tests/simulation/timeline.hpp"
#include "tests/simulation/trace.hpp"
#include "tests/simulation/weather.hpp"
#include "tests/simulation/wire.hpp"

namespace resalehub::simulation {

/// Who stands behind an endpoint, as its certificate and its first frame say.
struct identity {
  node_number node = 0;  ///< 0: has none yet
  std::string name;
  std::uint64_t incarnation = 0;
  friend bool operator==(const identity&, const identity&) = default;
};

/// A machine's front door, as long as a process runs there.
class endpoint {
 public:
  virtual ~endpoint() = default;
  virtual void opened(machine_number peer, const identity& who) = 0;
  virtual void closed(machine_number peer, const identity& who) = 0;
  virtual void arrived(machine_number peer, const identity& who, std::string message) = 0;
  virtual void asked(std::string name, std::string request,
                     std::function<void(std::string)> reply) = 0;
};

struct network_options {
  std::uint64_t seed = 0;
  latency way{200 * microsecond_ns, 300 * microsecond_ns, 2'000, 200 * millisecond_ns};
  wire_options line;
  virtual_ns silence_ns_min = 1'000 * millisecond_ns;  ///< heartbeats missing: broken
  virtual_ns silence_ns_max = 3'000 * millisecond_ns;
  virtual_ns reconnect_ns_min = 20 * millisecond_ns;
  virtual_ns reconnect_ns_max = 800 * millisecond_ns;
};

struct network_figures {
  std::uint64_t sent = 0, refused = 0, arrived = 0;
  std::uint64_t opened = 0, broken = 0;
  std::uint64_t lost = 0, vanished = 0, corruption_caught = 0, doubled = 0, late = 0;
};

class network {
 public:
  network(timeline& time, trace& log, network_options options);
  ~network();
  network(const network&) = delete;
  network& operator=(const network&) = delete;

  // -- a process on a machine ---------------------------------------------------------------------
  void attach(machine_number machine, identity who, endpoint& door);
  /// Its process is gone, and peers hear of it: at once, or when they miss its heartbeats.
  void detach(machine_number machine);
  /// Connections are kept to these, when they want the same; others are closed.
  void expect(machine_number self, std::map<machine_number, identity> peers);
  [[nodiscard]] bool send(machine_number from, machine_number to, lane way, std::string message);
  struct question {
    machine_number from = 0, to = 0;
    std::string name, request;
  };
  /// One question outside all connections; what is lost is never answered.
  void ask(question what, std::function<void(std::string)> answered);

  // -- what goes wrong ----------------------------------------------------------------------------
  weather::number begin(const fault& trouble);
  void end(weather::number which);
  void reset(machine_set some, machine_set others);
  /// A process that sleeps: hears nothing, says nothing, and is told all when it wakes.
  void pause(machine_number machine);
  void resume(machine_number machine);
  /// All troubles and pauses are over.
  void heal();

  const network_figures& figures() const { return figures_; }

 private:
  struct station;  // a machine
  struct link;     // a pair of machines
  struct side;

  link& link_between(machine_number a, machine_number b);
  station& at(machine_number machine);
  bool wanted(const link& of);
  bool alive(const side& of);     ///< the process that the connection belongs to is still there
  bool blocked(const link& of, int from);
  virtual_ns way_time(link& of, int from);
  virtual_ns silence(link& of, int from);
  void consider(link& of);
  void dial(link& of);
  void establish(link& of);
  void pump(link& of, int from);
  void drain(link& of, int from);
  void deliver(link& of, int from, frame_under_way one);
  void repeat_late(link& of, int from, virtual_ns opened);
  void await_silence(link& of, int from);
  void break_link(link& of, int noticed_by);
  void keep_late(link& of, int from);
  void tell_open(link& of, int whom, virtual_ns when);
  void tell_closed(link& of, int whom, virtual_ns delay);
  void settle(link& of);
  void reconsider();
  void tell(machine_number machine, std::uint64_t process, std::function<void(endpoint&)> what);

  timeline& time_;
  trace& log_;
  network_options options_;
  weather weather_;
  network_figures figures_;
  std::map<machine_number, std::unique_ptr<station>> stations_;
  std::map<std::pair<machine_number, machine_number>, std::unique_ptr<link>> links_;
};

}  // namespace resalehub::simulation
