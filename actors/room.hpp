#pragma once
/// A conversation of a buyer with a seller about a listing. The state holds no messages: each is a
/// kept row, numbered 1, 2, 3, ... without a gap, and is pushed to whoever watches the room.

#include <string>
#include <variant>
#include <vector>

#include "actors/ids.hpp"
#include "actors/machine.hpp"
#include "base/entity_kind.hpp"

namespace resalehub::room {

/// One room for a buyer and a listing, in the buyer's place.
room_id id_for(const user_id& buyer, const listing_id& about);

/// Messages in the room's partition: key ascending(seq), value the message's JSON.
std::string messages_index(const room_id& room);
/// Of pushes: "room:<id>".
std::string channel(const room_id& room);

// -- bodies ---------------------------------------------------------------------------------------

struct open_body {
  id_text listing_id;
};
struct post_body {
  resalehub::text<1, 64, text_form::opaque> client_msg_id;
  resalehub::text<1, 4000, text_form::paragraph> text;
};
struct mark_read_body {
  whole<0, 9'007'199'254'740'991> seq;
};
RESALEHUB_DESCRIBE(open_body, listing_id)
RESALEHUB_DESCRIBE(post_body, client_msg_id, text)
RESALEHUB_DESCRIBE(mark_read_body, seq)

// -- state ----------------------------------------------------------------------------------------

enum class phase { absent, open };
BOOST_DESCRIBE_ENUM(phase, absent, open)

struct state {
  room_id id;
  room::phase phase = phase::absent;
  listing_id about;
  user_id buyer;
  user_id seller;
  std::uint64_t last_seq = 0;
  std::uint64_t buyer_read_seq = 0;
  std::uint64_t seller_read_seq = 0;
  std::uint64_t version = 0;
};
RESALEHUB_DESCRIBE(state, id, phase, about, buyer, seller, last_seq, buyer_read_seq,
                   seller_read_seq, version)

// -- commands -------------------------------------------------------------------------------------

/// By the buyer -> JSON view; created the first time. `seller` comes from the listing's quote.
struct open {
  listing_id about;
  user_id seller;
};
/// By a member -> JSON message, created; a repetition is met by its request (see the gateway).
struct post {
  std::string client_msg_id;
  std::string text;
};
struct mark_read {  ///< by a member -> JSON view; never goes back
  std::uint64_t seq = 0;
};
using command = std::variant<open, post, mark_read>;
RESALEHUB_DESCRIBE(open, about, seller)
RESALEHUB_DESCRIBE(post, client_msg_id, text)
RESALEHUB_DESCRIBE(mark_read, seq)

// -- events ---------------------------------------------------------------------------------------

struct opened {
  room_id id;
  listing_id about;
  user_id buyer;
  user_id seller;
};
struct posted {  ///< the message itself is its row
  message_id id;
  std::uint64_t seq = 0;
  user_id sender;
};
struct read_marked {
  user_id member;
  std::uint64_t seq = 0;
};
using event = std::variant<opened, posted, read_marked>;
RESALEHUB_DESCRIBE(opened, id, about, buyer, seller)
RESALEHUB_DESCRIBE(posted, id, seq, sender)
RESALEHUB_DESCRIBE(read_marked, member, seq)

// -- queries: by a member -------------------------------------------------------------------------

struct read {};             ///< -> JSON view
struct read_membership {};  ///< -> [mp] membership: may watch
using query = std::variant<read, read_membership>;
RESALEHUB_DESCRIBE(read)
RESALEHUB_DESCRIBE(read_membership)

// -- views ----------------------------------------------------------------------------------------

struct context_view {
  resalehub::listing_id listing_id;
};
struct view {
  room_id id;
  std::vector<user_id> participants;
  context_view context;
  std::uint64_t last_seq = 0;
  std::uint64_t read_seq = 0;
  std::uint64_t unread = 0;
  std::uint64_t version = 0;
};
struct message {
  message_id id;
  resalehub::room_id room_id;
  std::uint64_t seq = 0;
  user_id sender_id;
  std::string client_msg_id;
  std::string text;
  instant created_at;
};
struct receipt {  ///< chat.read: how far a member has read
  resalehub::room_id room_id;
  user_id reader_id;
  std::uint64_t seq = 0;
};
struct membership {
  std::uint64_t last_seq = 0;
};
RESALEHUB_DESCRIBE(context_view, listing_id)
RESALEHUB_DESCRIBE(view, id, participants, context, last_seq, read_seq, unread, version)
RESALEHUB_DESCRIBE(receipt, room_id, reader_id, seq)
RESALEHUB_DESCRIBE(message, id, room_id, seq, sender_id, client_msg_id, text, created_at)
RESALEHUB_DESCRIBE(membership, last_seq)

// -- rules ----------------------------------------------------------------------------------------

result<decision<event>> decide(const state& s, const command& c, const context& ctx);
void apply(state& s, const event& e);
result<answer> ask(const state& s, const query& q, const context& ctx);
std::string show(const state& s, const entity_id& viewer);
void index(const state& s, std::vector<index_row>& rows);
const entity_kind& kind();
drawn_machine drawn();

}  // namespace resalehub::room
