#include "cluster/tls_link_hello.hpp"

namespace resalehub {
namespace {

link_fault judge_origin(const link_hello& hello, const link_expectation& expected) {
  if (hello.version != link_version) return link_fault::other_version;
  if (hello.name.empty()) return link_fault::malformed;
  if (expected.has_certificate && expected.certified != hello.name) return link_fault::wrong_name;
  const bool known_cluster = !hello.cluster.empty() && !expected.ours.cluster.empty();
  if (known_cluster && hello.cluster != expected.ours.cluster) return link_fault::other_cluster;
  return link_fault::none;
}

link_fault judge_place(const link_hello& hello, const link_expectation& expected) {
  if (hello.cluster != expected.ours.cluster) return link_fault::other_cluster;
  if (expected.ours.node == 0 || expected.known == nullptr) return link_fault::unknown_node;
  if (hello.node != expected.known->node) return link_fault::unknown_node;
  if (hello.name != expected.known->name) return link_fault::wrong_name;
  if (hello.incarnation < expected.last_incarnation) return link_fault::old_incarnation;
  return link_fault::none;
}

}  // namespace

link_fault judge_dialer(const link_hello& hello, const link_expectation& expected) {
  if (const auto fault = judge_origin(hello, expected); fault != link_fault::none) return fault;
  if (hello.node == 0)
    return expected.ours.node == 0 ? link_fault::unknown_node : link_fault::none;
  if (const auto fault = judge_place(hello, expected); fault != link_fault::none) return fault;
  return hello.node > expected.ours.node ? link_fault::none : link_fault::wrong_direction;
}

link_fault judge_dialed(const link_hello& hello, const link_expectation& expected) {
  if (const auto fault = judge_origin(hello, expected); fault != link_fault::none) return fault;
  return expected.known == nullptr ? link_fault::none : judge_place(hello, expected);
}

std::string sentence_of(link_fault fault) {
  if (fault == link_fault::other_version) return "The nodes' programs differ too much in version.";
  if (fault == link_fault::other_cluster) return "This node belongs to another cluster.";
  if (fault == link_fault::unknown_node)
    return "This cluster has no node of that number: it was removed, or never joined.";
  if (fault == link_fault::wrong_name) return "The node's name is not what it must be.";
  if (fault == link_fault::old_incarnation) return "A later run of the same node is known.";
  return "Refused: " + std::string(name_of(fault)) + ".";
}

}  // namespace resalehub
