#pragma once
/// Where a node's own asks leave for other nodes and where what those say arrives: the router, the
/// directory of leaders, and the roster of nodes. One per node; what it passes on to partitions is
/// counted first, since a mailbox has no bound of its own.

#include <atomic>
#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cluster/operator_door.hpp"
#include "cluster/outbound.hpp"
#include "cluster/router.hpp"
#include "cluster/unbroken.hpp"

namespace resalehub {

// -- messages -------------------------------------------------------------------------------------

struct peer_connected {
  node_number node = 0;
  std::uint64_t incarnation = 0;
};
struct peer_disconnected {
  node_number node = 0;
};
struct peer_said {
  node_number node = 0;
  std::string bytes;
};
/// To all peers that are connected now.
struct told_all {
  node_message what;
};
/// To one node, this one too.
struct told_one {
  node_number to = 0;
  node_message what;
};
struct front_door_beat {};
struct survey_wanted {
  operator_door::surveyed told;
};
/// A report of another node, on its way to the controller.
struct peer_reported {
  node_number node = 0;
  node_report report;
};

struct front_door_setup {
  node_number self = 1;
  std::uint32_t asks_per_partition_max = 4096;
  host_ports ports;
  router_limits limits;
  const outbound* out = nullptr;
  links* way = nullptr;
  std::vector<caf::actor> partitions;  ///< filled before the first message
  caf::actor lists;
  caf::actor controller;
  std::vector<std::atomic<std::uint32_t>>* waiting = nullptr;  ///< per partition, lists, door
  const std::vector<std::atomic<bool>>* readable = nullptr;
  std::atomic<std::uint32_t>* led = nullptr;  ///< partitions with a leader that can be reached
  std::atomic<bool>* stays = nullptr;  ///< nobody wants this node to leave
  push_sink* watchers = nullptr;  ///< who watches at this node; null: nobody
  roster known;                   ///< what was kept
  std::function<void(const roster&)> keep;
  node_broken broken;
};

class front_door_actor : public caf::event_based_actor, private router_ways {
 public:
  front_door_actor(caf::actor_config& config, std::shared_ptr<front_door_setup> setup);
  caf::behavior make_behavior() override;
  const char* name() const override { return "front_door"; }
  void on_exit() override;

 private:
  void ask_here(ask request) override;
  void list_here(scan request) override;
  void rows_here(const remote_scan& request) override;
  bool readable_here(keys::partition_number partition) const override;
  bool send(node_number to, const node_message& message) override;

  void route(ask request);
  void route(scan request);
  void hear(peer_said& said);
  void learn(const leader_hint& hint);
  void tell_peers(const node_message& message);
  void make_good_pushes();
  void tell_what_we_lead(node_number to);
  void adopt(roster heard);
  void beat();
  void count_led();
  cluster_survey survey() const;
  bool admitted(std::size_t place);

  // -- what peers say, one for each kind ----------------------------------------------------------
  void take(node_number from, raft_steps& what);
  void take(node_number from, still_member& what);
  void take(node_number from, retired_member& what);
  void take(node_number from, remote_ask& what);
  void take(node_number from, remote_answers& what);
  void take(node_number from, remote_scan& what);
  void take(node_number from, remote_rows& what);
  void take(node_number from, leading& what);
  void take(node_number from, remote_pushes& what);
  void take(node_number from, transfer_part& what);
  void take(node_number from, transfer_taken& what);
  void take(node_number from, node_report& what);
  void take(node_number from, group_order& what);
  void take(node_number from, roster& what);
  template <class Message>
  void pass_on(keys::partition_number partition, Message message);

  std::shared_ptr<front_door_setup> setup_;
  directory where_;
  router router_;
  roster roster_;
  std::set<node_number> connected_;
  std::set<node_number> pushes_owed_;  ///< peers that some could not be sent to
  bool pushes_missed_ = false;         ///< who watches here may lack some
  std::shared_ptr<answer_sink> own_rows_;
  int beats_ = 0;
};

}  // namespace resalehub

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::peer_connected)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::peer_disconnected)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::peer_said)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::told_all)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::told_one)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::front_door_beat)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::survey_wanted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::peer_reported)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::leader_hint)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::roster)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::remote_rows)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::remote_pushes)
