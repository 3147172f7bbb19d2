// Rooms over a live connection: registered first, then what is older, then what waited, so that
// nothing is missed and nothing comes twice.

#include "actors/room.hpp"
#include "actors/row_key.hpp"
#include "base/message_pack.hpp"
#include "gateway/handlers.hpp"
#include "gateway/live_connection.hpp"
#include "gateway/room_posts.hpp"

namespace resalehub {
namespace {

constexpr std::uint16_t forbidden = 4403;
constexpr std::uint32_t replay_page = 200;
constexpr std::size_t replay_messages_max = 1'000;
constexpr std::size_t replay_bytes_max = 512 * 1024;  ///< half of what an outlet may hold

problem too_many_channels() {
  return {code::limit_exceeded, "A connection watches no more channels than this."};
}
problem no_channel() { return {code::not_found, "There is no such channel for you."}; }

std::optional<room_id> room_of(std::string_view channel) {
  constexpr std::string_view prefix = "room:";
  if (!channel.starts_with(prefix)) return std::nullopt;
  return id_from_text<room_id>(channel.substr(prefix.size()));
}

std::string number(std::uint64_t value) { return std::to_string(value); }

}  // namespace

// -- subscriptions --------------------------------------------------------------------------------

task<live_connection::refusal> live_connection::subscribe(const live_envelope& from) {
  auto read = read_subscribe(from);
  if (!read) co_return std::move(read).problem();
  co_return co_await watch_room(channel_of(from), read->after_seq, id_of(from));
}

task<live_connection::refusal> live_connection::unsubscribe(const live_envelope& from) {
  auto read = read_nothing(from);
  if (!read) co_return std::move(read).problem();
  const auto channel = channel_of(from);
  if (!subscriptions_.contains(channel)) co_return no_channel();
  stop_watching(channel);
  say({.type = "unsubscribed", .ref = id_of(from), .channel = channel});
  co_return std::nullopt;
}

task<live_connection::refusal> live_connection::resume(const live_envelope& from) {
  auto read = read_resume(from);
  if (!read) co_return std::move(read).problem();
  if (read->channels.empty()) say({.type = "resumed", .ref = id_of(from)});
  co_return co_await resume_all(read->channels, id_of(from));
}

/// Each channel for itself: what is wrong with one keeps none of the others back.
task<live_connection::refusal> live_connection::resume_all(
    std::map<std::string, std::int64_t> channels, std::string_view ref) {
  if (channels.size() > here_.shared.options.subscriptions_max) co_return too_many_channels();
  for (const auto& [channel, last] : channels) {
    const auto why = co_await watch_room(channel, last, ref);
    if (closing_) break;
    if (!why) say({.type = "resumed", .ref = ref, .channel = channel});
    else refuse({.ref = ref, .channel = channel}, *why);
  }
  co_return std::nullopt;
}

void live_connection::stop_watching(const std::string& channel) {
  here_.channels.unwatch(channel, shared_from_this());
  subscriptions_.erase(channel);
}

task<live_connection::refusal> live_connection::watch_room(const std::string& channel,
                                                           std::optional<std::int64_t> after,
                                                           std::string_view ref) {
  const bool watched = subscriptions_.contains(channel);
  if (!watched && subscriptions_.size() >= here_.shared.options.subscriptions_max)
    co_return too_many_channels();
  const auto room = room_of(channel);
  refusal why = no_channel();
  if (room) {
    auto& there = subscriptions_[channel];
    there.replaying = true;
    ++there.replays;
    here_.channels.watch(channel, shared_from_this());
    const watch_request wanted{.room = *room, .ref = ref, .after = after};
    why = co_await replay_from(channel, wanted);
  }
  const bool foreign = why && why->code == code::not_found;
  // A watch that was there goes on as it was, unless the room is no longer this one's.
  if (why && (!watched || foreign)) stop_watching(channel);
  flush(channel);
  if (foreign) count_foreign(channel);
  co_return why;
}

/// Who asks again after the refusal, or tries many, looks for what is not theirs.
void live_connection::count_foreign(const std::string& channel) {
  const bool again = !refused_.insert(channel).second;
  const auto most = static_cast<std::size_t>(here_.shared.options.live_errors_max);
  if (again || refused_.size() >= most) close(forbidden, "forbidden");
}

task<live_connection::refusal> live_connection::replay_from(const std::string& channel,
                                                            watch_request wanted) {
  const auto head = co_await head_of(wanted.room);
  if (!head) {
    if (head.problem().code == code::not_found) co_return no_channel();
    co_return head.problem();
  }
  const auto after = wanted.after.value_or(static_cast<std::int64_t>(*head));
  if (after < 0 || static_cast<std::uint64_t>(after) > *head)
    co_return problem{code::invalid_sequence, "The sequence is not one of this channel."};
  const replay_range range{
      .room = wanted.room, .after = static_cast<std::uint64_t>(after), .head = *head};
  auto found = co_await history_of(range);
  if (!found) co_return std::move(found).problem();
  say({.type = "subscribed",
       .ref = wanted.ref,
       .channel = channel,
       .body = R"({"head_seq":)" + number(*head) + "}"});
  replay(channel, range, *found);
  co_return std::nullopt;
}

task<result<std::uint64_t>> live_connection::head_of(room_id room) {
  auto answered = co_await here_.asks->one(
      asking(room, ask_mode::query, packed(room::query{room::read_membership{}})));
  if (!answered) co_return std::move(answered).problem();
  room::membership membership;
  if (!unpack(answered->bytes, membership))
    co_return problem{code::internal, "An answer inside the node could not be read."};
  co_return membership.last_seq;
}

// -- what is older --------------------------------------------------------------------------------

task<result<live_connection::history>> live_connection::history_of(replay_range range) {
  history out{.lowest = range.head + 1};
  std::size_t bytes = 0;
  while (out.lowest > range.after + 1) {
    scan page;
    page.index = room::messages_index(range.room);
    page.from = row_key::ascending(range.after + 1);
    page.to = row_key::ascending(out.lowest);
    page.descending = true;
    page.limit = replay_page;
    page.place = range.room.slot;
    page.deadline = here_.shared.deadline();
    auto rows = co_await here_.asks->rows(std::move(page));
    if (!rows) co_return std::move(rows).problem();
    if (rows->empty()) break;
    for (auto& row : *rows) {
      bytes += row.value.size();
      if (bytes > replay_bytes_max || out.newest_first.size() >= replay_messages_max)
        co_return out;
      out.lowest = row_key::number_of(row.key).value_or(out.lowest);
      out.newest_first.push_back(std::move(row.value));
    }
  }
  co_return out;
}

void live_connection::replay(const std::string& channel, const replay_range& range,
                             const history& found) {
  if (found.lowest > range.after + 1)
    say({.type = "gap",
         .channel = channel,
         .body = R"({"from":)" + number(range.after + 1) + R"(,"to":)" +
                 number(found.lowest - 1) + R"(,"fetch_url":"/v1/rooms/)" +
                 to_text(range.room) + "/messages?after_seq=" + number(range.after) + R"("})"});
  auto sequence = found.lowest;
  for (auto one = found.newest_first.rbegin(); one != found.newest_first.rend(); ++one)
    say({.type = chat_message_type,
         .channel = channel,
         .sequence = sequence++,
         .at = here_.shared.now(),
         .body = *one});
  if (const auto there = subscriptions_.find(channel); there != subscriptions_.end())
    there->second.delivered = range.head;
}

