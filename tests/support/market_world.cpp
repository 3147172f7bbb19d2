#include "tests/support/market_world.hpp"

#include <algorithm>

#include "actors/catalog.hpp"
#include "actors/ports/sandbox_payment.hpp"
#include "base/check.hpp"
#include "base/message_pack.hpp"

namespace resalehub {

// -- from outside ---------------------------------------------------------------------------------

std::size_t market_world::ask(const entity_id& to, const entity_id& by, std::string command) {
  asks_.push_back({to, by, std::move(command), fresh_request(), {}});
  ask_again(asks_.size() - 1);
  return asks_.size() - 1;
}

void market_world::ask_again(std::size_t number) {
  const auto& one = asks_.at(number);
  deliveries_.push_back({one.to, one.by, one.command, one.request, {}, {}});
}

std::vector<entity_id> market_world::all_of(kind_prefix kind) const {
  std::vector<entity_id> found;
  for (const auto& [id, host] : hosts_)
    if (id.kind == kind) found.push_back(id);
  return found;
}

void market_world::run() {
  for (int steps = 0; step(); ++steps) check(steps < 200'000, "the market comes to rest");
}

// -- what happens next ----------------------------------------------------------------------------

bool market_world::step() {
  if (!deliveries_.empty() && (timers_.empty() || !likely(habits_.haste))) {
    deliver(draw(deliveries_.size()));
    return true;
  }
  if (timers_.empty()) return false;
  fire_next_timer();
  return true;
}

void market_world::deliver(std::size_t at) {
  now_ = now_ + milliseconds{draw(20)};
  const auto one = deliveries_[at];
  const auto came = decide(one);
  if (!came && !one.answer_to.is_nobody() && !timers_.empty()) {
    // Asked again until there is an answer; meanwhile time passes.
    if (draw(4) == 0) fire_next_timer();
    return;
  }
  if (deliveries_[at].repeats < 3 && likely(habits_.repeat)) ++deliveries_[at].repeats;
  else deliveries_.erase(deliveries_.begin() + static_cast<std::ptrdiff_t>(at));
  if (came) send_back(one, *came);
}

void market_world::fire_next_timer() {
  const auto next =
      std::min_element(timers_.begin(), timers_.end(),
                       [](const auto& a, const auto& b) { return a.second.at < b.second.at; });
  now_ = std::max(now_, next->second.at) + milliseconds{draw(50)};
  const auto self = next->first.first;
  deliveries_.push_back({self, self, next->second.command, fresh_request(), {}, {}});
  timers_.erase(next);
}

// -- one entity -----------------------------------------------------------------------------------

market_world::host& market_world::host_of(const entity_id& id) {
  auto& found = hosts_[id];
  if (!found.awake) found.awake = kind_of(id.kind)->wake();
  return found;
}

std::optional<result<std::string>> market_world::decide(const delivery& d) {
  auto& host = host_of(d.to);
  // Answers and timers may come twice under different requests: no record stops them.
  const bool recorded = d.by != d.to;
  if (const auto known = host.records.find(d.request); recorded && known != host.records.end())
    return known->second;
  if (likely(habits_.sleep)) {
    auto woken = kind_of(d.to.kind)->wake();
    woken->restore(host.awake->snapshot());
    host.awake = std::move(woken);
  }
  const context ctx{d.to, d.by, now_, d.request, host.version, chance_()};
  auto made = host.awake->decide(d.command, ctx);
  if (!made) {
    settle(d.request, made.problem());
    if (habits_.remembers_refusals) host.records.emplace(d.request, made.problem());
    return made.problem();
  }
  host.version += made->events.size();
  commit(d.to, *made);
  if (std::holds_alternative<later>(made->reply.what)) {
    const auto known = host.records.find(d.request);  // settled by this very decision
    return known != host.records.end() ? std::optional{known->second} : std::nullopt;
  }
  result<std::string> came{std::get<said>(made->reply.what).bytes};
  settle(d.request, came);
  host.records.emplace(d.request, came);
  return came;
}

void market_world::commit(const entity_id& self, outcome& made) {
  for (auto& row : made.rows_erased) rows_.erase({row.index, row.key});
  for (auto& row : made.rows_put) rows_.insert({row.index, row.key});
  for (auto& e : made.effects) carry_out(self, e);
  for (auto& one : made.settlements) {
    const auto* why = std::get_if<problem>(&one.what);
    auto came =
        why ? result<std::string>{*why} : result<std::string>{std::get<said>(one.what).bytes};
    settle(one.request, came);
    host_of(self).records.emplace(one.request, std::move(came));
  }
  if (watch) watch(*this, self);
}

void market_world::carry_out(const entity_id& self, effect& e) {
  if (auto* s = std::get_if<send>(&e)) {
    const auto answer_to = s->tag.empty() ? entity_id{} : self;
    deliveries_.push_back({s->to, self, s->command, fresh_request(), answer_to, s->tag});
  } else if (auto* c = std::get_if<call>(&e)) {
    deliveries_.push_back(
        {sandbox_charge::id_for(c->key), {}, c->request, fresh_request(), self, c->tag});
  } else if (auto* a = std::get_if<arm>(&e)) {
    timers_[{self, a->timer}] = {a->at, a->command};
  } else if (auto* d = std::get_if<disarm>(&e)) {
    timers_.erase({self, d->timer});
  } else if (auto* k = std::get_if<keep_row>(&e)) {
    rows_.insert({k->index, k->key});
  }
}

// -- answers --------------------------------------------------------------------------------------

void market_world::send_back(const delivery& d, const result<std::string>& came) {
  if (d.answer_to.is_nobody()) return;
  answered back{d.tag, came.ok() ? came.value() : std::string{}, {}};
  if (!came.ok()) back.refused = came.problem();
  deliveries_.push_back({d.answer_to, d.answer_to, packed(std::variant<answered>{std::move(back)}),
                         fresh_request(), {}, {}});
}

void market_world::settle(const request_id& request, const result<std::string>& came) {
  for (auto& one : asks_)
    if (one.request == request && !one.outcome) one.outcome = came;
}

request_id market_world::fresh_request() {
  request_id request;
  const auto number = ++requests_;
  for (int i = 0; i < 8; ++i) request.bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
  return request;
}

}  // namespace resalehub
