#include "cluster/entity_host.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <utility>

#include "base/bug.hpp"
#include "base/check.hpp"
#include "base/log.hpp"
#include "base/trace_context.hpp"
#include "cluster/controller.hpp"
#include "cluster/host_figures.hpp"
#include "cluster/inspection.hpp"
#include "storage/keys.hpp"

namespace resalehub {
namespace {

bool is_timer(std::string_view key) { return key.size() > 2 && key[2] == 't'; }

std::string_view name_of(const considered& reached) {
  if (std::holds_alternative<problem>(reached.what)) return "refused";
  if (std::holds_alternative<settled_meanwhile>(reached.what)) return "settled_meanwhile";
  return std::holds_alternative<answer>(reached.what) ? "read" : "decided";
}

/// One line of a request's way, at the node where its entity lives.
void log_considered(keys::partition_number partition, const work& entry,
                    const considered& reached) {
  log_event(log_level::debug, "considered",
            {{"trace_id", trace_id_of(entry.ask.trace)},
             {"parent_id", span_id_of(entry.ask.trace)},
             {"from_node", entry.ask.from_node},
             {"partition", partition},
             {"entity", to_text(reached.entity)},
             {"outcome", name_of(reached)},
             {"version", reached.version}});
}

/// What begins work that needs more room for good. Timers and deliveries end work that has begun,
/// and the cluster's own record is needed to make room.
bool adds(const ask& request) {
  const bool decides = request.mode == ask_mode::command || request.mode == ask_mode::keyed;
  const bool goes_on = !request.consumes.empty() || request.refusal_kept;
  return decides && !goes_on && request.to != controller_id();
}

constexpr std::size_t forsaken_factor = 4;

problem reused_key() {
  return {code::idempotency_key_reused, "this key was used for a request with another body"};
}

}  // namespace

entity_host::entity_host(caf::event_based_actor& partition, keys::partition_number number,
                         const host_ports& ports, const host_limits& limits)
    : number_(number),
      ports_(ports),
      limits_(limits),
      awake_(partition, number, ports, limits.memory_bytes),
      works_(ports.figures),
      outbox_(partition.address(), ports, limits,
              [this](const std::string& key, const std::string& tag, result<std::string> outcome) {
                delivery_ended(key, tag, std::move(outcome));
              }),
      timers_(number, ports),
      next_scan_(std::uint64_t{1} << 63) {
  current_.number = 1;
}

// -- asks -----------------------------------------------------------------------------------------

void entity_host::accept(ask request) {
  const waiter who{request.ticket, request.sink, request.deadline};
  auto refuse = [&](problem why) {
    if (who.sink) works_.tell(who, std::move(why));
  };
  if (!leading_) return refuse({code::shard_unavailable, "this partition has no leader here"});
  if (request.deadline <= ports_.clock->steady())
    return refuse({code::deadline_exceeded, "the deadline passed before the work began"});
  if (is_full(request))
    return refuse({code::overloaded, "this partition has too much work"});
  if (ports_.kinds(request.to.kind) == nullptr) return refuse({code::not_found, "no such thing"});
  if (request.mode == ask_mode::keyed && repeated(request)) return;
  if (adds(request) && !has_room(ports_, disk_room::scarce))
    return refuse({code::insufficient_storage, "there is no room on the disk of this partition"});
  if (request.request.is_none()) request.request = ports_.entropy->fresh_request();
  const bool remember = request.mode == ask_mode::keyed;
  const auto id = request.request;
  const auto number = works_.add(std::move(request));
  if (remember) works_.remember(number, id);
  forward(number);
}

/// What waits for the outside, and nobody for it, may do so for long: it keeps out what would join
/// it, when it is very much, but nobody else.
bool entity_host::is_full(const ask& request) const {
  if (!request.consumes.empty() || works_.size() < limits_.works_max) return false;
  if (works_.size() - works_.forsaken() >= limits_.works_max) return true;
  const bool decides = request.mode == ask_mode::command || request.mode == ask_mode::keyed;
  return decides && works_.size() >= forsaken_factor * limits_.works_max;
}

/// A request that is under way or recorded is not considered again.
bool entity_host::repeated(ask& request) {
  waiter who{request.ticket, request.sink, request.deadline};
  if (auto [number, first] = works_.find(request.request); first != nullptr) {
    if (first->ask.fingerprint != 0 && first->ask.fingerprint != request.fingerprint) {
      if (who.sink) works_.tell(who, reused_key());
    } else if (first->phase == work_phase::answered) {
      count(ports_.figures, &host_figures::replays);
      if (who.sink) works_.tell(who, replay_of(*first->outcome));
    } else if (who.sink) {
      const auto patience = ports_.clock->steady() + limits_.repeat_wait;
      if (patience < who.deadline) who = {who.ticket, who.sink, patience,
                                          code::idempotency_in_progress};
      who.repeats = true;
      first->waiters.push_back(std::move(who));
    }
    return true;
  }
  if (broken(bug::requests_forgotten)) return false;
  for (auto day : request_days_.all()) {
    auto found = read_request(*ports_.store, number_, day, request.request);
    if (!found) continue;
    auto& record = *found;
    count(ports_.figures, &host_figures::replays);
    if (!who.sink) return true;
    if (record.fingerprint != 0 && record.fingerprint != request.fingerprint)
      works_.tell(who, reused_key());
    else if (record.refused) works_.tell(who, replay_of(std::move(*record.refused)));
    else works_.tell(who, replay_of(std::move(record.given)));
    return true;
  }
  return false;
}

void entity_host::forward(std::uint64_t number) {
  auto* entry = works_.find(number);
  const auto id = entry->ask.to;
  auto* slot = awake_.wake(id, applied_batch_);
  if (slot == nullptr) {
    awake_.find(id)->waiting.push_back(number);
    return;
  }
  ++slot->outstanding;
  entry->with_entity = true;
  consider request;
  request.work = number;
  request.heard = slot->heard;
  request.mode = entry->ask.mode;
  if (entry->ask.mode != ask_mode::inspect)  // what it wants to know is the host's matter
    request.body = std::move(entry->ask.body);
  request.ctx = {id, entry->ask.by, ports_.clock->now(), entry->ask.request, 0,
                 ports_.entropy->next(), {}};
  if (!broken(bug::version_unchecked)) request.ctx.expected_version = entry->ask.expected_version;
  caf::anon_send(slot->actor, std::move(request));
}

// -- what entities decided ------------------------------------------------------------------------

void entity_host::decided(considered reached) {
  auto* entry = works_.find(reached.work);
  if (entry == nullptr) return;  // of an earlier leadership, whose works are all refused
  auto* slot = awake_.find(reached.entity);
  --slot->outstanding;
  ++slot->heard;
  entry->with_entity = false;
  if (logs(log_level::debug)) log_considered(number_, *entry, reached);
  if (std::holds_alternative<settled_meanwhile>(reached.what)) {
    forget_if_over(reached.work, *entry);
  } else if (auto* why = std::get_if<problem>(&reached.what)) {
    refuse(reached, *entry, *why);
  } else if (auto* read = std::get_if<answer>(&reached.what)) {
    entry->after_batch = broken(bug::reads_ahead) ? 0 : slot->last_batch;
    if (entry->ask.mode == ask_mode::inspect) read->bytes = with_timers(read->bytes, slot->timers);
    else count(ports_.figures, &host_figures::reads);
    conclude(reached.work, *entry, std::move(*read));
  } else {
    auto& made = std::get<outcome>(reached.what);
    const bool parks = std::holds_alternative<later>(made.reply.what);
    const bool writes = !made.events.empty() || !made.effects.empty() ||
                        !made.settlements.empty() || !entry->ask.consumes.empty() ||
                        (entry->ask.mode == ask_mode::keyed && !parks);
    if (writes) {
      write(reached.work, *entry, reached, made);
    } else if (parks) {
      entry->phase = work_phase::parked;
      works_.remember(reached.work, entry->ask.request);
    } else {
      entry->after_batch = slot->last_batch;
      conclude(reached.work, *entry,
               answer{std::move(std::get<said>(made.reply.what).bytes), made.reply.created,
                      reached.version});
    }
  }
  awake_.drop_if_empty(reached.entity, applied_batch_);
  awake_.trim(applied_batch_);
}

void entity_host::refuse(const considered& reached, work& entry, const problem& why) {
  if (entry.ask.refusal_kept && !outbox::may_pass(why))
    return settle(reached, entry, {entry.ask.request, entry.ask.by, why});
  consume(entry);
  entry.after_batch = awake_.find(reached.entity)->last_batch;
  conclude(reached.work, entry, why);
}

/// An outcome that wrote nothing: true only if we still lead, and if what it saw is committed.
void entity_host::conclude(std::uint64_t number, work& entry, result<answer> outcome) {
  entry.outcome = std::move(outcome);
  entry.phase = work_phase::confirming;
  unconfirmed_.push_back(number);
  if (entry.after_batch == current_.number) {
    current_.works.push_back(number);
  } else if (entry.after_batch > reached_for(entry)) {
    for (auto& flight : flights_)
      if (flight.number == entry.after_batch) flight.works.push_back(number);
  }
}

void entity_host::write(std::uint64_t number, work& entry, considered& reached, outcome& made) {
  auto& slot = *awake_.find(reached.entity);
  slot.version = reached.version;
  slot.last_batch = current_.number;
  std::size_t event_bytes = 0;
  for (const auto& event : made.events) event_bytes += event.size();
  awake_.weigh(slot, slot.bytes + 2 * event_bytes);
  consume(entry);
  const bool parks = std::holds_alternative<later>(made.reply.what);
  if (parks) {
    entry.phase = work_phase::parked;
    works_.remember(number, entry.ask.request);
  } else {
    answer given{std::move(std::get<said>(made.reply.what).bytes), made.reply.created,
                 reached.version};
    if (entry.ask.mode == ask_mode::keyed) {
      write_request(place_of(reached, entry), entry.ask.request,
                    {reached.entity, entry.ask.fingerprint, given, {}, made.reply_row},
                    current_.rows);
      request_days_.note(request_day(reached.at));
      entry.recorded = true;
    }
    entry.outcome = std::move(given);
    entry.phase = work_phase::confirming;
    entry.leadership_confirmed = true;  // its commit confirms it
    entry.after_batch = current_.number;
    current_.works.push_back(number);
  }
  for (const auto& settled : made.settlements) settle(reached, entry, settled);
  write_decision(place_of(reached, entry), reached, slot, {current_.rows, current_.effects});
  count(ports_.figures, &host_figures::commits);
}

commit_place entity_host::place_of(const considered& reached, const work& entry) const {
  const auto& key = entry.ask.consumes;
  return {number_, reached.entity, entry.ask.by, reached.at, ports_.entropy->next(),
          is_timer(key) ? std::string(keys::parse_timer(key).name) : std::string{}};
}

void entity_host::settle(const considered& reached, const work& cause, const settlement& settled) {
  stored_request record{reached.entity, 0, {}, {}, {}};
  if (const auto* why = std::get_if<problem>(&settled.what)) {
    record.refused = *why;
  } else {
    record.given = {std::get<said>(settled.what).bytes, settled.created, reached.version};
  }
  auto [number, entry] = works_.find(settled.request);
  if (entry == nullptr) {  // nobody has asked again since a crash, but may before this is applied
    ask forgotten;
    forgotten.to = reached.entity;
    forgotten.request = settled.request;
    number = works_.add(std::move(forgotten));
    works_.remember(number, settled.request);
    entry = works_.find(number);
  }
  record.fingerprint = entry->ask.fingerprint;
  entry->outcome = record.refused ? result<answer>{*record.refused} : result<answer>{record.given};
  entry->phase = work_phase::confirming;
  entry->leadership_confirmed = true;
  entry->recorded = true;
  entry->after_batch = current_.number;
  current_.works.push_back(number);
  write_request(place_of(reached, cause), settled.request, std::move(record), current_.rows);
  request_days_.note(request_day(reached.at));
}

/// Erases the timer or outbox row that led to this decision, in the same commit.
void entity_host::consume(work& entry) {
  const auto& key = entry.ask.consumes;
  if (key.empty()) return;
  current_.rows.erase(family::queue, key);
  auto* slot = awake_.find(entry.ask.to);
  slot->last_batch = current_.number;
  if (!is_timer(key)) return;
  const auto timer = keys::parse_timer(key);
  std::erase_if(slot->timers, [&](const stored_timer& armed) {
    return armed.name == timer.name && armed.due == timer.due;
  });
  current_.fired.push_back(key);
}

void entity_host::finish_if_ready(std::uint64_t number) {
  auto* entry = works_.find(number);
  if (entry == nullptr || entry->phase != work_phase::confirming) return;
  if (!entry->leadership_confirmed || entry->after_batch > reached_for(*entry)) return;
  if (entry->ask.mode == ask_mode::inspect && entry->outcome->ok())
    entry->outcome = inspect({number_, entry->ask.to, (*entry->outcome)->version},
                             (*entry->outcome)->bytes, entry->ask.body, ports_);
  works_.tell_all(*entry, *entry->outcome);
  finish_internal(*entry);
  const auto entity = entry->ask.to;
  entry->phase = work_phase::answered;
  forget_if_over(number, *entry);
  awake_.drop_if_empty(entity, applied_batch_);
}

/// Repetitions find it here until they can in the store.
void entity_host::forget_if_over(std::uint64_t number, const work& entry) {
  const bool readable = !entry.recorded || entry.after_batch <= applied_batch_;
  if (entry.phase == work_phase::answered && readable && !entry.with_entity) works_.erase(number);
}

void entity_host::finish_internal(const work& entry) {
  const auto& key = entry.ask.consumes;
  if (!key.empty() && !is_timer(key)) outbox_.erased(key);
}

}  // namespace resalehub
