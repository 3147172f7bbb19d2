#pragma once
/// WebSocket tickets: who, which session, until when, sealed; each is good once. The used ones are
/// remembered until they would have expired anyway. `used_tickets` is confined to one loop.

#include <deque>
#include <string>
#include <string_view>
#include <unordered_set>

#include "gateway/access_token.hpp"

namespace resalehub {

/// `nonce` makes two tickets of one session differ.
std::string issue_ticket(const secret_key& key, const session_claims& claims, std::uint64_t nonce,
                         instant expires_at);
/// unauthenticated for what is not ours or has expired. `expires_at` is the ticket's.
result<session_claims> read_ticket(const secret_key& key, std::string_view ticket, instant now);

class used_tickets {
 public:
  explicit used_tickets(std::size_t tickets_max) : tickets_max_(tickets_max) {}
  /// False when it was used before, or when too many are remembered to be sure.
  bool use(std::string_view ticket, instant expires_at, instant now);
  std::size_t size() const { return used_.size(); }

 private:
  struct entry {
    instant expires_at;
    std::string ticket;
  };
  std::size_t tickets_max_;
  std::unordered_set<std::string> used_;
  std::deque<entry> by_time_;
};

}  // namespace resalehub
