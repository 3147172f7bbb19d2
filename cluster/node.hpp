#pragma once
/// One node: its stores, its threads (log writer, applier, CAF's workers, links) and its
/// partitions. The front door to every entity. Made by main.cpp, which chooses clock, chance and
/// disk. `ask` and `list`: any thread. Construction, `hand_over` and `stop`: one thread, once each.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/ports.hpp"
#include "cluster/host_figures.hpp"
#include "cluster/host_ports.hpp"
#include "cluster/node_actors.hpp"
#include "cluster/request.hpp"
#include "cluster/tls_link.hpp"
#include "storage/data_directory.hpp"
#include "storage/log_writer.hpp"

namespace resalehub {

struct node_options {
  std::string directory;
  std::string name = "n1";        ///< of this node in its cluster
  std::string region;
  std::string http;               ///< host:port of its listeners, for those who ask the record
  std::string admin;
  std::vector<std::string> join;  ///< links of nodes that let it in, when its directory is empty
  link_options links;
  std::string links_address = "127.0.0.1";
  std::uint16_t links_port = 0;
  /// Where peers reach it, by the port that was bound.
  std::function<std::string(std::uint16_t)> reached_at;
  milliseconds handover{5000};    ///< how long a stop waits for others to lead
  std::uint32_t partitions = 64;  ///< of a cluster that is founded
  int workers = 1;                ///< threads of the actor system
  std::uint64_t free_bytes_min = 0;  ///< of its disk: below that it steps aside; 0: not looked at
  std::size_t log_write_buffer_bytes = 64u << 20;
  std::size_t state_write_buffer_bytes = 64u << 20;
  std::size_t state_cache_bytes = 64u << 20;
  node_actors_options actors;  ///< who it is and which partitions there are: filled in at start
};

struct node_ports {
  clock_port* clock = nullptr;
  entropy_port* entropy = nullptr;
  push_sink* pushes = nullptr;
  std::function<const entity_kind*(kind_prefix)> kinds;  ///< of the product; ours are added
  std::map<std::string, outside_port*> outside;  ///< may be filled before the first call arrives
  /// Lets the starting or stopping thread wait; false: it shall wait no longer.
  std::function<bool(milliseconds)> pause;
  std::function<void(const std::string&)> tell;    ///< the operator, what a joiner waits for
  /// This node may not stay in its cluster, and why. Any thread, perhaps several times.
  std::function<void(const std::string&)> expelled;
};

struct disk_state {
  disk_room room = disk_room::enough;
  std::uint64_t free_bytes = 0;
};

class node : public entity_asker, public operator_door {
 public:
  /// Opens its directory and goes on as who it was; an empty one joins or founds a cluster first.
  /// Refuses with a sentence. Serves once `ready()`.
  static result<std::unique_ptr<node>> start(const node_options& options, const node_ports& ports);
  /// A directory for the first node of a new cluster. Refused when it has an identity already.
  static result<directory_identity> found(const std::string& directory, std::uint32_t partitions,
                                          entropy_port& chance);

  virtual bool ready() const = 0;  ///< every partition has a leader that can be reached
  virtual void hand_over() = 0;    ///< before `stop`: others lead what this node led, if they can
  virtual void stop() = 0;  ///< finishes what runs; the stores are synced and closed
  virtual data_directory& directory() = 0;
  virtual const host_figures& figures() const = 0;
  virtual waiting_asks waiting() const = 0;
  virtual log_writer_figures log_figures() const = 0;
  virtual const link_figures& links_figures() const = 0;
  virtual disk_state disk() const = 0;
};

}  // namespace resalehub
