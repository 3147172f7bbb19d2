#pragma once
/// Refresh tokens: who, which session, which generation, since when, and a MAC; nothing secret is
/// stored, and the same grant gives the same token. Pure functions, any thread.

#include <optional>
#include <string>
#include <string_view>

#include "gateway/access_token.hpp"

namespace resalehub {

std::string issue_refresh_token(const secret_key& key, const session_claims& claims);
/// Nothing for what we did not issue. The user entity says whether the generation is still good.
std::optional<session_claims> read_refresh_token(const secret_key& key, std::string_view token);

}  // namespace resalehub
