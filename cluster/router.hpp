#pragma once
/// Brings asks and lists to the leaders of their partitions, wherever those are, and the answers
/// back: follows corrections, waits a bounded while for an election, asks again what may be asked
/// again. A wrong guess is this class's business, never the caller's. Confined to the front door's
/// actor, which carries out what it says.
///
/// Invariants: every ask and list gets exactly one answer; what was perhaps carried out is asked
/// again only when a repetition has no second effect (keyed commands and queries).

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "cluster/answer_batches.hpp"
#include "cluster/directory.hpp"
#include "cluster/host_ports.hpp"

namespace resalehub {

struct router_limits {
  std::size_t asks_max = 16'384;    ///< under way through here; more are refused
  /// For a leader, from the beginning; half of it anew when one is lost that had it for so long.
  milliseconds leader_wait{1500};
};

/// The ways out of a router.
class router_ways {
 public:
  virtual ~router_ways() = default;
  virtual void ask_here(ask request) = 0;   ///< this node leads the partition
  virtual void list_here(scan request) = 0;
  virtual void rows_here(const remote_scan& request) = 0;  ///< from replicas of this node
  virtual bool readable_here(keys::partition_number partition) const = 0;
  virtual bool send(node_number to, const node_message& message) = 0;
};

class router {
 public:
  router(node_number self, directory& where, const host_ports& ports, const router_limits& limits);

  void ask(resalehub::ask request, router_ways& ways);
  void list(scan request, router_ways& ways);
  void answered(node_number from, remote_answers said, router_ways& ways);
  void rows(remote_rows said, router_ways& ways);
  /// The leader of a partition is known now: what waits goes there.
  void found(keys::partition_number partition, router_ways& ways);
  void lost(node_number peer, router_ways& ways);
  void tick(router_ways& ways);
  void refuse_all(const problem& why);
  void deliver() { out_.deliver(); }

  std::size_t under_way() const { return asks_.size() + lists_.size(); }

 private:
  struct journey {
    resalehub::ask ask;
    steady_instant patient_until;  ///< refused unless somebody leads by then
    node_number at = 0;            ///< sent there; 0: waits for a leader
    steady_instant sent_at;
    bool sent_before = false;
  };
  struct asked_node {
    node_number node = 0;
    steady_instant since;
  };
  /// A list: a part of each node that can say something.
  struct gathering {
    scan request;
    steady_instant patient_until;
    std::vector<listed_row> rows;
    std::map<std::uint64_t, std::vector<keys::partition_number>> parts;  ///< asked for, by ticket
    std::map<std::uint64_t, asked_node> at;
    std::vector<keys::partition_number> waiting;  ///< nobody can be asked for these now
  };

  void go(std::uint64_t ticket, router_ways& ways);
  void finish(std::uint64_t ticket, result<answer> outcome);
  void ask_parts(std::uint64_t number, router_ways& ways);
  void ask_part(std::uint64_t number, node_number at,
                std::vector<keys::partition_number> partitions, router_ways& ways);
  void part_failed(std::uint64_t ticket, router_ways& ways);
  void finish_if_whole(std::uint64_t number);
  void finish_list(std::uint64_t number, result<std::vector<listed_row>> outcome);
  void expire(steady_instant now);
  /// Who was asked since `since` is lost: the next leader may be asked.
  void wait_for_another(steady_instant since, steady_instant& patient_until) const;
  void leave(journey& entry) const;
  keys::partition_number place_of(const resalehub::ask& request) const;

  node_number self_;
  directory& where_;
  const host_ports& ports_;
  router_limits limits_;
  std::uint64_t next_ticket_;  ///< drawn, then counted: no answer to an earlier run fits
  std::map<std::uint64_t, journey> asks_;
  std::map<std::uint64_t, gathering> lists_;
  std::unordered_map<std::uint64_t, std::uint64_t> part_of_;  ///< part's ticket -> list
  answer_batches out_;
};

}  // namespace resalehub
