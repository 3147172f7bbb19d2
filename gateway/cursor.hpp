#pragma once
/// Cursors of lists: the last key that was given, sealed, bound to the list's scope (route,
/// filters, sort, caller) and ending after a while. Pure functions, any thread.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "gateway/secrets.hpp"

namespace resalehub {

/// `last_key` is where the page ended: the next one begins behind it.
std::string issue_cursor(const secret_key& key, std::string_view scope, std::string_view last_key,
                         instant expires_at);

/// The last key. invalid_cursor for what is altered or another list's, cursor_expired when late.
result<std::string> read_cursor(const secret_key& key, std::string_view scope,
                                std::string_view text, instant now);

}  // namespace resalehub
