#include "gateway/idempotency.hpp"

#include <algorithm>

namespace resalehub {
namespace {

constexpr std::size_t key_size_max = 255;

}  // namespace

result<std::string> idempotency_key_of(const http_request& request) {
  const auto count = request.count("idempotency-key");
  if (count > 1) return problem{code::malformed_request, "Idempotency-Key may be given once."};
  const auto key = count == 1 ? *request.field("idempotency-key") : std::string_view{};
  if (key.empty())
    return problem{code::idempotency_key_required, "This request needs an Idempotency-Key."};
  const bool printable =
      std::all_of(key.begin(), key.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
  if (key.size() > key_size_max || !printable)
    return problem{code::malformed_request,
                   "An Idempotency-Key has 1 to 255 printable ASCII characters."};
  return std::string{key};
}

request_id request_of(const keyed_scope& scope, std::string_view key) {
  const std::string caller = scope.caller.is_nobody() ? "anonymous" : to_text(scope.caller);
  std::string what{scope.method};
  what += ' ';
  what += scope.pattern;
  return derived_request(caller, what, scope.path, key);
}

std::uint64_t fingerprint_of(const secret_key& key, std::string_view canonical_body) {
  const auto value = u64_at(mac_of(key, canonical_body), 0);
  return value == 0 ? 1 : value;
}

}  // namespace resalehub
