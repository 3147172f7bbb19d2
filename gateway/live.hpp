#pragma once
/// Who watches which channel, of one loop; and what is pushed to them: one text, encoded once, its
/// bytes shared by all who get it. Confined to its loop but for `watchers`.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "actors/ids.hpp"
#include "base/entity.hpp"
#include "gateway/access_token.hpp"

namespace resalehub {

/// A push as it goes over the wire.
struct live_frame {
  std::string channel;
  std::uint64_t sequence = 0;  ///< zero for what has no place in the channel's dense sequence
  std::shared_ptr<const std::string> text;
};
using live_frames = std::vector<live_frame>;

live_frame frame_of(const push& one, instant now);

struct watched_channel {
  std::string channel;
  std::uint64_t delivered = 0;
};

/// One connection, as its channels see it.
class live_watcher {
 public:
  virtual ~live_watcher() = default;
  virtual void take(const live_frame& frame) = 0;
  /// Its session or its token has ended: it closes.
  virtual void end(std::string_view why) = 0;
  virtual const session_claims& claims() const = 0;
  /// What it watches, and how far each channel has come to it.
  virtual std::vector<watched_channel> watched() const { return {}; }
  /// The channel has come to `head`: what is missing is read and said.
  virtual void catch_up(const std::string&, std::uint64_t) {}
};

class live_channels {
 public:
  using watcher = std::shared_ptr<live_watcher>;

  void join(watcher who);
  void leave(const watcher& who);
  void watch(const std::string& channel, watcher who);
  void unwatch(const std::string& channel, const watcher& who);

  void publish(const live_frames& batch);
  void end_session(const user_id& user, std::uint64_t session);

  std::vector<watcher> everybody() const { return {members_.begin(), members_.end()}; }
  std::size_t channels() const { return by_channel_.size(); }
  /// How many connections there are. Any thread.
  std::size_t watchers() const { return count_.load(std::memory_order_relaxed); }

 private:
  std::unordered_map<std::string, std::vector<watcher>> by_channel_;
  std::unordered_set<watcher> members_;
  std::atomic<std::size_t> count_{0};
};

}  // namespace resalehub
