#pragma once
/// One node: its stores, its threads (log writer, applier, CAF's workers) and its partitions. The
/// front door to every entity. Made by main.cpp, which chooses clock, chance and disk.
/// `ask` and `list`: any thread. Construction and `stop`: one thread, once each.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/ports.hpp"
#include "cluster/host_figures.hpp"
#include "cluster/host_ports.hpp"
#include "cluster/node_actors.hpp"
#include "cluster/request.hpp"
#include "storage/data_directory.hpp"
#include "storage/log_writer.hpp"

namespace resalehub {

struct link_figures;

struct node_options {
  std::string directory;
  std::string name = "n1";                  ///< of this node in its cluster
  std::string address = "127.0.0.1:7080";   ///< of its links
  std::uint32_t partitions = 64;
  int workers = 1;                                 ///< threads of the actor system
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
};

class node : public entity_asker, public operator_door {
 public:
  /// Opens or creates the directory; refuses with a sentence. Serves once `ready()`.
  static result<std::unique_ptr<node>> start(const node_options& options, const node_ports& ports);

  virtual bool ready() const = 0;           ///< every partition has a leader that can be reached
  virtual void stop() = 0;  ///< finishes what runs; the stores are synced and closed
  virtual data_directory& directory() = 0;
  virtual const host_figures& figures() const = 0;
  virtual waiting_asks waiting() const = 0;
  virtual const link_figures* link_traffic() const { return nullptr; }  ///< null: no links
  virtual log_writer_figures log_figures() const = 0;
};

}  // namespace resalehub
