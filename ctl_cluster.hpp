#pragma once
/// A running cluster as its operators' listeners tell it: asks the first of several addresses that
/// answers. Blocks; main's thread.

#include <cstdint>
#include <string>
#include <vector>

#include "cluster/inspection.hpp"
#include "ctl_client.hpp"
#include "gateway/operator_views.hpp"

namespace resalehub {

/// What was asked for, and the bytes that it came as.
template <class T>
struct told {
  T value;
  std::string json;
};

class ctl_cluster {
 public:
  ctl_cluster(std::vector<std::string> addresses, std::string token)
      : addresses_(std::move(addresses)), token_(std::move(token)) {}

  result<told<std::vector<node_line>>> nodes() const;
  result<told<std::vector<partition_line>>> partitions() const;
  result<told<where_line>> where(const std::string& id) const;
  result<told<inspected>> inspect(const std::string& target) const;
  result<told<node_line>> order(const ctl_request& about_node) const;
  result<told<partition_line>> transfer(std::uint32_t partition, const std::string& to) const;
  /// One node's metrics page.
  result<std::string> metrics_of(const std::string& address) const;

 private:
  result<std::string> ask(const ctl_request& request) const;
  template <class T>
  result<told<T>> ask_for(const ctl_request& request) const;

  std::vector<std::string> addresses_;
  std::string token_;
};

}  // namespace resalehub
