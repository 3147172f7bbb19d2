#include "cluster/commit_rows.hpp"

#include <algorithm>

#include "base/bug.hpp"
#include "base/check.hpp"
#include "storage/keys.hpp"

namespace resalehub {
namespace {

constexpr std::uint64_t eventless = 1ull << 63;

/// Writes one decision's rows: the visitor of its effects.
class decision_writer {
 public:
  decision_writer(const commit_place& place, awake_slot& slot, write_list& rows,
                  commit_effects& effects)
      : place_(place), slot_(slot), rows_(rows), effects_(effects) {}

  void operator()(send& effect) {
    deliver(queued_send{effect.to, std::move(effect.command), std::move(effect.tag)});
  }
  void operator()(call& effect) {
    deliver(queued_call{std::move(effect.port), std::move(effect.key), std::move(effect.request),
                        std::move(effect.tag)});
  }
  void operator()(push& effect) { effects_.pushes.push_back(std::move(effect)); }
  void operator()(keep_row& effect) {
    rows_.put(family::rows, keys::row(place_.partition, effect.index, effect.key), effect.value);
  }
  void operator()(arm& effect) {
    erase_timer(effect.timer);
    rows_.put(family::queue, timer_key(effect.timer, effect.at), effect.command);
    slot_.timers.push_back({effect.timer, effect.at});
    commit.armed.push_back({effect.timer, effect.at});
    effects_.earliest_timer = std::min(effects_.earliest_timer, effect.at);
  }
  void operator()(disarm& effect) {
    erase_timer(effect.timer);
    commit.disarmed.push_back(std::move(effect.timer));
  }

  std::uint64_t next_number = 0;
  stored_commit commit;

 private:
  std::string timer_key(const std::string& name, instant due) const {
    return keys::timer(place_.partition, due, place_.entity, name);
  }
  void erase_timer(const std::string& name) {
    std::erase_if(slot_.timers, [&](const stored_timer& timer) {
      if (timer.name != name) return false;
      rows_.erase(family::queue, timer_key(timer.name, timer.due));
      return true;
    });
  }
  void deliver(queued_effect effect) {
    auto key = keys::outbox(place_.partition, place_.entity, next_number++);
    rows_.put(family::queue, key, encoded(effect));
    effects_.deliveries.emplace_back(std::move(key), std::move(effect));
  }

  const commit_place& place_;
  awake_slot& slot_;
  write_list& rows_;
  commit_effects& effects_;
};

}  // namespace

void write_decision(const commit_place& place, considered& reached, awake_slot& slot,
                    std::pair<write_list&, commit_effects&> out) {
  auto& [rows, effects] = out;
  auto& decided = std::get<outcome>(reached.what);
  decision_writer writer{place, slot, rows, effects};
  // Numbers of outbox rows follow the version, so they never repeat in an entity's life.
  writer.next_number =
      decided.events.empty() ? (place.chance | eventless) : (reached.version << 16);
  if (broken(bug::outbox_numbers_reused)) writer.next_number = 0;
  if (!place.fired.empty()) writer.commit.disarmed.push_back(place.fired);
  for (auto& effect : decided.effects) std::visit(writer, effect);
  if (broken(bug::index_row_forgotten)) decided.rows_erased.clear();
  for (const auto& row : decided.rows_erased)
    rows.erase(family::rows, keys::row(place.partition, row.index, row.key));
  for (const auto& row : decided.rows_put)
    rows.put(family::rows, keys::row(place.partition, row.index, row.key), row.value);
  if (!decided.events.empty()) {
    writer.commit.at = place.now;
    writer.commit.by = place.by;
    writer.commit.events = std::move(decided.events);
    rows.put(family::events, keys::event(place.partition, place.entity, reached.version),
             encoded(writer.commit));
  }
  if (!reached.snapshot.empty())
    rows.put(family::records, keys::record(place.partition, place.entity),
             encoded(stored_record{reached.version, std::move(reached.snapshot), slot.timers}));
}

void write_request(const commit_place& place, const request_id& request, stored_request record,
                   write_list& out) {
  if (record.row) record.given.bytes.clear();
  out.put(family::requests, keys::request(place.partition, request_day(place.now), request),
          encoded(record));
}

std::optional<stored_request> read_request(const state_store& store,
                                           keys::partition_number partition, std::uint32_t day,
                                           const request_id& request) {
  const auto bytes = store.get(family::requests, keys::request(partition, day, request));
  if (!bytes) return std::nullopt;
  auto record = request_from(*bytes);
  if (!record.row) return record;
  auto kept = store.get(family::rows, keys::row(partition, record.row->index, record.row->key));
  check(kept.has_value(), "a row that a request's answer stands in is there");
  record.given.bytes = *std::move(kept);
  return record;
}

}  // namespace resalehub
