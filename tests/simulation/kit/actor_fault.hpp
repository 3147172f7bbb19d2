#pragma once
/// A fault at the level of actors, as a value: which message it hits, and what becomes of it or of
/// who handles it. Made by the functions below, injected by `test_cluster`. Values; any thread.

#include <boost/mp11.hpp>
#include <string>
#include <string_view>

#include "base/described.hpp"
#include "cluster/wire.hpp"
#include "tests/simulation/machine.hpp"

namespace resalehub::simulation {

/// Of all messages of a type: which. Counted from the injection, so a repetition of the same
/// request counts again.
struct which_ones {
  int nth = 1;    ///< the first that is hit ...
  int times = 1;  ///< ... and how many from there on
  entity_id to{};           ///< commands and queries: only those to this entity
  machine_number from = 0;  ///< only those that leave this machine; 0: any
  machine_number at = 0;    ///< between nodes: only those to this machine; 0: any
};

enum class carried : std::uint8_t {
  between_nodes,  ///< one of the alternatives of node_message
  to_entity,      ///< a command or query, from a client or another entity's outbox
};

struct message_match {
  std::string_view type;
  carried how = carried::to_entity;
  which_ones which;
};

/// Messages of this type: an alternative of node_message, or of an entity's commands or queries.
template <class T>
message_match message(const which_ones& which = {}) {
  constexpr bool between = boost::mp11::mp_contains<node_message, T>::value;
  return {type_name<T>(), between ? carried::between_nodes : carried::to_entity, which};
}

/// How far the receiver has come with a message when the fault hits it.
enum class moment : std::uint8_t {
  before,     ///< it has not looked at it
  decided,    ///< an entity: it has decided, and nothing is committed
  committed,  ///< what came of it is committed; between nodes: the next commit there is made, and
              ///< nobody has been answered
};

enum class fault_action : std::uint8_t {
  drop,
  delay,
  duplicate,
  reorder,
  refuse,
  throw_in,
  kill_receiver,
  crash_sender,
};
inline constexpr std::size_t fault_actions = 8;

struct actor_fault {
  fault_action what = fault_action::drop;
  message_match which;
  moment when = moment::before;
  milliseconds later{0};
  code why = code::shard_unavailable;
};

/// It vanishes. Who sent a command hears of it when the deadline has passed.
actor_fault drop(const message_match& which);
actor_fault delay(const message_match& which, milliseconds by);
/// It comes twice. Only what may be repeated is: keyed commands, deliveries, queries, and what
/// nodes say to each other.
actor_fault duplicate(const message_match& which);
/// It comes behind the next one on the same way, or half a second late when there is none.
actor_fault reorder(const message_match& which);
/// It is not sent: who asks is refused with `why`, and a link says that it has no connection.
actor_fault refuse(const message_match& which, code why = code::shard_unavailable);
/// The handler throws: an entity's before or after it has decided, a node's own actor's at the
/// first thing that it does to the outside.
actor_fault throw_in(const message_match& which, moment when = moment::before);
/// The actor that the message is for is killed. An entity is killed alone (before: only an awake
/// one counts); a node that has lost one of its own actors ends, and starts again after a second.
actor_fault kill_receiver(const message_match& which, moment when = moment::before);
/// The node that sent it crashes right after, and starts again after a second.
actor_fault crash_sender(const message_match& which);

std::string_view name_of(fault_action what);
std::string to_text(const message_match& which);
std::string to_text(const actor_fault& fault);

}  // namespace resalehub::simulation
