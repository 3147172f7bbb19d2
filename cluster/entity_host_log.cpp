// The side of the host that follows the log: batches, commits, applies, leadership, and what those
// set in motion (deliveries, timers, lists). The side that faces asks is entity_host.cpp.

#include <caf/event_based_actor.hpp>
#include <utility>

#include "base/log.hpp"
#include "base/bug.hpp"
#include "cluster/entity_host.hpp"
#include "cluster/host_figures.hpp"
#include "storage/keys.hpp"

namespace resalehub {
namespace {

constexpr steady_instant never{INT64_MAX};
constexpr std::uint64_t unproposed = UINT64_MAX;  ///< of a batch that is no entry yet

bool is_timer(std::string_view key) { return key.size() > 2 && key[2] == 't'; }

}  // namespace

// -- batches --------------------------------------------------------------------------------------

std::string entity_host::take_batch() {
  const auto next = current_.number + 1;
  auto bytes = current_.rows.take();
  count(ports_.figures, &host_figures::batches);
  count(ports_.figures, &host_figures::batch_bytes, bytes.size());
  flights_.push_back(std::exchange(current_, batch{}));
  current_.number = next;
  flights_.back().index = unproposed;
  return bytes;
}

void entity_host::proposed(std::uint64_t index) {
  flights_.back().index = index;
  if (broken(bug::answered_at_proposal)) committed(index);
}

void entity_host::committed(std::uint64_t index) {
  committed_index_ = index;
  for (std::size_t i = 0; i < flights_.size() && flights_[i].index <= index; ++i) {
    auto& flight = flights_[i];
    if (flight.number <= committed_batch_) continue;
    committed_batch_ = flight.number;
    for (auto& [key, effect] : flight.effects.deliveries)
      outbox_.enqueue(std::move(key), std::move(effect));
    if (ports_.pushes != nullptr && !flight.effects.pushes.empty())
      ports_.pushes->publish(std::move(flight.effects.pushes));
    for (auto number : flight.works) finish_if_ready(number);
  }
  if (!settling_) outbox_.pump(ports_.clock->steady());
}

void entity_host::applied(std::uint64_t index) {
  applied_index_ = index;
  while (!flights_.empty() && flights_.front().index <= index) {
    auto flight = std::move(flights_.front());
    flights_.pop_front();
    applied_batch_ = flight.number;
    timers_.armed(flight.effects.earliest_timer);
    for (const auto& key : flight.fired) timers_.ended(key);
    for (auto number : flight.works) {
      const auto* entry = works_.find(number);
      if (entry == nullptr) continue;
      if (entry->phase == work_phase::answered) forget_if_over(number, *entry);
      else finish_if_ready(number);
    }
  }
  serve_scans();
  for (auto& [id, works] : awake_.revivable(applied_batch_))
    for (auto number : works) forward(number);
  awake_.trim(applied_batch_);
}

// -- leadership -----------------------------------------------------------------------------------

void entity_host::lead() {
  leading_ = true;
  timers_.clear();
  request_days_.load(*ports_.store, number_);
  if (!broken(bug::outbox_not_loaded)) outbox_.load(number_);
  outbox_.pump(ports_.clock->steady());
}

void entity_host::follow(const problem& why) {
  leading_ = false;
  settling_ = false;
  if (!broken(bug::speculation_kept)) awake_.kill_all();
  for (auto& [number, waiting] : scans_)
    waiting.request.sink->deliver_scan({waiting.request.ticket, why});
  scans_.clear();
  outbox_.clear();
  timers_.clear();
  unconfirmed_.clear();
  if (broken(bug::commit_term_unchecked)) return;
  works_.refuse_all(why);
  flights_.clear();
  const auto next = current_.number + 1;
  current_ = batch{};
  current_.number = next;
  committed_batch_ = applied_batch_ = next - 1;
}

/// Works that wait for a later decision may stay: whoever asks again finds them in the state.
bool entity_host::settled() const {
  return settling_ && current_.rows.empty() && !works_.under_way() &&
         (flights_.empty() || flights_.back().number <= committed_batch_);
}

std::vector<std::uint64_t> entity_host::take_unconfirmed() {
  return std::exchange(unconfirmed_, {});
}

void entity_host::retry_confirmation(std::vector<std::uint64_t> works) {
  unconfirmed_.insert(unconfirmed_.end(), works.begin(), works.end());
}

void entity_host::confirmed(const std::vector<std::uint64_t>& works) {
  for (auto number : works) {
    if (auto waiting = scans_.find(number); waiting != scans_.end())
      waiting->second.confirmed = true;
    auto* entry = works_.find(number);
    if (entry == nullptr) continue;
    entry->leadership_confirmed = true;
    finish_if_ready(number);
  }
  serve_scans();
}

// -- time -----------------------------------------------------------------------------------------

void entity_host::tick() {
  works_.expire(ports_.clock->steady());
  if (!leading_ || settling_) return;
  const auto now = ports_.clock->now();
  timers_.fire_due(now, [this](std::string key, std::string command) {
    fire(std::move(key), std::move(command));
  });
  outbox_.pump(ports_.clock->steady());
  forget_old_requests(now);
}

void entity_host::fire(std::string key, std::string command) {
  const auto timer = keys::parse_timer(key);
  const auto* slot = awake_.wake(timer.entity, applied_batch_);
  if (slot == nullptr) return timers_.try_again(key);
  const bool still_armed =
      std::any_of(slot->timers.begin(), slot->timers.end(), [&](const stored_timer& armed) {
        return armed.name == timer.name && armed.due == timer.due;
      });
  // Unless it is, a batch under way erases it.
  if (!still_armed && !broken(bug::timer_twice)) return timers_.ended(key);
  ask request;
  request.to = request.by = timer.entity;
  request.request = derived_request("timer", key);
  request.body = std::move(command);
  request.deadline = never;
  request.consumes = std::move(key);
  accept(std::move(request));
}

/// Request records are kept for a day at least: whole days go, a piece at a time.
void entity_host::forget_old_requests(instant now) {
  const auto today = request_day(now);
  if (today == cleaned_day_ || forgetting_ > applied_batch_) return;
  request_days_.forget_before(today - 1);
  const auto from = keys::request_day(number_, 0);
  const auto end = keys::request_day(number_, today - 1);
  auto until = end;
  std::size_t rows = 0;
  ports_.store->scan({family::requests, from, end}, [&](std::string_view key, std::string_view) {
    if (rows++ < limits_.requests_forgotten_max) return true;
    until = key;
    return false;
  });
  if (rows == 0) {
    cleaned_day_ = today;
    return;
  }
  current_.rows.erase_range(family::requests, from, until);
  forgetting_ = current_.number;
}

// -- deliveries -----------------------------------------------------------------------------------

void entity_host::heard(std::vector<answered_ask> answers) {
  const auto now = ports_.clock->steady();
  for (auto& [ticket, outcome] : answers) {
    if (outcome) outbox_.heard(ticket, std::move(outcome->bytes), now);
    else outbox_.heard(ticket, std::move(outcome).problem(), now);
  }
  if (!settling_) outbox_.pump(now);
}

void entity_host::heard(outside_answer answer) {
  const auto now = ports_.clock->steady();
  outbox_.heard(answer.ticket, std::move(answer.outcome), now);
  if (!settling_) outbox_.pump(now);
}

void entity_host::delivery_ended(const std::string& key, const std::string& tag,
                                 result<std::string> outcome) {
  if (tag.empty()) {
    current_.rows.erase(family::queue, key);
    outbox_.erased(key);
    return;
  }
  answered told{tag, {}, {}};
  if (outcome) told.value = std::move(*outcome);
  else told.refused = std::move(outcome).problem();
  ask request;
  request.to = request.by = keys::parse_outbox(key).entity;
  request.request = derived_request("answered", key);
  request.body = encoded(told);
  request.deadline = never;
  request.consumes = key;
  accept(std::move(request));
}

void entity_host::entity_died(const caf::actor_addr& who) {
  const auto id = awake_.died(who);
  if (!id) return;
  log_event(log_level::error, "entity_failed", {{"entity", to_text(*id)}});
  const auto now = ports_.clock->steady();
  for (auto number : works_.considered_by(*id)) {
    auto* entry = works_.find(number);
    entry->with_entity = false;
    if (entry->phase != work_phase::considering) {  // settled meanwhile
      forget_if_over(number, *entry);
      continue;
    }
    const auto key = entry->ask.consumes;
    works_.tell_all(*entry, problem{code::internal, "the entity failed; nothing was changed"});
    works_.erase(number);
    if (key.empty()) continue;
    if (is_timer(key)) timers_.try_again(key);
    else outbox_.again(key, now);
  }
  for (auto& [revived, works] : awake_.revivable(applied_batch_))
    for (auto number : works) forward(number);
}

// -- lists ----------------------------------------------------------------------------------------

void entity_host::list(scan request) {
  if (!leading_) {
    request.sink->deliver_scan(
        {request.ticket, problem{code::shard_unavailable, "this partition has no leader here"}});
  } else {
    unconfirmed_.push_back(next_scan_);
    scans_.emplace(next_scan_++, waiting_scan{committed_index_, false, std::move(request)});
  }
}

void entity_host::serve_scans() {
  for (auto at = scans_.begin(); at != scans_.end();) {
    const auto& waiting = at->second;
    const bool behind = waiting.index > applied_index_ && !broken(bug::listed_before_applied);
    if (!waiting.confirmed || behind) {
      ++at;
      continue;
    }
    serve(waiting.request);
    at = scans_.erase(at);
  }
}

void entity_host::serve(const scan& request) {
  if (request.deadline <= ports_.clock->steady())
    return request.sink->deliver_scan(
        {request.ticket, problem{code::deadline_exceeded, "the deadline passed before the list"}});
  std::vector<listed_row> rows;
  const auto direction =
      request.descending ? state_store::order::descending : state_store::order::ascending;
  const auto from = keys::row(number_, request.index, request.from);
  const auto to = request.to.empty() ? keys::after_prefix(keys::row(number_, request.index, ""))
                                     : keys::row(number_, request.index, request.to);
  ports_.store->scan({family::rows, from, to, direction},
                     [&](std::string_view key, std::string_view value) {
                       rows.push_back({number_, std::string(keys::row_key(key)),
                                       std::string(value)});
                       return rows.size() < request.limit;
                     });
  request.sink->deliver_scan({request.ticket, std::move(rows)});
}

}  // namespace resalehub
