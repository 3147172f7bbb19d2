// How connections of the simulated network are made, broken and told of.
#include "base/check.hpp"
#include "tests/simulation/network_parts.hpp"

namespace resalehub::simulation {

// -- processes ------------------------------------------------------------------------------------

void network::attach(machine_number machine, identity who, endpoint& door) {
  auto& there = at(machine);
  check(there.door == nullptr, "one process at a time stands at a machine's front door");
  there.door = &door;
  there.who = std::move(who);
  ++there.process;
  log_.note({time_.now(), machine, "attached", there.who.node, there.who.incarnation, 0,
             there.who.name});
  for (auto& [machines, of] : links_) {
    if (machines.first != machine && machines.second != machine) continue;
    // Its peer still takes the dead process for a silent one: now it learns better.
    if (of->now == link::phase::up) break_link(*of, of->ends[0].machine == machine ? 0 : 1);
    consider(*of);
  }
}

void network::detach(machine_number machine) {
  auto& there = at(machine);
  if (there.door == nullptr) return;
  there.door = nullptr;
  there.expected.clear();
  there.owed.clear();
  there.paused = false;
  log_.note({time_.now(), machine, "detached", there.who.node, there.who.incarnation});
  constexpr std::uint32_t power_loss_per_million = 250'000;
  for (auto& [machines, of] : links_) {
    if (of->now != link::phase::up) continue;
    const int gone = of->ends[0].machine == machine ? 0 : 1;
    if (of->ends[gone].machine != machine) continue;
    const bool silent = of->ends[gone].luck.chance(power_loss_per_million) || blocked(*of, gone);
    const auto delay = silent ? silence(*of, gone) : way_time(*of, gone);
    time_.after(delay, [this, link = of.get(), gone, born = of->generation] {
      if (link->generation == born) break_link(*link, 1 - gone);
    });
  }
}

void network::expect(machine_number self, std::map<machine_number, identity> peers) {
  peers.erase(self);
  at(self).expected = std::move(peers);
  for (const auto& [peer, who] : at(self).expected) link_between(self, peer);
  for (auto& [machines, of] : links_) {
    if (machines.first != self && machines.second != self) continue;
    if (of->now == link::phase::up && !wanted(*of))
      break_link(*of, of->ends[0].machine == self ? 0 : 1);
    consider(*of);
  }
}

bool network::wanted(const link& of) {
  const auto expects = [&](const side& one, const side& other) {
    const auto& here = at(one.machine);
    const auto& there = at(other.machine);
    const auto found = here.expected.find(other.machine);
    return here.door != nullptr && there.door != nullptr && found != here.expected.end() &&
           found->second.node == there.who.node && found->second.name == there.who.name;
  };
  return expects(of.ends[0], of.ends[1]) && expects(of.ends[1], of.ends[0]);
}

// -- making ---------------------------------------------------------------------------------------

void network::consider(link& of) {
  if (of.now != link::phase::idle || !wanted(of)) return;
  of.now = link::phase::dialing;
  const auto pause = of.ends[0].path.between(options_.reconnect_ns_min, options_.reconnect_ns_max);
  time_.after(pause, [this, &of] { dial(of); });
}

void network::dial(link& of) {
  of.now = link::phase::idle;
  if (!wanted(of)) return;
  const bool deaf_ears = at(of.ends[0].machine).paused || at(of.ends[1].machine).paused;
  if (deaf_ears || blocked(of, 0) || blocked(of, 1)) return consider(of);
  establish(of);
}

void network::establish(link& of) {
  ++of.generation;
  ++figures_.opened;
  of.now = link::phase::up;
  const virtual_ns told_at[2] = {time_.now(), time_.now() + way_time(of, 0)};
  for (int index = 0; index < 2; ++index) {
    auto& one = of.ends[index];
    one.process = at(one.machine).process;
    one.who = at(one.machine).who;
    one.out = wire(options_.line);
    one.out.not_before(told_at[1 - index]);
    one.deaf = one.pumping = one.told_open = false;
    one.blocked_since = -1;
  }
  log_.note({time_.now(), of.ends[0].machine, "linked", of.ends[1].machine, of.generation});
  for (int index = 0; index < 2; ++index) {
    tell_open(of, index, told_at[index]);
    repeat_late(of, 1 - index, told_at[index]);
  }
}

void network::tell_open(link& of, int whom, virtual_ns when) {
  time_.at(when, [this, &of, whom, born = of.generation] {
    auto& one = of.ends[whom];
    if (of.generation != born || !alive(one)) return;
    one.told_open = true;
    const auto peer = of.ends[1 - whom].machine;
    const auto who = of.ends[1 - whom].who;
    tell(one.machine, one.process, [peer, who](endpoint& door) { door.opened(peer, who); });
  });
}

void network::repeat_late(link& of, int from, virtual_ns opened) {
  auto& sender = of.ends[from];
  constexpr virtual_ns spread_ns = second_ns;
  for (auto& kept : sender.late) {
    const auto when = opened + 1 + sender.luck.between(0, spread_ns);
    time_.at(when, [this, &of, from, kept = std::move(kept), born = of.generation]() mutable {
      auto& receiver = of.ends[1 - from];
      if (of.generation != born || kept.to_process != receiver.process || !alive(receiver)) return;
      ++figures_.late;
      const auto peer = of.ends[from].machine;
      log_.note({time_.now(), receiver.machine, "arrived late", peer, kept.message.size(),
                 hash_of(kept.message)});
      auto late = [peer, kept = std::move(kept)](endpoint& door) {
        door.arrived(peer, kept.from, kept.message);
      };
      tell(receiver.machine, receiver.process, std::move(late));
    });
  }
  sender.late.clear();
}

// -- breaking -------------------------------------------------------------------------------------

virtual_ns network::silence(link& of, int from) {
  return of.ends[from].luck.between(options_.silence_ns_min, options_.silence_ns_max);
}

/// Whoever hears nothing from the other end for long takes the connection for broken.
void network::await_silence(link& of, int from) {
  const auto since = of.ends[from].blocked_since;
  time_.after(silence(of, from), [this, &of, from, since, born = of.generation] {
    if (of.generation != born || of.now != link::phase::up) return;
    const auto& sender = of.ends[from];
    const bool still = since >= 0 && sender.blocked_since == since;
    if (sender.deaf || still) break_link(of, 1 - from);
  });
}

void network::break_link(link& of, int noticed_by) {
  ++figures_.broken;
  log_.note({time_.now(), of.ends[noticed_by].machine, "broken",
             of.ends[1 - noticed_by].machine, of.generation});
  for (int from = 0; from < 2; ++from) keep_late(of, from);
  ++of.generation;
  of.now = link::phase::closing;
  of.untold = 2;
  tell_closed(of, noticed_by, 0);
  const int other = 1 - noticed_by;
  const bool heard = !blocked(of, noticed_by);
  tell_closed(of, other, heard ? way_time(of, noticed_by) : silence(of, noticed_by));
}

void network::keep_late(link& of, int from) {
  auto& sender = of.ends[from];
  auto& receiver = of.ends[1 - from];
  const auto state = weather_.between(sender.machine, receiver.machine);
  constexpr std::size_t late_max = 64;
  const auto keep = [&](std::string& message, std::uint32_t per_million) {
    if (sender.late.size() >= late_max || !sender.luck.chance(per_million)) return false;
    sender.late.push_back({sender.who, receiver.process, std::move(message)});
    return true;
  };
  for (auto& message : sender.recent)
    if (keep(message, state.doubling_per_million)) ++figures_.doubled;
  sender.recent.clear();
  for (auto& message : sender.out.abandon())
    if (!keep(message, state.late_per_million)) ++figures_.lost;
}

void network::tell_closed(link& of, int whom, virtual_ns delay) {
  time_.after(delay, [this, &of, whom, born = of.generation] {
    if (of.generation != born) return;
    auto& one = of.ends[whom];
    const bool knew = one.told_open;
    one.told_open = false;
    if (--of.untold == 0) settle(of);
    const auto peer = of.ends[1 - whom].machine;
    const auto who = of.ends[1 - whom].who;
    if (!knew) return;
    tell(one.machine, one.process, [peer, who](endpoint& door) { door.closed(peer, who); });
  });
}

void network::settle(link& of) {
  of.now = link::phase::idle;
  consider(of);
}

/// Ways opened or closed: silence begins where they closed, what waited arrives where they opened.
void network::reconsider() {
  for (auto& [machines, of] : links_) {
    if (of->now != link::phase::up) continue;
    for (int from = 0; from < 2; ++from) {
      auto& sender = of->ends[from];
      if (blocked(*of, from)) {
        if (sender.blocked_since >= 0) continue;
        sender.blocked_since = time_.now();
        await_silence(*of, from);
        continue;
      }
      sender.blocked_since = -1;
      time_.after(0, [this, link = of.get(), from, born = of->generation] {
        if (link->generation == born) drain(*link, from);
      });
    }
  }
}

}  // namespace resalehub::simulation
