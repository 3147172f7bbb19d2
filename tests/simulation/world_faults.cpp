// What goes wrong in a world, and how the cluster comes to be and to rest.

#include "base/message_pack.hpp"
#include "cluster/joining.hpp"
#include "tests/simulation/fault_effects.hpp"
#include "tests/simulation/world.hpp"

namespace resalehub::simulation {

bool world::begin() {
  auto& first = at(1);
  first.memory.founder = true;
  first.memory.node = 1;
  first.memory.partitions = options_.partitions;
  for (auto& one : machines_) start(*one);
  std::size_t there = 0;
  for (const auto& one : machines_) there += one->absent ? 0 : 1;
  const auto wanted = std::min<std::size_t>(3, there);
  bool whole = false;
  bool asked = false;
  const bool begun = run_while_not(
      [&] {
        if (whole || std::exchange(asked, true)) return whole;
        resalehub::ask request;
        request.to = controller_id();
        request.mode = ask_mode::query;
        request.body = packed(controller::query{controller::read{}});
        request.deadline = steady_at(1) + milliseconds{5000};
        ask(1, std::move(request), [&](client_answer said) {
          asked = false;
          controller::view view;
          if (!said || !*said || !unpack((*said)->bytes, view)) return;
          std::size_t full = 0;
          for (const auto& one : view.partitions)
            full += one.members.voters.size() == wanted && !one.members.joint();
          whole = view.nodes.size() == there && (full == options_.partitions || there == 1);
        });
        return false;
      },
      60 * second_ns);
  // An answer that is still under way must not find its waiter gone.
  run_while_not([&] { return !asked; }, 10 * second_ns);
  note(0, begun ? "begun" : "not begun");
  return begun;
}

void world::plan(const schedule& faults) {
  const auto now = time_.now();
  for (const auto& one : faults)
    time_.at(now + one.at_ms * millisecond_ns, [this, one] { carry_out(one); });
}

/// The newest configuration that any disk knows.
std::optional<stored_membership> world::members_of(keys::partition_number partition) {
  std::optional<stored_membership> newest;
  for (const auto& one : machines_) {
    stored_membership known;
    std::string bytes;
    if (up(one->number))
      one->running->look([&] { bytes = one->running->state().members(partition); });
    if (bytes.empty() || !unpack(bytes, known)) continue;
    if (!newest || known.index > newest->index) newest = std::move(known);
  }
  return newest;
}

bool world::can_lose(const machine& of) {
  for (keys::partition_number p = 0; p < options_.partitions; ++p) {
    const auto known = members_of(p);
    if (!known || known->members.joint()) return false;
    bool here = false;
    std::size_t others = 0;
    for (const auto member : known->members.voters)
      for (const auto& one : machines_) {
        if (one->memory.node != node_of(member)) continue;
        here = here || one.get() == &of;
        others += one.get() != &of && up(one->number) && !one->rotten;
      }
    if (here && others < 2) return false;
  }
  return true;
}

void world::carry_out(const fault& one) {
  note(0, "fault", static_cast<std::uint64_t>(one.kind), to_text(one));
  if (simulation::carry_out(one, ways_, time_)) return;
  for (const auto number : one.machines.list()) {
    auto& of = at(number);
    if (simulation::carry_out(one, *of.clock, time_)) continue;
    if (!hit_disk(one, of) && !hit_actor(one, of)) hit_process(one, of);
  }
}

bool world::hit_disk(const fault& one, machine& of) {
  const auto duration = one.duration_ms * millisecond_ns;
  if (one.kind == fault_kind::write_failure) {
    of.disk->fail_write(static_cast<int>(one.strength) + 1);
  } else if (one.kind == fault_kind::sync_failure) {
    of.disk->fail_sync(static_cast<int>(one.strength) + 1);
  } else if (one.kind == fault_kind::stalled_disk) {
    of.stalled_until = std::max(of.stalled_until, time_.now() + duration);
  } else if (one.kind == fault_kind::full_disk) {
    if (one.strength > 0) {
      if (of.running) of.running->actors().find_room(static_cast<disk_room>(one.strength));
    } else {
      of.disk->set_capacity(of.disk->bytes_used() + 1);
    }
    time_.after(duration, [&of] {
      of.disk->set_capacity(0);
      if (of.running) of.running->actors().find_room(disk_room::enough);
    });
  } else if (one.kind == fault_kind::flipped_bit) {
    if (can_lose(of))
      of.rotten = !of.disk->flip_bit(static_cast<std::uint64_t>(one.strength)).empty();
  } else {
    return false;
  }
  return true;
}

/// A node does not go on without one of its own actors; a stall holds all of them up.
bool world::hit_actor(const fault& one, machine& of) {
  if (one.kind == fault_kind::actor_stall) {
    const auto duration = one.duration_ms * millisecond_ns;
    of.busy_until = std::max(of.busy_until, time_.now() + duration / 4);
    return true;
  }
  if (one.kind != fault_kind::actor_kill && one.kind != fault_kind::actor_throw) return false;
  if (!of.running) return true;
  of.running->fail_with("an actor was killed");
  look_after(of);
  return true;
}

void world::hit_process(const fault& one, machine& of) {
  const auto duration = one.duration_ms * millisecond_ns;
  if (one.kind == fault_kind::pause) return pause(of, duration);
  if (one.kind == fault_kind::crash_loop) {
    for (std::int64_t turn = 0; turn < one.strength; ++turn)
      time_.after(duration * turn / one.strength, [this, &of] {
        crash(of);
        restart_later(of, 100 * millisecond_ns);
      });
    return;
  }
  const auto spread_ms = one.kind == fault_kind::crash_all ? one.strength : 0;
  const auto falls_ms = chance_.below(static_cast<std::uint64_t>(spread_ms) + 1);
  if (one.kind == fault_kind::replace && !can_lose(of)) return;
  time_.after(static_cast<virtual_ns>(falls_ms) * millisecond_ns,
              [this, &of, empties = one.kind == fault_kind::replace] {
                of.down = true;
                empties ? replace(of) : crash(of);
              });
  time_.after(duration + spread_ms * millisecond_ns, [this, &of] {
    of.down = false;
    start(of);
  });
}

void world::pause(machine& of, virtual_ns duration) {
  if (!of.running || of.paused) return;
  of.paused = true;
  ways_.pause(of.number);
  time_.after(duration, [this, &of, life = of.lives] {
    ways_.resume(of.number);
    if (of.lives == life) of.paused = false;
  });
}

void world::calm() {
  ways_.heal();
  for (auto& one : machines_) {
    one->down = false;
    one->paused = false;
    one->stalled_until = 0;
    one->disk->set_capacity(0);
    one->disk->fail_sync(0);
    one->disk->fail_write(0);
    one->disk->fail_read(0);
    one->clock->correct();
    start(*one);
  }
  note(0, "calm");
}

}  // namespace resalehub::simulation
