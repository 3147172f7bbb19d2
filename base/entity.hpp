#pragma once
/// The words of a rule: what an entity is told (context), and what it says (decision: events, an
/// answer, effects). All values; a rule is a pure function over them.
///
/// An entity is one namespace in actors/ with
///   struct state; using command = std::variant<...>; using event = std::variant<...>;
///   using query = std::variant<...>;
///   result<decision<event>> decide(const state&, const command&, const context&);
///   void apply(state&, const event&);                    // total
///   result<answer> ask(const state&, const query&, const context&);
///   std::string show(const state&, const entity_id& viewer);   // JSON as this viewer may see it
///   void index(const state&, std::vector<index_row>&);    // rows that follow from the state
///   const entity_kind& kind();                            // see entity_kind.hpp

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/described.hpp"
#include "base/id.hpp"
#include "base/message_pack.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace resalehub {

/// All that a rule may know beside state and command.
struct context {
  entity_id self;      ///< the entity that decides
  entity_id by;        ///< who asks: a user, another entity, self (timers, calls), or nobody
  instant now;
  request_id request;  ///< the same for every repetition of this request
  std::uint64_t version = 0;     ///< how many events this entity has had
  std::uint64_t chance = 0;      ///< fresh random bits of this one decision
  std::optional<std::uint64_t> expected_version;  ///< decided on another: version_conflict

  /// A fresh id in a place; `number` tells several ids of one decision apart.
  template <class Id>
  Id fresh(slot_number place, std::uint64_t number = 0) const {
    return Id{place, fresh_ulid(number)};
  }
  ulid fresh_ulid(std::uint64_t number) const;
  bool expects_another_version() const { return expected_version.value_or(version) != version; }
};

// -- answers --------------------------------------------------------------------------------------

/// Answer with `show(state after the events, who asks)`.
struct shown {};
/// Answer with these bytes: JSON for clients, MessagePack between entities, as the command says.
struct said {
  std::string bytes;
};
/// Answer with the value of the one row that this decision keeps (`keep_row`). A repetition reads
/// it there, so the request's record is small; the row must not change while requests are
/// remembered.
struct kept {};
/// The answer comes in a later decision's settlement of this request.
struct later {};

struct reply {
  std::variant<shown, said, kept, later> what = shown{};
  bool created = false;  ///< something new: 201 rather than 200
};

/// Answers an earlier request that was told `later`.
struct settlement {
  request_id request;
  entity_id by;  ///< who asked, for `shown`
  std::variant<shown, said, problem> what = shown{};
  bool created = false;
};

// -- effects: values, carried out by the runtime after the commit ---------------------------------

/// At-least-once delivery to another entity with a deterministic request id: takes effect once.
/// With a tag, the outcome comes back to the sender as its command `answered`.
struct send {
  entity_id to;
  std::string command;  ///< packed variant of the receiver's commands
  std::string tag;
};
/// A durable timer: `command` (of one's own) is delivered at or soon after `at`. One of the same
/// name is replaced.
struct arm {
  std::string timer;
  instant at;
  std::string command;
};
struct disarm {
  std::string timer;
};
/// Something outside, through a port, with `key` for idempotency; the outcome comes back as
/// `answered{tag}`. Repeated until the port answers definitively.
struct call {
  std::string port;
  std::string key;
  std::string request;  ///< packed request of that port
  std::string tag;
};
/// To whoever watches this channel now, on any node; best effort, in commit order.
struct push {
  std::string channel;  ///< "room:room_..."
  std::uint64_t sequence = 0;
  std::string type;  ///< "chat.message"
  std::string body;  ///< JSON
};
/// A row that does not follow from the state alone (a message of a room, a sale of a seller).
struct keep_row {
  std::string index;
  std::string key;
  std::string value;
};

using effect = std::variant<send, arm, disarm, call, push, keep_row>;

template <class Event>
struct decision {
  std::vector<Event> events;
  resalehub::reply reply;
  std::vector<effect> effects;
  std::vector<settlement> settlements;
};

/// Where a row of the deciding entity's partition stands.
struct row_place {
  std::string index;
  std::string key;
  friend bool operator==(const row_place&, const row_place&) = default;
};

/// A row that follows from the state: written, moved and erased with it by the runtime.
struct index_row {
  std::string index;  ///< name of the index; a row lives in its entity's partition
  std::string key;    ///< ordered bytewise within (partition, index)
  std::string value;
  friend auto operator<=>(const index_row&, const index_row&) = default;
};

/// How the outcome of a tagged `send` or `call` comes back: one of the sender's commands.
struct answered {
  std::string tag;
  std::string value;               ///< the answer's bytes when there is no problem
  std::optional<problem> refused;  ///< a definitive refusal; passing failures are retried below
};

struct answer {
  std::string bytes;
  bool created = false;
  std::uint64_t version = 0;  ///< of the entity after this decision; the ETag
  bool replayed = false;      ///< from a request record
};

// -- for the authors of rules ---------------------------------------------------------------------

template <class Command, class Alternative>
send to(const entity_id& receiver, Alternative&& command, std::string tag = {}) {
  return {receiver, packed(Command{std::forward<Alternative>(command)}), std::move(tag)};
}
template <class Command, class Alternative>
arm at(std::string timer, instant when, Alternative&& command) {
  return {std::move(timer), when, packed(Command{std::forward<Alternative>(command)})};
}

BOOST_DESCRIBE_STRUCT(answered, (), (tag, value, refused))
BOOST_DESCRIBE_STRUCT(row_place, (), (index, key))
BOOST_DESCRIBE_STRUCT(answer, (), (bytes, created, version, replayed))

}  // namespace resalehub
