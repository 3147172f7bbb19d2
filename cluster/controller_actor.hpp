#pragma once
/// Every node's part in running the cluster: tells how its partitions do, and, while this node
/// leads partition 0, compares what all tell with what should be and orders the next steps. What it
/// knows of the others is soft: a new leader asks anew and decides nothing before it has heard.

#include <atomic>
#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cluster/controller.hpp"
#include "cluster/front_door_actor.hpp"
#include "cluster/partition_actor.hpp"

namespace resalehub {

struct controller_beat {};
/// This node is about to stop: it shall not be given anything to lead.
struct node_leaves {};

struct controller_limits {
  int round_ticks = 5;                 ///< between two rounds of reports and orders
  milliseconds failure{3000};          ///< not heard for so long: unreachable
  milliseconds replace{300'000};       ///< ... and for so long: its replicas are replaced
  placement::placement_options placement;
};

struct controller_setup {
  node_number self = 1;
  controller::join introduction;  ///< who this node is; its key marks the data directory
  bool founder = false;
  host_ports ports;
  controller_limits limits;
  std::vector<caf::actor> partitions;  ///< filled before the first message
  caf::actor front_door;
  std::atomic<bool>* announced = nullptr;  ///< the record knows this node
  node_broken broken;
  std::function<void(const problem&)> refused;  ///< the record wants this node no more
};

class controller_actor : public caf::event_based_actor {
 public:
  controller_actor(caf::actor_config& config, std::shared_ptr<controller_setup> setup);
  caf::behavior make_behavior() override;
  const char* name() const override { return "controller"; }

 private:
  struct heard_report {
    node_report report;
    std::int64_t at_us = 0;
  };

  void round();
  void report();
  void measure() const;
  void announce();
  void look();
  void heard(const answered_ask& answer);
  void run_cluster(const controller::view& view);
  void tell_roster(const controller::view& view);
  void note_members(const controller::view& view);
  placement::cluster_view view_of(const controller::view& view) const;
  std::map<keys::partition_number, const group_report*> newest_reports() const;
  void order(const placement::order& what, const group_report& from);
  void ask_record(std::uint64_t ticket, ask_mode mode, std::string body);
  bool runs_cluster() const { return zero_.node == setup_->self; }
  std::int64_t now_us() const { return setup_->ports.clock->monotonic_us(); }

  std::shared_ptr<controller_setup> setup_;
  std::shared_ptr<answer_sink> sink_;
  leader_hint zero_;  ///< who leads partition 0
  int beats_ = 0;
  node_report own_;
  bool leaving_ = false;
  std::set<std::uint64_t> asked_;  ///< tickets under way
  std::map<node_number, heard_report> reports_;
  std::int64_t since_us_ = 0;  ///< of running the cluster
  std::vector<known_node> told_;
};

}  // namespace resalehub

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::controller_beat)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::node_leaves)
