#pragma once
/// One partition on this node: its replica, and the entities of it while this node leads. Work
/// gathers while messages wait and while an append is being synced; one flush then handles all of
/// it. Asks that came to the wrong node go back to the front door. Nothing here blocks.

#include <atomic>
#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "cluster/entity_host.hpp"
#include "cluster/replica.hpp"
#include "cluster/unbroken.hpp"

namespace resalehub {

// -- messages -------------------------------------------------------------------------------------

struct partition_tick {};   ///< time passes: deadlines, timers, elections
struct partition_flush {};  ///< to itself, behind what is already waiting
struct append_durable {
  std::uint64_t ready = 0;
};
struct peer_lost {
  node_number node = 0;
};
/// Asks for a `partition_report` to that actor.
struct report_wanted {
  caf::actor by;
};
struct partition_report {
  keys::partition_number partition = 0;
  bool held = false;  ///< there is a replica here
  std::optional<group_report> leads;
};
struct still_member_asked {
  still_member question;
  node_number by = 0;
};

/// What one asking of all partitions to hand over came to.
struct handover_round {
  std::atomic<std::uint32_t> answered{0};
  std::atomic<std::uint32_t> leading{0};  ///< of those that others could lead
};
struct handover_wanted {
  std::shared_ptr<handover_round> round;
};

/// What a partition hands back to its node. Called on the actor's thread; must not block.
struct partition_doors {
  std::function<void(ask)> ask_elsewhere;
  std::function<void(scan)> list_elsewhere;
  std::function<void(const leader_hint&)> leader_told;
  std::function<void(const node_message&)> tell_all;  ///< every node there is
  std::function<void(keys::partition_number, bool leads)> leadership_changed;
  node_broken broken;
};

struct partition_setup {
  replica_options options;
  stored_log stored;
  replica_ports replica;
  host_ports ports;
  host_limits limits;
  partition_doors doors;
  std::atomic<std::uint32_t>* waiting = nullptr;  ///< asks and scans sent here, not yet taken on
  std::atomic<bool>* readable = nullptr;          ///< lists may be read from these rows
  /// CAF hands all of this over to the actor's thread; told here once more because the thread
  /// sanitizer does not see how.
  std::atomic<bool> made{false};
};

class partition_actor : public caf::event_based_actor, private replica_owner {
 public:
  partition_actor(caf::actor_config& config, std::shared_ptr<partition_setup> setup);
  caf::behavior make_behavior() override;
  const char* name() const override { return "partition"; }
  void on_exit() override;

 private:
  /// The leadership moves on purpose: nothing new is taken on, what runs is finished first.
  struct handover {
    member_number to = 0;
    int ticks = 0;
    bool asked = false;
  };

  void committed(std::uint64_t index) override;
  void applied(std::uint64_t index) override;
  void confirmed(std::uint64_t context) override;
  void leads() override;
  void follows(const problem& why) override;
  void leader_told(const leader_hint& who) override;

  caf::message_handler from_peers();
  void accept(ask request);
  void list(scan request);
  void tick();
  void request_flush();
  void flush();
  void propose();
  void close_full_batch();
  void confirm_leadership();
  void begin_handover(handover_round& round);
  void hand_over();
  void end_handover();
  void let_go();
  void carry_out(const group_order& order);
  void report(const caf::actor& by);
  /// A leader hears its followers in any case; nobody else sends it anything to store.
  bool takes_in() const {
    return replica_.is_leader() || has_room(setup_->ports, disk_room::little);
  }
  bool takes_on() const { return host_.leading() && !handover_; }

  std::shared_ptr<partition_setup> setup_;
  replica replica_;
  entity_host host_;
  bool flush_requested_ = false;
  std::string unproposed_;  ///< a batch that the group could not take yet
  std::uint64_t next_round_;  ///< drawn, then counted: a read context never comes again
  std::map<std::uint64_t, std::vector<std::uint64_t>> rounds_;  ///< read context -> works
  std::optional<handover> handover_;
  std::deque<ask> held_asks_;  ///< until we lead, or somebody else does
  std::deque<scan> held_scans_;
  std::uint64_t load_ = 0;  ///< asks since the last report
  int lonely_ticks_ = 0;
};

}  // namespace resalehub

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::ask)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::scan)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::partition_tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::partition_flush)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::append_durable)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::entries_applied)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::peer_lost)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::report_wanted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::partition_report)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::still_member_asked)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::handover_wanted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::raft_steps)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::retired_member)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::transfer_part)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::transfer_taken)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::group_order)
