#pragma once
/// One partition on this node: carries out what its Raft group is ready for (persist, apply, send)
/// and feeds its entity host. Work gathers while messages wait and while an append is being synced;
/// one flush then handles all of it. Nothing here blocks.

#include <atomic>
#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "cluster/entity_host.hpp"
#include "cluster/raft_group.hpp"
#include "storage/applier.hpp"
#include "storage/log_writer.hpp"

namespace resalehub {

// -- messages -------------------------------------------------------------------------------------

struct partition_tick {};   ///< time passes: deadlines, timers, elections
struct partition_flush {};  ///< to itself, behind what is already waiting
struct append_durable {
  std::uint64_t ready = 0;
};
struct entries_applied {
  std::uint64_t index = 0;
  bool covered = false;  ///< by a sync: the log may be cut up to here
};

struct partition_setup {
  keys::partition_number number = 0;
  raft_group_options raft;
  stored_log stored;
  applied_position applied;
  host_ports ports;
  host_limits limits;
  log_writer* writer = nullptr;
  resalehub::applier* applier = nullptr;
  std::atomic<std::uint32_t>* waiting = nullptr;  ///< asks and scans sent here and not yet taken on
  std::uint64_t log_kept_bytes = 1u << 20;  ///< the tail in memory is cut when it grows past this
  std::function<void(keys::partition_number, bool leads)> leadership_changed;
};

class partition_actor : public caf::event_based_actor {
 public:
  partition_actor(caf::actor_config& config, std::shared_ptr<partition_setup> setup);
  caf::behavior make_behavior() override;
  const char* name() const override { return "partition"; }
  void on_exit() override;

 private:
  void request_flush();
  void flush();
  void propose();
  void confirm_leadership();
  void drain_group();
  void carry_out(raft_ready ready);
  void change_role(raft_role role);
  void lead_when_applied();
  void stop_leading(const problem& why);
  void applied(const entries_applied& notice);
  void stop_group();

  std::shared_ptr<partition_setup> setup_;
  std::unique_ptr<raft_group> group_;
  entity_host host_;
  bool flush_requested_ = false;
  int appends_under_way_ = 0;
  raft_role role_ = raft_role::follower;
  bool announced_ = false;        ///< leadership_changed heard that we lead
  std::string unproposed_;        ///< a batch that the group could not take yet
  std::uint64_t committed_ = 0;
  std::uint64_t applied_ = 0;
  std::uint64_t covered_ = 0;
  std::uint64_t next_round_;  ///< drawn, then counted: a read context never comes again
  std::map<std::uint64_t, std::vector<std::uint64_t>> rounds_;  ///< read context -> works
};

}  // namespace resalehub

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::ask)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::scan)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::partition_tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::partition_flush)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::append_durable)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::entries_applied)
