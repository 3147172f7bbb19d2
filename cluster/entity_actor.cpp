#include "cluster/entity_actor.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <utility>

#include "base/check.hpp"
#include "cluster/inspection.hpp"

namespace resalehub {
namespace {

/// Below this many bytes of events a record is not worth a row.
constexpr std::size_t record_bytes_min = 2048;

}  // namespace

entity_actor::entity_actor(caf::actor_config& config, entity_beginning beginning)
    : event_based_actor(config), now_(std::move(beginning)) {}

caf::behavior entity_actor::make_behavior() {
  return {[this](consider& request) {
    request.ctx.version = now_.version;
    while (!settled_.empty() && settled_.front().answer <= request.heard) settled_.pop_front();
    auto out = reach(request);
    ++answers_;
    if (const auto* decided = std::get_if<outcome>(&out.what))
      for (const auto& one : decided->settlements) settled_.push_back({answers_, one.request});
    caf::anon_send(now_.partition, std::move(out));
  }};
}

bool entity_actor::settled(const request_id& request) const {
  return std::any_of(settled_.begin(), settled_.end(),
                     [&](const settlement_told& one) { return one.request == request; });
}

considered entity_actor::reach(consider& request) {
  switch (request.mode) {
    case ask_mode::command:
    case ask_mode::keyed: return decide(request);
    case ask_mode::query: return read(request);
    case ask_mode::inspect: return inspect(request);
  }
  fail("an ask has one of four modes");
}

considered entity_actor::decide(consider& request) {
  considered out{now_.self, request.work, problem{}, now_.version, request.ctx.now, {}};
  if (settled(request.ctx.request)) {
    out.what = settled_meanwhile{};
    return out;
  }
  auto decided = now_.entity->decide(request.body, request.ctx);
  if (!decided) {
    out.what = std::move(decided).problem();
    return out;
  }
  now_.version += decided->events.size();
  for (const auto& event : decided->events) now_.weight.event_bytes += event.size();
  const bool timers_without_event =
      decided->events.empty() &&
      std::any_of(decided->effects.begin(), decided->effects.end(), [](const effect& e) {
        return std::holds_alternative<arm>(e) || std::holds_alternative<disarm>(e);
      });
  if (record_is_due() || timers_without_event) {
    out.snapshot = now_.entity->snapshot();
    now_.weight = {out.snapshot.size(), 0};
  }
  out.version = now_.version;
  out.what = std::move(*decided);
  return out;
}

considered entity_actor::read(consider& request) {
  considered out{now_.self, request.work, problem{}, now_.version, request.ctx.now, {}};
  auto said = now_.entity->ask(request.body, request.ctx);
  if (!said) {
    out.what = std::move(said).problem();
    return out;
  }
  said->version = now_.version;
  out.what = std::move(*said);
  return out;
}

/// With or without events, but for what its host knows of it.
considered entity_actor::inspect(const consider& request) const {
  considered out{now_.self, request.work, problem{}, now_.version, request.ctx.now, {}};
  if (now_.version == 0) {
    out.what = problem{code::not_found, "this id names nothing"};
    return out;
  }
  const inspected_parts parts{now_.entity->show({}), now_.entity->snapshot(), {}};
  out.what = answer{encoded(parts), false, now_.version, false};
  return out;
}

/// A record is written again when the events since weigh as much as it does: its cost per event
/// stays constant however large the state grows.
bool entity_actor::record_is_due() const {
  return now_.weight.event_bytes >= std::max(record_bytes_min, now_.weight.record_bytes);
}

}  // namespace resalehub
