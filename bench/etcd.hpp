#pragma once
/// Three nodes of etcd, as they come, beside which replicated commands are measured: one put for
/// one command, with as many bytes, over its HTTP/JSON gateway by the same load generator.

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "bench/harness.hpp"

namespace resalehub::bench {

class etcd_nodes {
 public:
  /// A sentence, where it is not installed.
  static std::optional<std::string> why_not();

  /// Waits until all of them serve.
  etcd_nodes(const settings& all, const std::filesystem::path& place);

  const std::vector<endpoint>& doors() const { return doors_; }
  double used_s() const;  ///< processor time of all of them

 private:
  void start(const std::filesystem::path& place, std::size_t which, const std::string& cluster);

  std::vector<endpoint> doors_, links_;
  std::deque<child_process> processes_;
};

/// Puts of fresh keys.
script etcd_puts();

}  // namespace resalehub::bench
