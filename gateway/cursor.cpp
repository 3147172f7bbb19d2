#include "gateway/cursor.hpp"

namespace resalehub {
namespace {

constexpr std::size_t scope_size = 16;
constexpr std::size_t head_size = 8 + scope_size;
constexpr std::size_t cursor_size_max = 2048;

}  // namespace

std::string issue_cursor(const secret_key& key, std::string_view scope, std::string_view last_key,
                         instant expires_at) {
  std::string message;
  append_u64(message, static_cast<std::uint64_t>(expires_at.unix_ms));
  message += mac_of(key, scope);
  message += last_key;
  return sealed(key, message);
}

result<std::string> read_cursor(const secret_key& key, std::string_view scope,
                                std::string_view text, instant now) {
  const problem refused{code::invalid_cursor, "The cursor does not belong to this list."};
  std::string message;
  if (text.size() > cursor_size_max || !unsealed(key, text, message) ||
      message.size() < head_size)
    return refused;
  if (!same_bytes(std::string_view{message}.substr(8, scope_size), mac_of(key, scope)))
    return refused;
  if (now.unix_ms >= static_cast<std::int64_t>(u64_at(message, 0)))
    return problem{code::cursor_expired, "The cursor has expired: start the list again."};
  return message.substr(head_size);
}

}  // namespace resalehub
