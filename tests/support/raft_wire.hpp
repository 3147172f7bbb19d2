#pragma once
/// Members of one Raft group in one thread; for tests. Their messages are carried, lost and
/// repeated by hand.

#include <catch2/catch.hpp>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "tests/support/raft_member.hpp"

namespace resalehub::testing {

struct raft_wire {
  std::map<member_number, member> members;
  std::deque<raft_message> wire;
  std::set<member_number> cut_off;
  std::function<int(const raft_message&)> copies = [](const raft_message&) { return 1; };
  std::string transcript;  ///< every byte that was sent
  int delivered = 0;
  std::function<void(int)> after_delivery = [](int) {};

  member& add(member_number number, const membership& of = {}) {
    auto& added = members[number];
    added.options = {.member = number, .members = of};
    added.start();
    return added;
  }

  void gather(member_number number) {
    auto& from = members.at(number);
    from.run();
    for (auto& message : from.outbox) {
      transcript += message.bytes;
      if (cut_off.contains(number) || cut_off.contains(message.to)) continue;
      for (int copy = copies(message); copy > 0; --copy) wire.push_back(message);
    }
    from.outbox.clear();
  }

  void deliver_all() {
    for (const auto& [number, member] : members) gather(number);
    for (int hops = 0; !wire.empty(); ++hops) {
      REQUIRE(hops < 10'000);
      const auto message = std::move(wire.front());
      wire.pop_front();
      if (!members.contains(message.to)) continue;
      members.at(message.to).group->step(message.bytes);
      gather(message.to);
      after_delivery(++delivered);
    }
  }

  void tick(int times) {
    for (int i = 0; i < times; ++i) {
      for (auto& [number, member] : members) member.group->tick();
      deliver_all();
    }
  }

  member& elect(member_number number) {
    members.at(number).group->campaign();
    deliver_all();
    REQUIRE(members.at(number).group->is_leader());
    return members.at(number);
  }

  member* leader_other_than(member_number number) {
    for (auto& [other, member] : members)
      if (other != number && member.group->is_leader()) return &member;
    return nullptr;
  }

  /// Serves every transfer that was asked for; false when there was none.
  bool transfer_states() {
    bool any = false;
    for (auto& [number, source] : members)
      for (const auto to : std::exchange(source.behind, {})) {
        any = true;
        auto& receiver = members.at(to);
        if (receiver.applied_index < source.applied_index) {
          receiver.take_state(source);
          receiver.reset_log();
          receiver.start();
        }
        source.group->transferred(to, transfer_end::arrived);
      }
    return any;
  }

  /// Asks until the members are these.
  void reach(const membership& wanted) {
    for (int round = 0; round < 200; ++round) {
      auto* leader = leader_other_than(0);
      if (leader && leader->group->members() == wanted && settled()) return;
      if (leader) leader->group->change_members(wanted);
      tick(1);
      transfer_states();
    }
    FAIL("the members were not reached");
  }

  /// Every member of the leader's has applied what the leader has.
  bool settled() {
    auto* leader = leader_other_than(0);
    if (leader == nullptr) return false;
    for (const auto& other : leader->group->progress()) {
      const auto& follower = members.at(other.member);
      if (follower.applied_index != leader->applied_index) return false;
      if (follower.group->members() != leader->group->members()) return false;
    }
    return true;
  }
};

}  // namespace resalehub::testing
