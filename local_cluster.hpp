#pragma once
/// A cluster of processes on one machine, as its folder keeps it: which nodes there are, where they
/// listen, what starts them.
///   DIR/cluster.json   which nodes there are, for `up`, `up --add` and `ctl --dir`
///   DIR/certificates/  the cluster's own authority and the nodes' certificates
///   DIR/n1/            data of the node n1        DIR/n1.log   its log
/// Files are read and written by main's thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ports.hpp"
#include "base/result.hpp"

namespace resalehub {

struct local_node {
  std::string node;
  std::string http;
  std::string admin;
  std::string links;
  std::string dir;  ///< its data
};

class local_cluster {
 public:
  /// Nothing when there is none in the folder yet.
  static result<std::optional<local_cluster>> read(const std::string& folder);
  /// A new one without nodes: the folder, and an authority.
  static result<local_cluster> make(const std::string& folder, std::uint16_t http_base,
                                    clock_port& clock, entropy_port& chance);

  /// One more, with a certificate; kept when this returns.
  result<local_node> add(clock_port& clock, entropy_port& chance);

  const std::vector<local_node>& nodes() const { return nodes_; }
  std::string log_of(const local_node& which) const { return folder_ + "/" + which.node + ".log"; }
  /// All that starts it, alone too. `config` empty: no file.
  std::vector<std::string> command_of(const local_node& which, const std::string& program,
                                      const std::string& config) const;

 private:
  local_cluster(std::string folder, std::uint16_t http_base)
      : folder_(std::move(folder)), http_base_(http_base) {}
  std::string certificates() const { return folder_ + "/certificates"; }
  result<done> keep() const;

  std::string folder_;  ///< absolute
  std::uint16_t http_base_;
  std::vector<local_node> nodes_;
};

}  // namespace resalehub
