#include "tests/gateway/market_in_memory.hpp"

#include <algorithm>

#include "actors/catalog.hpp"
#include "actors/ports/sandbox_payment.hpp"
#include "base/check.hpp"

namespace resalehub::testing {

market_in_memory::hosted* market_in_memory::find(const entity_id& id) {
  auto& one = entities_[id];
  if (!one.entity) {
    const auto* kind = kind_of(id.kind);
    if (kind == nullptr) return nullptr;
    one.entity = kind->wake();
  }
  return &one;
}

void market_in_memory::answer_one(const resalehub::ask& request, result<answer> outcome) {
  if (!request.sink) return;
  std::vector<answered_ask> batch;
  batch.push_back({request.ticket, std::move(outcome)});
  request.sink->deliver(std::move(batch));
}

void market_in_memory::ask(resalehub::ask request) {
  ++asked;
  if (request.mode != ask_mode::keyed)
    request.request = derived_request("fresh", std::to_string(++chance_));
  bool later = false;
  auto outcome = outcome_of(request, later);
  if (!later) answer_one(request, std::move(outcome));
  deliver_all();
}

result<answer> market_in_memory::outcome_of(const resalehub::ask& request, bool& later) {
  if (unavailable.contains(request.to.kind))
    return problem{code::shard_unavailable, "not now"};
  auto* there = find(request.to);
  if (there == nullptr) return problem{code::not_found, "no such kind"};
  context ctx{.self = request.to, .by = request.by, .now = clock_.now(),
              .request = request.request, .version = there->version, .chance = ++chance_,
              .expected_version = request.expected_version};
  if (request.mode == ask_mode::query) {
    auto answered = there->entity->ask(request.body, ctx);
    if (answered) answered->version = there->version;
    return answered;
  }
  if (const auto known = records_.find(request.request); known != records_.end()) {
    if (known->second.fingerprint != request.fingerprint)
      return problem{code::idempotency_key_reused, "another body"};
    auto again = known->second.given;
    again.replayed = true;
    return again;
  }
  ++decided;
  auto decided_now = there->entity->decide(request.body, ctx);
  if (!decided_now) return std::move(decided_now).problem();
  there->version += decided_now->events.size();
  for (auto& row : decided_now->rows_erased) rows_.erase({row.index, row.key});
  for (auto& row : decided_now->rows_put)
    rows_[{row.index, row.key}] = {request.to.slot, row.key, row.value};
  carry_out(request.to, decided_now->effects, request.request);
  if (std::holds_alternative<resalehub::later>(decided_now->reply.what)) {
    later = true;
    waiting_[request.request].push_back(request);
    settle(decided_now->settlements, there->version);
    return answer{};
  }
  answer out{.bytes = std::get<said>(decided_now->reply.what).bytes,
             .created = decided_now->reply.created,
             .version = there->version};
  if (request.mode == ask_mode::keyed) records_[request.request] = {request.fingerprint, out};
  settle(decided_now->settlements, there->version);
  return out;
}

void market_in_memory::carry_out(const entity_id& self, std::vector<effect>& effects,
                                 const request_id& cause) {
  std::vector<push> pushed;
  std::uint64_t number = 0;
  for (auto& one : effects) {
    const auto request = derived_request(
        "effect", {reinterpret_cast<const char*>(cause.bytes.data()), cause.bytes.size()},
        to_text(self), std::to_string(++number));
    if (auto* what = std::get_if<send>(&one)) {
      outbox_.push_back({self, std::move(*what), request});
    } else if (auto* outside = std::get_if<call>(&one)) {
      outbox_.push_back(
          {self, {sandbox_charge::id_for(outside->key), outside->request, outside->tag}, request});
    } else if (auto* timer = std::get_if<arm>(&one)) {
      timers_[{self, timer->timer}] = *timer;
    } else if (auto* gone = std::get_if<disarm>(&one)) {
      timers_.erase({self, gone->timer});
    } else if (auto* row = std::get_if<keep_row>(&one)) {
      rows_[{row->index, row->key}] = {self.slot, row->key, row->value};
    } else {
      pushed.push_back(std::get<push>(std::move(one)));
    }
  }
  if (pushes != nullptr && !pushed.empty()) pushes->publish(std::move(pushed));
}

void market_in_memory::settle(std::vector<settlement>& settlements, std::uint64_t version) {
  for (auto& one : settlements) {
    result<answer> outcome = answer{};
    if (auto* why = std::get_if<problem>(&one.what)) {
      outcome = *why;
    } else {
      outcome = answer{.bytes = std::get<said>(one.what).bytes, .created = one.created,
                       .version = version};
    }
    if (const auto sender = waiting_sends_.extract(one.request); !sender.empty())
      tell_outcome(sender.mapped().first, sender.mapped().second, outcome);
    const auto node = waiting_.extract(one.request);
    if (node.empty()) continue;
    for (const auto& request : node.mapped()) {
      if (request.mode == ask_mode::keyed && outcome)
        records_[request.request] = {request.fingerprint, *outcome};
      answer_one(request, outcome);
    }
  }
}

void market_in_memory::tell_outcome(const entity_id& sender, const std::string& tag,
                                    result<answer> outcome) {
  if (tag.empty()) return;
  answered told{.tag = tag};
  if (outcome) told.value = outcome->bytes;
  else told.refused = outcome.problem();
  // Every sender's commands have this alternative, by this name.
  using only_answered = std::variant<answered>;
  outbox_.push_back({sender, {sender, packed(only_answered{told}), {}},
                     derived_request("answered", to_text(sender), tag, std::to_string(++chance_))});
}

void market_in_memory::deliver(delivery next) {
  resalehub::ask request;
  request.to = next.what.to;
  request.by = next.from;
  request.mode = ask_mode::command;
  request.request = next.request;
  request.body = next.what.command;
  bool later = false;
  waiting_sends_[next.request] = {next.from, next.what.tag};
  auto outcome = outcome_of(request, later);
  if (later) return;
  waiting_sends_.erase(next.request);
  tell_outcome(next.from, next.what.tag, std::move(outcome));
}

void market_in_memory::deliver_all() {
  while (!outbox_.empty()) {
    auto next = std::move(outbox_.front());
    outbox_.pop_front();
    deliver(std::move(next));
  }
}

void market_in_memory::fire_timers() {
  for (auto it = timers_.begin(); it != timers_.end();) {
    if (it->second.at > clock_.now()) {
      ++it;
      continue;
    }
    const auto self = it->first.first;
    outbox_.push_back({self, {self, it->second.command, {}},
                       derived_request("timer", to_text(self), std::to_string(++chance_))});
    it = timers_.erase(it);
  }
  deliver_all();
}

void market_in_memory::list(scan request) {
  if (auto first = std::exchange(before_rows, nullptr)) first();
  std::vector<listed_row> found;
  for (const auto& [place, row] : rows_)
    if (place.first == request.index && place.second >= request.from &&
        place.second < request.to && (!request.place || row.partition == *request.place))
      found.push_back(row);
  if (request.descending) std::reverse(found.begin(), found.end());
  if (found.size() > request.limit) found.resize(request.limit);
  request.sink->deliver_scan({request.ticket, std::move(found)});
}

}  // namespace resalehub::testing
