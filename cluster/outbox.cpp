#include "cluster/outbox.hpp"

#include <algorithm>
#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <utility>

#include "base/bug.hpp"
#include "base/check.hpp"
#include "cluster/host_figures.hpp"
#include "storage/keys.hpp"

namespace resalehub {
namespace {

/// Brings answers of other entities back into the partition's mailbox.
class partition_sink final : public answer_sink {
 public:
  explicit partition_sink(caf::actor_addr partition) : partition_(std::move(partition)) {}
  void deliver(std::vector<answered_ask> batch) override {
    if (auto partition = caf::actor_cast<caf::actor>(partition_))
      caf::anon_send(partition, std::move(batch));
  }
  void deliver_scan(answered_scan) override { fail("an outbox asks for no lists"); }

 private:
  caf::actor_addr partition_;
};

milliseconds backoff(const host_limits& limits, int attempts) {
  const auto factor = std::int64_t{1} << std::min(attempts, 20);
  return std::min(limits.retry_max, limits.retry_min * factor);
}

}  // namespace

bool outbox::may_pass(const problem& why) {
  return why.retryable() || why.code == code::internal;
}

outbox::outbox(caf::actor_addr partition, const host_ports& ports, const host_limits& limits,
               ended on_end)
    : partition_(partition),
      ports_(ports),
      limits_(limits),
      on_end_(std::move(on_end)),
      sink_(std::make_shared<partition_sink>(std::move(partition))) {}

void outbox::enqueue(std::string key, queued_effect effect) {
  auto [at, fresh] = items_.try_emplace(std::move(key), item{std::move(effect)});
  if (fresh) lane_of(at->second.effect).ready.push_back(at->first);
}

void outbox::load(keys::partition_number partition) {
  const auto prefix = keys::partition_prefix(partition) + "o";
  ports_.store->scan({family::queue, prefix, keys::after_prefix(prefix)},
                     [this](std::string_view key, std::string_view row) {
                       enqueue(std::string(key), effect_from(row));
                       return true;
                     });
}

outbox::lane& outbox::lane_of(const queued_effect& effect) {
  return std::holds_alternative<queued_call>(effect) ? calls_ : sends_;
}

void outbox::make_ready(const std::string& key) {
  if (const auto found = items_.find(key); found != items_.end())
    lane_of(found->second.effect).ready.push_back(key);
}

void outbox::pump(steady_instant now) {
  while (!retries_.empty() && retries_.begin()->first <= now) {
    make_ready(retries_.begin()->second);
    retries_.erase(retries_.begin());
  }
  start_some(sends_, now);
  start_some(calls_, now);
}

void outbox::start_some(lane& of, steady_instant now) {
  while (!of.ready.empty() && of.under_way < limits_.outbox_in_flight) {
    const auto key = std::move(of.ready.front());
    of.ready.pop_front();
    if (auto found = items_.find(key); found != items_.end()) start(key, found->second, now);
  }
}

void outbox::start(const std::string& key, item& entry, steady_instant now) {
  const auto ticket = next_ticket_++;
  auto& lane = lane_of(entry.effect);
  ++lane.under_way;
  under_way_.emplace(ticket, delivery{key, &lane});
  const auto deadline = now + limits_.delivery_deadline;
  if (const auto* sending = std::get_if<queued_send>(&entry.effect)) {
    ask request;
    request.to = sending->to;
    request.by = keys::parse_outbox(key).entity;
    request.mode = ask_mode::keyed;
    request.refusal_kept = true;
    request.request = broken(bug::delivered_with_fresh_ids) ? ports_.entropy->fresh_request()
                                                            : derived_request("outbox", key);
    request.body = sending->command;
    request.deadline = deadline;
    request.ticket = ticket;
    request.sink = sink_;
    ports_.asker->ask(std::move(request));
    return;
  }
  const auto& calling = std::get<queued_call>(entry.effect);
  auto port = ports_.outside.find(calling.port);
  check(port != ports_.outside.end(), "a rule calls a port that this node has");
  port->second->perform(calling.key, calling.request, deadline,
                        [address = partition_, ticket](result<std::string> outcome) {
                          if (auto partition = caf::actor_cast<caf::actor>(address))
                            caf::anon_send(partition, outside_answer{ticket, std::move(outcome)});
                        });
}

void outbox::heard(std::uint64_t ticket, result<std::string> outcome, steady_instant now) {
  auto found = under_way_.find(ticket);
  if (found == under_way_.end()) return;  // from before a change of leadership
  const auto key = std::move(found->second.key);
  --found->second.of->under_way;
  under_way_.erase(found);
  auto entry = items_.find(key);
  if (entry == items_.end()) return;
  if (!outcome && may_pass(outcome.problem())) {
    again(key, now);
    return;
  }
  count(ports_.figures, &host_figures::deliveries);
  const auto tag = std::visit([](const auto& effect) { return effect.tag; }, entry->second.effect);
  on_end_(key, tag, std::move(outcome));
}

void outbox::again(const std::string& key, steady_instant now) {
  auto entry = items_.find(key);
  if (entry == items_.end()) return;
  retries_.emplace(now + backoff(limits_, entry->second.attempts++), key);
  count(ports_.figures, &host_figures::retries);
}

void outbox::erased(const std::string& key) { items_.erase(key); }

void outbox::clear() {
  items_.clear();
  sends_ = calls_ = {};
  retries_.clear();
  under_way_.clear();
}

}  // namespace resalehub
