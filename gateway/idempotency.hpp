#pragma once
/// Idempotency keys: what a key must look like, which request it names, and the fingerprint that
/// tells another body under the same key. The records themselves live with the entities' commits.
/// Pure, any thread.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/id.hpp"
#include "base/result.hpp"
#include "gateway/message.hpp"
#include "gateway/secrets.hpp"

namespace resalehub {

/// The key of a request; idempotency_key_required when absent or empty, malformed_request when it
/// stands twice, is longer than 255 or holds more than printable ASCII.
result<std::string> idempotency_key_of(const http_request& request);

/// Who asks what: the scope within which a key is one request.
struct keyed_scope {
  entity_id caller;  ///< nobody: anonymous
  std::string_view method;
  std::string_view pattern;
  std::string_view path;
};
request_id request_of(const keyed_scope& scope, std::string_view key);

/// Of the canonical body; keyed, for a body may hold a password. Never zero: zero is "no body".
std::uint64_t fingerprint_of(const secret_key& key, std::string_view canonical_body);

}  // namespace resalehub
