#pragma once
/// What one live connection holds: its outlet, its subscriptions, how often it erred. The
/// protocol's verbs stand in live_session.cpp and live_rooms.cpp. Confined to its loop.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "gateway/application.hpp"
#include "gateway/live_messages.hpp"
#include "gateway/loop_state.hpp"

namespace resalehub {

class live_connection final : public live_watcher,
                              public std::enable_shared_from_this<live_connection> {
 public:
  live_connection(loop_state& here, session_claims claims);

  // -- from the edge ---------------------------------------------------------------------------
  void opened(std::shared_ptr<websocket_outlet> outlet);
  task<void> receive(std::string_view text);
  void draining();
  void closed();

  // -- from the channels -----------------------------------------------------------------------
  void take(const live_frame& frame) override;
  void end(std::string_view why) override;
  const session_claims& claims() const override { return claims_; }
  std::vector<watched_channel> watched() const override;
  void catch_up(const std::string& channel, std::uint64_t head) override;

 private:
  using refusal = std::optional<problem>;
  using verb = task<refusal> (live_connection::*)(const live_envelope&);
  struct verb_row {
    std::string_view type;
    verb act;
  };
  static const verb_row* verb_of(std::string_view type);

  /// A channel that is watched: what comes live waits while older things are replayed.
  struct subscription {
    std::uint64_t delivered = 0;
    bool replaying = false;
    std::uint64_t replays = 0;  ///< begun: the newest one alone ends
    live_frames waiting;
  };
  struct watch_request {
    room_id room;
    std::string_view ref;
    std::optional<std::int64_t> after;  ///< nothing: only what comes
  };
  struct replay_range {
    room_id room;
    std::uint64_t after = 0;
    std::uint64_t head = 0;
  };
  struct history {
    std::vector<std::string> newest_first;  ///< messages
    std::uint64_t lowest = 0;               ///< sequence of the last of them
  };

  // verbs
  task<refusal> say_hello(const live_envelope& from);
  task<refusal> subscribe(const live_envelope& from);
  task<refusal> unsubscribe(const live_envelope& from);
  task<refusal> resume(const live_envelope& from);
  task<refusal> send_chat(const live_envelope& from);
  task<refusal> mark_read(const live_envelope& from);
  task<refusal> pong(const live_envelope& from);

  // rooms
  task<refusal> watch_room(const std::string& channel, std::optional<std::int64_t> after,
                           std::string_view ref);
  task<refusal> resume_all(std::map<std::string, std::int64_t> channels, std::string_view ref);
  task<result<std::uint64_t>> head_of(room_id room);
  task<result<history>> history_of(replay_range range);
  task<refusal> replay_from(const std::string& channel, watch_request wanted);
  void replay(const std::string& channel, const replay_range& range, const history& found);
  void begin_catching_up(const std::string& channel, subscription& there);
  static task<void> catch_up_with(std::shared_ptr<live_connection> self, std::string channel);
  void flush(const std::string& channel);
  void stop_watching(const std::string& channel);
  void count_foreign(const std::string& channel);

  // words
  void say(const live_outgoing& what);
  void refuse(const live_place& where, const problem& why);
  void count_error();
  void close(std::uint16_t why, std::string_view reason);
  bool within_rate(std::string_view text);
  ask asking(entity_id to, ask_mode mode, std::string body) const;

  loop_state& here_;
  session_claims claims_;
  std::string name_;  ///< told as `session`, and in problems
  std::string trace_;
  std::shared_ptr<websocket_outlet> outlet_;
  std::map<std::string, subscription> subscriptions_;
  std::set<std::string> refused_;  ///< channels that it may not watch, and was told so
  bool greeted_ = false;
  bool closing_ = false;  ///< it was told to go: nothing more is asked for it
  std::int64_t errors_ = 0;
  std::int64_t rate_errors_ = 0;
  std::int64_t rate_error_us_ = 0;  ///< when the last of them was
};

}  // namespace resalehub
