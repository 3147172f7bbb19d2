#include "cluster/awake_table.hpp"

#include <algorithm>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <utility>

#include "base/bug.hpp"
#include "cluster/entity_actor.hpp"
#include "cluster/host_figures.hpp"
#include "storage/keys.hpp"

namespace resalehub {
namespace {

/// An actor, its mailbox and the table's row, beside the state (measured by bench memory).
constexpr std::size_t awake_overhead_bytes = 2048;

/// So many busy ones are passed over before a trim gives up until the next.
constexpr int busy_skipped_max = 64;

void change_timers(std::vector<stored_timer>& timers, const stored_commit& commit) {
  auto erase = [&](const std::string& name) {
    std::erase_if(timers, [&](const stored_timer& t) { return t.name == name; });
  };
  for (const auto& name : commit.disarmed) erase(name);
  for (const auto& timer : commit.armed) {
    erase(timer.name);
    timers.push_back(timer);
  }
}

}  // namespace

awake_table::awake_table(caf::event_based_actor& partition, keys::partition_number number,
                         const host_ports& ports, std::size_t memory_bytes)
    : partition_(partition), number_(number), ports_(ports), memory_bytes_(memory_bytes) {}

awake_slot* awake_table::find(const entity_id& id) {
  auto found = slots_.find(id);
  return found == slots_.end() ? nullptr : &found->second;
}

awake_slot* awake_table::wake(const entity_id& id, std::uint64_t applied_batch) {
  auto [at, fresh] = slots_.try_emplace(id);
  auto& slot = at->second;
  if (fresh) {
    recent_.push_front(id);
    slot.recent = recent_.begin();
  } else {
    recent_.splice(recent_.begin(), recent_, slot.recent);
  }
  if (!slot.actor) {
    if (slot.last_batch > applied_batch) return nullptr;
    load(id, slot);
  }
  return &slot;
}

void awake_table::load(const entity_id& id, awake_slot& slot) {
  std::shared_ptr<awake_entity> entity = ports_.kinds(id.kind)->wake();
  entity_weight weight;
  slot.version = 0;
  slot.heard = 0;
  slot.timers.clear();
  if (auto bytes = ports_.store->get(family::records, keys::record(number_, id))) {
    auto record = record_from(*bytes);
    entity->restore(record.state);
    slot.version = record.version;
    slot.timers = std::move(record.timers);
    weight.record_bytes = record.state.size();
  }
  const auto next = slot.version + (broken(bug::event_folded_twice) ? 0 : 1);
  ports_.store->scan({family::events, keys::event(number_, id, next),
                      keys::event(number_, id, UINT64_MAX)},
                     [&](std::string_view, std::string_view row) {
                       const auto commit = commit_from(row);
                       for (const auto& event : commit.events) {
                         entity->fold(event);
                         weight.event_bytes += event.size();
                         ++slot.version;
                       }
                       change_timers(slot.timers, commit);
                       return true;
                     });
  auto actor = partition_.spawn<entity_actor>(
      entity_beginning{caf::actor_cast<caf::actor>(&partition_), id, std::move(entity),
                       slot.version, weight});
  partition_.monitor(actor);
  by_address_.emplace(actor.address(), id);
  slot.actor = std::move(actor);
  weigh(slot, awake_overhead_bytes + 2 * (weight.record_bytes + weight.event_bytes));
  count(ports_.figures, &host_figures::awake);
  count(ports_.figures, &host_figures::activations);
}

void awake_table::weigh(awake_slot& slot, std::size_t bytes) {
  const auto change = bytes - slot.bytes;  // may wrap: unsigned arithmetic undoes it
  bytes_ += change;
  count(ports_.figures, &host_figures::awake_bytes, change);
  slot.bytes = bytes;
}

std::optional<entity_id> awake_table::died(const caf::actor_addr& address) {
  auto found = by_address_.find(address);
  if (found == by_address_.end()) return std::nullopt;
  const auto id = found->second;
  by_address_.erase(found);
  auto& slot = slots_.at(id);
  slot.actor = nullptr;
  slot.outstanding = 0;
  weigh(slot, 0);
  dead_.push_back(id);
  count(ports_.figures, &host_figures::awake, -1ull);
  count(ports_.figures, &host_figures::actor_failures);
  return id;
}

std::vector<std::pair<entity_id, std::vector<std::uint64_t>>> awake_table::revivable(
    std::uint64_t applied_batch) {
  std::vector<std::pair<entity_id, std::vector<std::uint64_t>>> ready;
  std::erase_if(dead_, [&](const entity_id& id) {
    auto found = slots_.find(id);
    if (found == slots_.end() || found->second.actor) return true;
    if (found->second.last_batch > applied_batch) return false;
    ready.emplace_back(id, std::exchange(found->second.waiting, {}));
    if (ready.back().second.empty()) sleep(found);
    return true;
  });
  return ready;
}

bool awake_table::may_sleep(const awake_slot& slot, std::uint64_t applied_batch) const {
  return slot.actor && slot.outstanding == 0 && slot.waiting.empty() &&
         (slot.last_batch <= applied_batch || broken(bug::put_to_sleep_early));
}

void awake_table::trim(std::uint64_t applied_batch) {
  auto candidate = recent_.end();
  int skipped = 0;
  while (bytes_ > memory_bytes_ && candidate != recent_.begin()) {
    --candidate;
    auto found = slots_.find(*candidate);
    if (!may_sleep(found->second, applied_batch)) {
      if (++skipped == busy_skipped_max) return;
      continue;
    }
    auto next = std::next(candidate);
    sleep(found);
    count(ports_.figures, &host_figures::passivations);
    candidate = next;
  }
}

void awake_table::drop_if_empty(const entity_id& id, std::uint64_t applied_batch) {
  auto found = slots_.find(id);
  if (found != slots_.end() && found->second.version == 0 &&
      may_sleep(found->second, applied_batch))
    sleep(found);
}

awake_table::slots::iterator awake_table::sleep(slots::iterator which) {
  auto& slot = which->second;
  if (slot.actor) {
    partition_.demonitor(slot.actor);
    by_address_.erase(slot.actor.address());
    caf::anon_send_exit(slot.actor, caf::exit_reason::user_shutdown);
    count(ports_.figures, &host_figures::awake, -1ull);
  }
  weigh(slot, 0);
  recent_.erase(slot.recent);
  return slots_.erase(which);
}

void awake_table::kill_all() {
  for (auto at = slots_.begin(); at != slots_.end();) at = sleep(at);
  dead_.clear();
}

}  // namespace resalehub
