#include "gateway/live.hpp"

#include <algorithm>

#include "gateway/live_messages.hpp"

namespace resalehub {

live_frame frame_of(const push& one, instant now) {
  const bool dense = one.type == chat_message_type;
  return {.channel = one.channel,
          .sequence = dense ? one.sequence : 0,
          .text = std::make_shared<const std::string>(live_text({.type = one.type,
                                                                 .channel = one.channel,
                                                                 .sequence = one.sequence,
                                                                 .at = now,
                                                                 .body = one.body}))};
}

void live_channels::join(watcher who) {
  members_.insert(std::move(who));
  count_.store(members_.size(), std::memory_order_relaxed);
}

void live_channels::leave(const watcher& who) {
  members_.erase(who);
  count_.store(members_.size(), std::memory_order_relaxed);
}

void live_channels::watch(const std::string& channel, watcher who) {
  auto& there = by_channel_[channel];
  if (std::find(there.begin(), there.end(), who) == there.end()) there.push_back(std::move(who));
}

void live_channels::unwatch(const std::string& channel, const watcher& who) {
  const auto found = by_channel_.find(channel);
  if (found == by_channel_.end()) return;
  std::erase(found->second, who);
  if (found->second.empty()) by_channel_.erase(found);
}

void live_channels::publish(const live_frames& batch) {
  for (const auto& frame : batch) {
    const auto found = by_channel_.find(frame.channel);
    if (found == by_channel_.end()) continue;
    // A copy: who cannot keep up may leave while this goes on.
    const auto there = found->second;
    for (const auto& who : there) who->take(frame);
  }
}

void live_channels::end_session(const user_id& user, std::uint64_t session) {
  for (const auto& who : everybody())
    if (who->claims().user == user && who->claims().session == session) who->end("session_revoked");
}

}  // namespace resalehub
