#include "gateway/session_cache.hpp"

#include <sodium.h>

#include <algorithm>
#include <utility>

namespace resalehub {

session_cache::session_cache(const secret_key& hash_key, std::size_t entries_max)
    : generation_max_(std::max<std::size_t>(entries_max / 2, 1)) {
  static_assert(crypto_shorthash_siphashx24_KEYBYTES == 16);
  std::copy_n(hash_key.begin(), hash_key_.size(), hash_key_.begin());
}

session_cache::key session_cache::key_of(std::string_view token) const {
  key out;
  static_assert(crypto_shorthash_siphashx24_BYTES == sizeof(out));
  crypto_shorthash_siphashx24(reinterpret_cast<unsigned char*>(out.data()),
                              reinterpret_cast<const unsigned char*>(token.data()), token.size(),
                              hash_key_.data());
  return out;
}

cached_session* session_cache::find(std::string_view token, instant now) {
  const auto wanted = key_of(token);
  auto found = young_.find(wanted);
  if (found == young_.end()) {
    auto node = old_.extract(wanted);
    if (node.empty()) return nullptr;
    if (young_.size() >= generation_max_) old_ = std::exchange(young_, {});
    found = young_.insert(std::move(node)).position;
  }
  if (now >= found->second.claims.expires_at) {
    young_.erase(found);
    return nullptr;
  }
  return &found->second;
}

cached_session& session_cache::keep(std::string_view token, cached_session session) {
  const auto wanted = key_of(token);
  old_.erase(wanted);
  if (young_.size() >= generation_max_ && !young_.contains(wanted))
    old_ = std::exchange(young_, {});
  return young_.insert_or_assign(wanted, std::move(session)).first->second;
}

void session_cache::forget(std::string_view token) {
  const auto wanted = key_of(token);
  young_.erase(wanted);
  old_.erase(wanted);
}

void session_cache::forget_session(const user_id& user, std::uint64_t session) {
  const auto ended = [&](const auto& entry) {
    return entry.second.claims.user == user && entry.second.claims.session == session;
  };
  std::erase_if(young_, ended);
  std::erase_if(old_, ended);
}

}  // namespace resalehub
