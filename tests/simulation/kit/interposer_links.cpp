// What an interposer does to messages between nodes, and to who handles them. Asks, entities and
// stores: interposer.cpp.

#include "tests/simulation/kit/interposed_node.hpp"

namespace resalehub::simulation {
namespace {

std::string way_between(machine_number from, machine_number at) {
  return std::to_string(from) + " to " + std::to_string(at);
}

}  // namespace

interposer::passage interposer::sends(interposed_links& by, const parcel& what) {
  if (!by.of().failure().empty()) return passage::open;
  acts(by.of());
  const auto from = by.of().machine();
  const auto at = machine_of(what.to);
  const auto type = type_in(what.message);
  ++sent_[std::string(type)];
  release(way_between(from, at));
  const auto* fault = hit(type, [&](const actor_fault& one) {
    const auto& which = one.which.which;
    return one.which.how == carried::between_nodes &&
           one.what != fault_action::throw_in && one.what != fault_action::kill_receiver &&
           (which.from == 0 || which.from == from) && (which.at == 0 || which.at == at);
  });
  if (fault == nullptr) return passage::open;
  switch (fault->what) {
    case fault_action::drop: return passage::taken;
    case fault_action::delay:
      in_->time().after(fault->later.count() * millisecond_ns, by.sending(what));
      return passage::taken;
    case fault_action::reorder:
      hold(way_between(from, at), by.sending(what));
      return passage::taken;
    case fault_action::refuse: return passage::refused;
    case fault_action::duplicate:
      in_->time().after(microsecond_ns, by.sending(what));
      return passage::open;
    case fault_action::crash_sender:
      end_node(from, "its message is on its way");
      return passage::open;
    case fault_action::kill_receiver:
    case fault_action::throw_in: return passage::open;
  }
  fail("an action is one of those above");
}

bool interposer::arrives(process& here, node_number from, std::string_view message) {
  const auto machine = here.machine();
  const auto* fault = hit(type_in(message), [&](const actor_fault& one) {
    const auto& which = one.which.which;
    return one.which.how == carried::between_nodes &&
           (one.what == fault_action::throw_in || one.what == fault_action::kill_receiver) &&
           (which.at == 0 || which.at == machine) &&
           (which.from == 0 || which.from == machine_of(from));
  });
  if (fault == nullptr) return false;
  if (fault->what == fault_action::throw_in) {
    throwing_[machine] = thrower_for(here, message, to_text(*fault));
    return false;
  }
  if (fault->when == moment::before) return end_node(machine, to_text(*fault)), true;
  end_after_commit_.insert(machine);
  return false;
}

/// Who handles it there.
interposer::throwing interposer::thrower_for(process& at, std::string_view message,
                                             std::string why) const {
  throwing out{"front_door", {}, std::move(why)};
  const auto read = message_from(message);
  if (!read) return out;
  std::optional<keys::partition_number> partition;
  if (const auto* steps = std::get_if<raft_steps>(&*read)) partition = steps->partition;
  if (const auto* asked = std::get_if<still_member>(&*read)) partition = asked->partition;
  if (const auto* verdict = std::get_if<retired_member>(&*read)) partition = verdict->partition;
  if (const auto* part = std::get_if<transfer_part>(&*read)) partition = part->chunk.partition;
  if (const auto* taken = std::get_if<transfer_taken>(&*read)) partition = taken->partition;
  if (const auto* order = std::get_if<group_order>(&*read)) partition = order->partition;
  if (std::holds_alternative<node_report>(*read)) out.actor = "controller";
  if (partition) {
    out.actor = "partition";
    out.one = at.actors().partitions().at(*partition).address();
  }
  return out;
}

void interposer::acts(process& at) {
  if (acting_ != &at || !at.failure().empty()) return;
  const auto found = throwing_.find(at.machine());
  if (found == throwing_.end() || found->second.actor != acting_name_) return;
  if (found->second.one && found->second.one != acting_actor_) return;
  const auto why = found->second.why;
  throwing_.erase(found);
  throw injected_failure(why);
}

}  // namespace resalehub::simulation