void live_connection::flush(const std::string& channel) {
  const auto found = subscriptions_.find(channel);
  if (found == subscriptions_.end()) return;
  found->second.replaying = false;
  for (const auto& frame : std::exchange(found->second.waiting, {})) take(frame);
}

// -- talking --------------------------------------------------------------------------------------

task<live_connection::refusal> live_connection::send_chat(const live_envelope& from) {
  auto read = read_post(from);
  if (!read) co_return std::move(read).problem();
  const auto room = room_of(channel_of(from));
  if (!room) co_return no_channel();
  const auto permit = co_await take_permit(here_, rate_class::chat, to_text(claims_.user));
  if (!permit.allowed) co_return rate_refusal(permit);
  auto request = post_to_room(here_.shared.keys.fingerprint, *room, claims_.user, *read);
  request.deadline = here_.shared.deadline();
  request.trace = trace_;
  auto answered = co_await here_.asks->one(std::move(request));
  if (!answered) co_return std::move(answered).problem();
  const auto message = from_json<room::message>(answered->bytes);
  if (!message) co_return problem{code::internal, "A stored message could not be read."};
  say({.type = "ack",
       .ref = id_of(from),
       .channel = channel_of(from),
       .body = R"({"message_id":")" + to_text(message->id) + R"(","seq":)" +
               number(message->seq) + R"(,"status":"sent"})"});
  co_return std::nullopt;
}

task<live_connection::refusal> live_connection::mark_read(const live_envelope& from) {
  auto read = resalehub::read_mark(from);
  if (!read) co_return std::move(read).problem();
  const auto room = room_of(channel_of(from));
  if (!room) co_return no_channel();
  const auto seq = static_cast<std::uint64_t>(read->seq.value);
  auto answered = co_await here_.asks->one(
      asking(*room, ask_mode::command, packed(room::command{room::mark_read{seq}})));
  if (!answered) co_return std::move(answered).problem();
  say({.type = "ack",
       .ref = id_of(from),
       .channel = channel_of(from),
       .body = R"({"seq":)" + number(seq) + R"(,"status":"read"})"});
  co_return std::nullopt;
}

}  // namespace resalehub
