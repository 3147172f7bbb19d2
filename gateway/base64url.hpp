#pragma once
/// Strict base64url without padding (RFC 4648 section 5): one text for one value. Any thread.

#include <optional>
#include <string>
#include <string_view>

namespace resalehub {

std::string to_base64url(std::string_view bytes);

/// Nothing for padding, white space, another alphabet, or last bits that are not zero.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace resalehub
