#pragma once
/// One request on its way through its handler: what dispatch has checked already, and the words in
/// which handlers ask entities and answer. Confined to the request's coroutine.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/message_pack.hpp"
#include "gateway/loop_state.hpp"
#include "gateway/route.hpp"

namespace resalehub {

struct exchange {
  const http_request& request;
  const route& row;
  loop_state& here;
  std::vector<std::string> places;
  std::optional<session_claims> caller;  ///< nothing: anonymous
  parameters given;
  std::shared_ptr<const void> body_read;
  std::string key;               ///< the Idempotency-Key, where the row requires one
  request_id keyed_request;      ///< none, unless the row is keyed
  std::uint64_t fingerprint = 0;
  std::optional<std::uint64_t> expected_version;
  steady_instant deadline;

  services& shared() const { return here.shared; }
  entity_id by() const { return caller ? static_cast<entity_id>(caller->user) : entity_id{}; }
  const user_id& user() const { return caller->user; }

  template <class Body>
  const Body& body() const {
    return *static_cast<const Body*>(body_read.get());
  }

  /// The id in place `number` of the pattern, or not_found.
  template <class Id>
  result<Id> place(std::size_t number = 0) const {
    if (const auto found = id_from_text<Id>(places.at(number))) return *found;
    return problem{code::not_found, "There is nothing at this address."};
  }

  /// For an id that a repetition of this request must meet again.
  ulid keyed_ulid(std::string_view what) const;

  ask asking(entity_id to, ask_mode mode, std::string body) const;
  task<result<answer>> ask_one(ask one) const { return here.asks->one(std::move(one)); }

  /// A query of `Query`, a variant, by the caller.
  template <class Query, class Alternative>
  ask query(entity_id to, Alternative&& what) const {
    return asking(to, ask_mode::query, packed(Query{std::forward<Alternative>(what)}));
  }
  /// The same by nobody: the gateway's own question.
  template <class Query, class Alternative>
  ask own_query(entity_id to, Alternative&& what) const {
    auto out = query<Query>(to, std::forward<Alternative>(what));
    out.by = {};
    return out;
  }
  /// A command by the caller: under the request's key and If-Match when the row has them.
  ask packed_command(entity_id to, std::string command) const {
    return asking(to, keyed_request.is_none() ? ask_mode::command : ask_mode::keyed,
                  std::move(command));
  }
  template <class Command, class Alternative>
  ask command(entity_id to, Alternative&& what) const {
    return packed_command(to, packed(Command{std::forward<Alternative>(what)}));
  }
};

// -- answers -------------------------------------------------------------------------------------

http_response json_response(int status, std::string body);
/// The entity's bytes as they are: 201 when it was created, with its version as ETag.
http_response entity_response(answer&& from);
result<http_response> entity_response(result<answer>&& from);

/// MessagePack between the gateway and entities; `internal` when it cannot be read.
template <class T>
result<T> unpacked(result<answer>&& from) {
  if (!from) return std::move(from).problem();
  T out;
  if (!unpack(from->bytes, out))
    return problem{code::internal, "An answer inside the node could not be read."};
  return out;
}

// -- lists ---------------------------------------------------------------------------------------

/// The page's limits that a request gave.
struct page_request {
  std::size_t limit = 20;
  std::string scope;               ///< what a cursor of this list is bound to
  std::optional<std::string> after;  ///< the last key of the page before
};
result<page_request> page_of(const exchange& x);

/// {"data":[...],"page":{...}} and Link: rel=next; `last_key` empty: there is no more.
http_response list_response(const exchange& x, const std::vector<std::string>& items,
                            std::string_view last_key);

}  // namespace resalehub
