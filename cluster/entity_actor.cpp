#include "cluster/entity_actor.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <utility>

namespace resalehub {
namespace {

/// Below this many bytes of events a record is not worth a row.
constexpr std::size_t record_bytes_min = 2048;

problem conflict(std::uint64_t version) {
  return problem{code::version_conflict, "it has changed since you read it"}.with(
      "version", static_cast<std::int64_t>(version));
}

}  // namespace

entity_actor::entity_actor(caf::actor_config& config, caf::actor partition, entity_id self,
                           std::shared_ptr<awake_entity> entity, std::uint64_t version,
                           entity_weight weight)
    : event_based_actor(config),
      partition_(std::move(partition)),
      self_(self),
      entity_(std::move(entity)),
      version_(version),
      weight_(weight) {}

caf::behavior entity_actor::make_behavior() {
  return {[this](consider& request) {
    request.ctx.version = version_;
    auto reached = request.mode == ask_mode::query ? read(request) : decide(request);
    caf::anon_send(partition_, std::move(reached));
  }};
}

considered entity_actor::decide(consider& request) {
  considered out{self_, request.work, problem{}, version_, request.ctx.now, {}};
  if (request.expected_version && *request.expected_version != version_) {
    out.what = conflict(version_);
    return out;
  }
  auto decided = entity_->decide(request.body, request.ctx);
  if (!decided) {
    out.what = std::move(decided).problem();
    return out;
  }
  version_ += decided->events.size();
  for (const auto& event : decided->events) weight_.event_bytes += event.size();
  const bool timers_without_event =
      decided->events.empty() &&
      std::any_of(decided->effects.begin(), decided->effects.end(), [](const effect& e) {
        return std::holds_alternative<arm>(e) || std::holds_alternative<disarm>(e);
      });
  if (record_is_due() || timers_without_event) {
    out.snapshot = entity_->snapshot();
    weight_ = {out.snapshot.size(), 0};
  }
  out.version = version_;
  out.what = std::move(*decided);
  return out;
}

considered entity_actor::read(consider& request) {
  considered out{self_, request.work, problem{}, version_, request.ctx.now, {}};
  auto said = entity_->ask(request.body, request.ctx);
  if (!said) {
    out.what = std::move(said).problem();
    return out;
  }
  said->version = version_;
  out.what = std::move(*said);
  return out;
}

/// A record is written again when the events since weigh as much as it does: its cost per event
/// stays constant however large the state grows.
bool entity_actor::record_is_due() const {
  return weight_.event_bytes >= std::max(record_bytes_min, weight_.record_bytes);
}

}  // namespace resalehub
