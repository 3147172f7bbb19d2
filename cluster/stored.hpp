#pragma once
/// What the state store keeps for each entity beside its state, and how it is encoded: field names
/// are for ever. Values; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/entity.hpp"

namespace resalehub {

struct stored_timer {
  std::string name;
  instant due;
};

/// family::records: an entity as of event `version`; later events are folded at activation.
struct stored_record {
  std::uint64_t version = 0;
  std::string state;
  std::vector<stored_timer> timers;  ///< armed, in order of name
};

/// family::events: what one commit decided.
struct stored_commit {
  instant at;
  entity_id by;
  std::vector<std::string> events;
  std::vector<stored_timer> armed;
  std::vector<std::string> disarmed;
};

/// family::requests: the answer to a request, for its repetitions.
struct stored_request {
  entity_id to;
  std::uint64_t fingerprint = 0;
  answer given;
  std::optional<problem> refused;
  std::optional<row_place> row;  ///< whose value the answer's bytes are; they do not stand here
};

/// family::queue, outbox rows.
struct queued_send {
  entity_id to;
  std::string command;
  std::string tag;
};
struct queued_call {
  std::string port;
  std::string key;
  std::string request;
  std::string tag;
};
using queued_effect = std::variant<queued_send, queued_call>;

BOOST_DESCRIBE_STRUCT(stored_timer, (), (name, due))
BOOST_DESCRIBE_STRUCT(stored_record, (), (version, state, timers))
BOOST_DESCRIBE_STRUCT(stored_commit, (), (at, by, events, armed, disarmed))
BOOST_DESCRIBE_STRUCT(stored_request, (), (to, fingerprint, given, refused, row))
BOOST_DESCRIBE_STRUCT(queued_send, (), (to, command, tag))
BOOST_DESCRIBE_STRUCT(queued_call, (), (port, key, request, tag))

std::string encoded(const stored_record& value);
std::string encoded(const stored_commit& value);
std::string encoded(const stored_request& value);
std::string encoded(const queued_effect& value);
std::string encoded(const answered& value);  ///< as an alternative of any command variant

/// These check() that the bytes can be read: they were written by a commit.
stored_record record_from(std::string_view bytes);
stored_commit commit_from(std::string_view bytes);
stored_request request_from(std::string_view bytes);
queued_effect effect_from(std::string_view bytes);

}  // namespace resalehub
