// What goes wrong in the cluster of a test. The cluster itself: test_cluster.cpp.

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include "cluster/directory.hpp"
#include "tests/simulation/kit.hpp"

namespace resalehub::simulation {
namespace {

std::string machine_text(machine_number which) { return "machine " + std::to_string(which); }

/// What those say who think that they lead.
using claims = std::map<keys::partition_number, std::vector<group_report>>;

class claim_listener final : public caf::event_based_actor {
 public:
  claim_listener(caf::actor_config& config, std::shared_ptr<claims> heard)
      : event_based_actor(config), heard_(std::move(heard)) {}
  caf::behavior make_behavior() override {
    return {[this](const partition_report& said) {
      if (said.leads) (*heard_)[said.partition].push_back(*said.leads);
    }};
  }

 private:
  std::shared_ptr<claims> heard_;
};

}  // namespace

// -- actors ---------------------------------------------------------------------------------------

void test_cluster::inject(const actor_fault& fault) {
  begin();
  faults_.inject(fault);
}

void test_cluster::kill(const entity_id& who) {
  faults_.tell(to_text(who) + " is killed");
  if (!faults_.kill_entity(who)) give_up(to_text(who) + " is not awake");
}

void test_cluster::kill_partition(keys::partition_number which, int nth_commit) {
  begin();
  faults_.kill_partition(which, nth_commit);
}

// -- disks and clocks -----------------------------------------------------------------------------

void test_cluster::fail_storage(machine_number of, storage_step step, int nth) {
  begin();
  auto& disk = *in_->at(of).disk;
  step == storage_step::sync ? disk.fail_sync(nth) : disk.fail_write(nth);
  faults_.tell(std::string(step == storage_step::sync ? "sync" : "write") + " no. " +
               std::to_string(nth) + " of " + machine_text(of) + " fails");
}

void test_cluster::stall_storage(machine_number of, storage_step step, stall_plan how) {
  begin();
  faults_.stall(of, step, how);
}

void test_cluster::fill_disk(machine_number of, milliseconds time) {
  strike(fault_kind::full_disk, {of}, {}, time);
}

void test_cluster::move_clock(machine_number of, milliseconds by) {
  faults_.tell("the clock of " + machine_text(of) + " moves by " + std::to_string(by.count()) +
               " ms");
  in_->at(of).clock->jump(by);
}

void test_cluster::drift_clock(machine_number of, std::int64_t per_million) {
  faults_.tell("the clock of " + machine_text(of) + " drifts");
  in_->at(of).clock->drift(per_million);
}

void test_cluster::freeze_clock(machine_number of) {
  faults_.tell("the clock of " + machine_text(of) + " freezes");
  in_->at(of).clock->freeze();
}

void test_cluster::mend_clock(machine_number of) { in_->at(of).clock->correct(); }

// -- leaderships ----------------------------------------------------------------------------------

std::vector<partition_place> test_cluster::placement() {
  begin();
  auto heard = std::make_shared<claims>();
  for (machine_number machine = 1; machine <= options_.machines; ++machine) {
    if (!in_->up(machine)) continue;
    const auto& partitions = in_->at(machine).running->actors().partitions();
    const auto listener = partitions.front().home_system().spawn<claim_listener>(heard);
    for (const auto& one : partitions) caf::anon_send(one, report_wanted{listener});
    in_->time().after(second_ns, [listener = caf::actor_cast<caf::actor_addr>(listener)] {
      if (auto there = caf::actor_cast<caf::actor>(listener))
        caf::anon_send_exit(there, caf::exit_reason::kill);
    });
  }
  pass(milliseconds{100});
  std::vector<partition_place> out(options_.partitions);
  for (const auto& [partition, all] : *heard)
    for (const auto& said : all) {
      auto& place = out[partition];
      if (said.active.size() * 2 <= said.members.voters.size() || said.index < place.index)
        continue;
      place = {faults_.machine_of(node_of(said.leader)), {}, {}, said.index};
      for (const auto one : said.members.voters)
        place.voters.push_back(faults_.machine_of(node_of(one)));
      for (const auto one : said.members.learners)
        place.learners.push_back(faults_.machine_of(node_of(one)));
    }
  return out;
}

keys::partition_number test_cluster::partition_of(const entity_id& who) const {
  return resalehub::partition_of(who.slot, options_.partitions);
}

machine_number test_cluster::leader_of(const entity_id& who) {
  const auto which = partition_of(who);
  machine_number found = 0;
  pass_until("a partition has a leader", [&] { return (found = placement()[which].leader) != 0; });
  return found;
}

void test_cluster::move_leadership(keys::partition_number which, machine_number to) {
  faults_.tell("the leadership of partition " + std::to_string(which) + " moves to " +
               machine_text(to));
  const auto node = in_->at(to).memory.node;
  pass_until("a leadership moves", [&] {
    const auto now = placement()[which];
    if (now.leader == to) return true;
    if (now.leader == 0 || !in_->up(now.leader)) return false;
    group_order order{which, now.index, order_kind::lead, {}, {}, {}, 0};
    auto& there = *in_->at(now.leader).running;
    stored_membership members;
    if (!unpack(there.state().members(which), members)) return false;
    for (const auto one : members.members.voters)
      if (node_of(one) == node) order.to = one;
    caf::anon_send(there.actors().partitions()[which], std::move(order));
    for (int n = 0; n < 10; ++n)
      if (placement()[which].leader == to) return true;
    return false;
  });
}

// -- nodes and links ------------------------------------------------------------------------------

void test_cluster::strike(fault_kind kind, machine_set some, machine_set others,
                          milliseconds time) {
  begin();
  fault one;
  one.kind = kind;
  one.machines = some;
  one.others = others;
  one.duration_ms = time.count();
  faults_.tell(to_text(one));
  in_->plan({one});
  in_->run_for(microsecond_ns);
  check_sound();
}

void test_cluster::crash(machine_number which, milliseconds time) {
  strike(fault_kind::crash, {which}, {}, time);
}

void test_cluster::stop(machine_number which) {
  begin();
  faults_.tell(machine_text(which) + " stops");
  in_->at(which).down = true;
  in_->crash(in_->at(which));
}

void test_cluster::start(machine_number which) {
  in_->at(which).down = false;
  in_->start(in_->at(which));
}

void test_cluster::pause(machine_number which, milliseconds time) {
  strike(fault_kind::pause, {which}, {}, time);
}

void test_cluster::replace(machine_number which) {
  begin();
  faults_.tell(machine_text(which) + " loses its disk");
  auto& of = in_->at(which);
  of.down = true;
  in_->replace(of);
  in_->time().after(second_ns, [this, which] { start(which); });
}

void test_cluster::admit(machine_number which) {
  begin();
  in_->at(which).absent = false;
  in_->start(in_->at(which));
}

void test_cluster::drain(machine_number which) {
  const controller::drain order{in_->at(which).memory.node};
  const auto said = ask(controller_id(), controller::command{order});
  if (!said) give_up("a drain is refused: " + said.problem().detail);
}

void test_cluster::cut(machine_set some, machine_set others, milliseconds time) {
  strike(fault_kind::partition, some, others, time);
}

void test_cluster::calm() {
  faults_.forget_waiting();
  in_->calm();
}

}  // namespace resalehub::simulation
