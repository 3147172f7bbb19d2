#pragma once
/// An ask on its way to an entity and the answer on its way back, inside one node.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/entity.hpp"
#include "storage/keys.hpp"

namespace resalehub {

struct answered_ask {
  std::uint64_t ticket = 0;
  result<answer> outcome;
};

/// One row of a list.
struct listed_row {
  keys::partition_number partition = 0;
  std::string key;  ///< within the index
  std::string value;
};
struct answered_scan {
  std::uint64_t ticket = 0;
  result<std::vector<listed_row>> outcome;
};

/// Where answers go. `deliver` is called on an actor's thread, once per batch, and must not block.
class answer_sink {
 public:
  virtual ~answer_sink() = default;
  virtual void deliver(std::vector<answered_ask> batch) = 0;
  virtual void deliver_scan(answered_scan scan) = 0;
};

enum class ask_mode : std::uint8_t {
  command,  ///< decide; without a record of the request
  keyed,    ///< decide; the answer is recorded under `request`, a repetition gets the same
  query,    ///< linearizable read
  inspect,  ///< an operator's look at it; see inspection.hpp
};

struct ask {
  entity_id to;
  entity_id by;
  ask_mode mode = ask_mode::command;
  request_id request;             ///< none: the host draws one
  std::uint64_t fingerprint = 0;  ///< of the body: another one under the same request is refused
  /// With `keyed`: a refusal is recorded, too. For a sender that goes on by the first outcome it
  /// hears: a copy that comes late gets the same.
  bool refusal_kept = false;
  std::string body;               ///< packed command or query of the receiver
  steady_instant deadline;
  std::optional<std::uint64_t> expected_version;  ///< If-Match
  std::string trace;                              ///< traceparent or request id, for logs
  std::uint64_t ticket = 0;
  std::shared_ptr<answer_sink> sink;  ///< null: nobody waits
  std::uint32_t from_node = 0;  ///< it came from there: a wrong guess is answered, not passed on
  /// Inside a partition only: the timer or outbox row that this ask consumes, erased by its commit.
  std::string consumes;
};

/// Rows of one index, of one partition (after everything acknowledged there before), or merged over
/// all partitions in key order (following within a second).
struct scan {
  std::string index;
  std::string from;  ///< key range [from, to) within the index
  std::string to;    ///< empty: to the end of the index
  bool descending = false;
  std::uint32_t limit = 100;
  std::optional<slot_number> place;  ///< the partition of this slot; nothing: all partitions
  steady_instant deadline;
  std::uint64_t ticket = 0;
  std::shared_ptr<answer_sink> sink;
  std::uint32_t from_node = 0;
};

/// Ask any entity by id, from any thread; a full queue answers `overloaded` at once. Every ask gets
/// exactly one answer: a value, a refusal, or `deadline_exceeded` / `shard_unavailable`.
class entity_asker {
 public:
  virtual ~entity_asker() = default;
  virtual void ask(resalehub::ask request) = 0;
  virtual void list(scan request) = 0;
};

/// What entities push to whoever watches. Called on an actor's thread in commit order per entity;
/// must not block.
class push_sink {
 public:
  virtual ~push_sink() = default;
  virtual void publish(std::vector<push> batch) = 0;
  /// Some may never come: the way from another node broke, or a leader ended before it said all.
  virtual void missed() {}
};

/// Something outside (a payment provider): carries out `call` effects. Called on an actor's thread;
/// answers through `done` from any thread, exactly once per attempt. Asking again with the same key
/// must be harmless.
class outside_port {
 public:
  using callback = std::function<void(result<std::string>)>;
  virtual ~outside_port() = default;
  virtual void perform(const std::string& key, const std::string& request, steady_instant deadline,
                       callback done) = 0;
};

}  // namespace resalehub
