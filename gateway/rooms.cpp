#include "gateway/handlers.hpp"

#include "actors/listing.hpp"
#include "actors/room.hpp"
#include "actors/row_key.hpp"
#include "gateway/bodies.hpp"
#include "gateway/exchange.hpp"
#include "gateway/facts.hpp"
#include "gateway/idempotency.hpp"
#include "gateway/lists.hpp"
#include "gateway/room_posts.hpp"

namespace resalehub {

namespace bodies {
const body_kind room = body_kind_of<room::open_body>();
const body_kind message = body_kind_of<room::post_body>();
const body_kind read_mark = body_kind_of<room::mark_read_body>();
}  // namespace bodies

namespace shapes {
const answer_kind room = answer_kind_of<room::view>();
const answer_kind message = answer_kind_of<room::message>();
const answer_kind message_page = page_kind_of<room::message>();
}  // namespace shapes

ask post_to_room(const secret_key& fingerprint_key, const room_id& room, const user_id& sender,
                 const room::post_body& body) {
  ask out;
  out.to = room;
  out.by = sender;
  out.mode = ask_mode::keyed;
  out.request =
      derived_request("message", to_text(room), to_text(sender), body.client_msg_id.value);
  out.fingerprint = fingerprint_of(fingerprint_key, to_json(body));
  out.body = packed(room::command{room::post{body.client_msg_id.value, body.text.value}});
  return out;
}

task<result<http_response>> open_room(exchange& x) {
  const auto about = named<listing_id>(x.body<room::open_body>().listing_id);
  if (!about) co_return about.problem();
  const auto id = room::id_for(x.user(), *about);
  user_id seller;
  // An existing room needs no facts, for it may be older than the listing's end, and no permit.
  auto existing = co_await x.ask_one(x.query<room::query>(id, room::read{}));
  if (!existing) {
    if (existing.problem().code != code::not_found) co_return std::move(existing).problem();
    const auto quote = co_await quote_of(x, *about);
    if (!quote) co_return quote.problem();
    seller = quote->seller_id;
    const auto permit = co_await take_permit(x.here, rate_class::room_opening, to_text(x.user()));
    if (!permit.allowed) co_return rate_refusal(permit);
  }
  co_return entity_response(
      co_await x.ask_one(x.command<room::command>(id, room::open{*about, seller})));
}

task<result<http_response>> read_room(exchange& x) {
  auto id = x.place<room_id>();
  if (!id) co_return std::move(id).problem();
  co_return entity_response(co_await x.ask_one(x.query<room::query>(*id, room::read{})));
}

task<result<http_response>> post_message(exchange& x) {
  auto id = x.place<room_id>();
  if (!id) co_return std::move(id).problem();
  auto request = post_to_room(x.shared().keys.fingerprint, *id, x.user(),
                              x.body<room::post_body>());
  request.deadline = x.deadline;
  request.trace = x.request.trace;
  request.expected_version = x.expected_version;
  auto answered = co_await x.ask_one(std::move(request));
  if (!answered) co_return std::move(answered).problem();
  const bool repeated = answered->replayed;
  auto out = json_response(repeated ? 200 : 201, std::move(answered->bytes));
  if (repeated) out.fields.emplace_back("Idempotent-Replayed", "true");
  co_return out;
}

task<result<http_response>> mark_room_read(exchange& x) {
  auto id = x.place<room_id>();
  if (!id) co_return std::move(id).problem();
  const auto seq = static_cast<std::uint64_t>(x.body<room::mark_read_body>().seq.value);
  co_return entity_response(
      co_await x.ask_one(x.command<room::command>(*id, room::mark_read{seq})));
}

task<result<http_response>> list_messages(exchange& x) {
  auto id = x.place<room_id>();
  if (!id) co_return std::move(id).problem();
  const auto after = x.given.whole("after_seq");
  const auto before = x.given.whole("before_seq");
  if (after && before)
    co_return problem{code::invalid_parameter, "Either after_seq or before_seq, not both."};
  auto wanted = page_of(x);
  if (!wanted) co_return std::move(wanted).problem();
  auto member = co_await x.ask_one(x.query<room::query>(*id, room::read_membership{}));
  if (!member) co_return std::move(member).problem();
  listing_plan plan{.index = room::messages_index(*id), .place = id->slot};
  plan.descending = before.has_value();
  plan.from = row_key::ascending(static_cast<std::uint64_t>(after.value_or(0)) + 1);
  if (before) {
    plan.from.clear();
    plan.to = row_key::ascending(static_cast<std::uint64_t>(*before));
  }
  auto rows =
      co_await x.here.asks->rows(scan_after(x, plan, wanted->after, wanted->limit + 1));
  if (!rows) co_return std::move(rows).problem();
  const bool more = rows->size() > wanted->limit;
  if (more) rows->resize(wanted->limit);
  std::vector<std::string> items;
  for (auto& row : *rows) items.push_back(std::move(row.value));
  co_return list_response(x, items, more ? rows->back().key : std::string{});
}

}  // namespace resalehub
