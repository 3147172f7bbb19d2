#pragma once
/// What a request's fields say about content: may JSON be read, may JSON be answered; and the small
/// fields If-Match, If-None-Match and Authorization. Pure, any thread.

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "gateway/message.hpp"

namespace resalehub {

/// unsupported_media unless it says application/json, in UTF-8, as it is.
std::optional<problem> refusal_of_media(const http_request& request);
/// not_acceptable unless application/json is among what is wanted (quality and precedence count).
std::optional<problem> refusal_of_accept(const http_request& request);

/// What an entity tag that nobody here gave stands for.
inline constexpr std::uint64_t no_version = ~std::uint64_t{0};
/// "v17" -> 17; nothing when the field is absent or "*"; malformed_request for what is no tag, or
/// for several.
result<std::optional<std::uint64_t>> expected_version_of(const http_request& request);

/// Whether If-None-Match names this tag, or any ("*"). A tag that nobody here gave names nothing.
bool names_tag(const http_request& request, std::string_view tag);

/// The token behind "Bearer"; nothing when the field is absent. unauthenticated for another scheme,
/// malformed_request for two fields.
result<std::optional<std::string_view>> bearer_token_of(const http_request& request);

}  // namespace resalehub
