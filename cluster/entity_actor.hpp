#pragma once
/// The one actor that hosts any awake entity: it decides and reads, in the order in which its
/// partition asks. It never waits and knows no store; what it decided is ahead of the commit until
/// its partition says otherwise by letting it live.

#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/entity_kind.hpp"
#include "cluster/request.hpp"

namespace resalehub {

/// Partition to entity: one command or query.
struct consider {
  std::uint64_t work = 0;
  ask_mode mode = ask_mode::command;
  std::string body;
  context ctx;  ///< `version` is filled in by the entity
  std::uint64_t heard = 0;  ///< so many answers of this entity its partition has taken in
};

/// The request was settled by an answer that its partition had not heard when it passed it on:
/// nothing was decided, that settlement is its outcome.
struct settled_meanwhile {};

/// Entity to partition: what it decided. The events are already part of its state.
struct considered {
  entity_id entity;
  std::uint64_t work = 0;
  std::variant<problem, outcome, answer, settled_meanwhile> what = problem{};
  std::uint64_t version = 0;  ///< after the decision
  instant at;
  std::string snapshot;  ///< the whole state, when it is time to store it again; else empty
};

/// How much an entity holds, for the memory budget and for when to store its record again.
struct entity_weight {
  std::size_t record_bytes = 0;  ///< of the last stored record
  std::size_t event_bytes = 0;   ///< of the events since
};

/// What an entity's actor begins with.
struct entity_beginning {
  caf::actor partition;
  entity_id self;
  std::shared_ptr<awake_entity> entity;
  std::uint64_t version = 0;
  entity_weight weight;
};

class entity_actor : public caf::event_based_actor {
 public:
  entity_actor(caf::actor_config& config, entity_beginning beginning);
  caf::behavior make_behavior() override;
  const char* name() const override { return "entity"; }

 private:
  considered reach(consider& request);
  considered decide(consider& request);
  considered read(consider& request);
  considered inspect(const consider& request) const;
  bool record_is_due() const;
  bool settled(const request_id& request) const;

  /// A request that an answer settled, until the partition has heard that answer.
  struct settlement_told {
    std::uint64_t answer = 0;
    request_id request;
  };

  entity_beginning now_;
  std::uint64_t answers_ = 0;  ///< sent
  std::deque<settlement_told> settled_;
};

}  // namespace resalehub

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::consider)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resalehub::considered)
