// What a live connection missed, because the way to it broke: found by a jump in a channel's
// sequence, or by comparing, and read from the store.

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

#include "actors/room.hpp"
#include "base/message_pack.hpp"
#include "gateway/handlers.hpp"
#include "gateway/live_connection.hpp"
#include "gateway/live_session.hpp"

namespace resalehub {
namespace {

constexpr std::uint16_t service_restart = 1012;
constexpr std::size_t compared_at_once = 256;

struct comparison {
  live_channels::watcher who;
  watched_channel what;
  ask question;
};

std::optional<room_id> room_in(std::string_view channel) {
  constexpr std::string_view prefix = "room:";
  if (!channel.starts_with(prefix)) return std::nullopt;
  return id_from_text<room_id>(channel.substr(prefix.size()));
}

std::vector<comparison> comparisons_of(loop_state& here) {
  std::vector<comparison> all;
  for (const auto& who : here.channels.everybody())
    for (auto& what : who->watched()) {
      const auto room = room_in(what.channel);
      if (!room) continue;
      ask question;
      question.to = *room;
      question.by = who->claims().user;
      question.mode = ask_mode::query;
      question.body = packed(room::query{room::read_membership{}});
      all.push_back({who, std::move(what), std::move(question)});
    }
  return all;
}

/// What nobody could be asked about is refused to its connection, which comes again and resumes.
void conclude(const comparison& one, const result<answer>& answered) {
  room::membership now;
  if (answered && unpack(answered->bytes, now) && now.last_seq > one.what.delivered)
    one.who->catch_up(one.what.channel, now.last_seq);
  else if (!answered && answered.problem().retryable())
    one.who->catch_up(one.what.channel, one.what.delivered + 1);
}

task<void> compare_once(loop_state& here) {
  const auto all = comparisons_of(here);
  for (std::size_t first = 0; first < all.size(); first += compared_at_once) {
    const auto count = std::min(compared_at_once, all.size() - first);
    std::vector<ask> questions;
    for (std::size_t i = 0; i < count; ++i) {
      questions.push_back(all[first + i].question);
      questions.back().deadline = here.shared.deadline();
    }
    const auto answers = co_await here.asks->all(std::move(questions));
    for (std::size_t i = 0; i < count; ++i) conclude(all[first + i], answers[i]);
  }
}

task<void> compare_until_quiet(loop_state& here) {
  while (here.comparisons_due > 0) {
    here.comparisons_due = 1;
    co_await compare_once(here);
    --here.comparisons_due;
  }
}

}  // namespace

void compare_channels(loop_state& here) {
  const bool runs = here.comparisons_due > 0;
  here.comparisons_due = runs ? 2 : 1;
  if (!runs)
    boost::asio::co_spawn(here.executor, compare_until_quiet(here), boost::asio::detached);
}

std::vector<watched_channel> live_connection::watched() const {
  std::vector<watched_channel> all;
  for (const auto& [channel, there] : subscriptions_)
    if (!there.replaying) all.push_back({channel, there.delivered});
  return all;
}

void live_connection::catch_up(const std::string& channel, std::uint64_t head) {
  const auto found = subscriptions_.find(channel);
  if (found == subscriptions_.end() || found->second.replaying) return;
  if (head > found->second.delivered) begin_catching_up(channel, found->second);
}

/// What comes live waits meanwhile.
void live_connection::begin_catching_up(const std::string& channel, subscription& there) {
  there.replaying = true;
  ++there.replays;
  boost::asio::co_spawn(here_.executor, catch_up_with(shared_from_this(), channel),
                        boost::asio::detached);
}

/// A subscription that was made anew meanwhile reads for itself. Who cannot be helped comes again.
task<void> live_connection::catch_up_with(std::shared_ptr<live_connection> self,
                                          std::string channel) {
  const auto begun = self->subscriptions_.find(channel);
  if (begun == self->subscriptions_.end()) co_return;
  const auto replays = begun->second.replays;
  const auto room = room_in(channel);
  check(room.has_value(), "what has a sequence is a room");
  replay_range range{.room = *room, .after = begun->second.delivered};
  const auto head = co_await self->head_of(*room);
  result<history> found = problem{code::shard_unavailable, "The room cannot be read now."};
  if (head) {
    range.head = *head;
    found = co_await self->history_of(range);
  }
  const auto now = self->subscriptions_.find(channel);
  if (now == self->subscriptions_.end() || now->second.replays != replays) co_return;
  if (found && range.head >= range.after) self->replay(channel, range, *found);
  else self->close(service_restart, "service_restart");
  self->flush(channel);
}

}  // namespace resalehub
