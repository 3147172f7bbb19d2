#include "actors/room.hpp"

#include "actors/refusals.hpp"
#include "actors/row_key.hpp"
#include "base/json.hpp"
#include "base/typed_entity.hpp"

namespace resalehub::room {

room_id id_for(const user_id& buyer, const listing_id& about) {
  return {buyer.slot, derived_ulid("room", to_text(buyer), to_text(about))};
}

std::string messages_index(const room_id& room) { return "messages/" + to_text(room); }

std::string channel(const room_id& room) { return "room:" + to_text(room); }

// -- the machine ----------------------------------------------------------------------------------

namespace {

enum class action { open, post, mark_read };
BOOST_DESCRIBE_ENUM(action, open, post, mark_read)

constexpr auto table = machine_of<phase, action>(
    "room", {{phase::absent, action::open, party::buyer, phase::open},
             {phase::open, action::post, party::member, phase::open},
             {phase::open, action::mark_read, party::member, phase::open}});

using decided = result<decision<event>>;

bool is_member(const state& s, const entity_id& who) {
  return s.phase != phase::absent && (who == s.buyer || who == s.seller);
}

std::uint64_t read_seq_of(const state& s, const entity_id& member) {
  return member == s.buyer ? s.buyer_read_seq : s.seller_read_seq;
}

// -- decide ---------------------------------------------------------------------------------------

decided on(const state& s, const open& c, const context& ctx) {
  if (s.phase != phase::absent) {
    if (ctx.by == s.buyer) return decision<event>{};
    return nothing_here();
  }
  if (!user_id::holds(ctx.by)) return nothing_here();
  if (ctx.by == c.seller)
    return problem{code::forbidden, "a seller cannot open a room with themselves"};
  if (auto to = table.next(s.phase, action::open, party::buyer); !to) return to.problem();
  return decision<event>{{opened{room_id{ctx.self}, c.about, user_id{ctx.by}, c.seller}},
                         {shown{}, true}};
}

decided on(const state& s, const post& c, const context& ctx) {
  if (auto to = table.next(s.phase, action::post, party::member); !to) return to.problem();
  const message made{ctx.fresh<message_id>(s.id.slot), s.id, s.last_seq + 1, user_id{ctx.by},
                     c.client_msg_id, c.text, ctx.now};
  auto json = to_json(made);
  decision<event> d;
  d.events.push_back(posted{made.id, made.seq, made.sender_id});
  d.reply = {kept{}, true};
  d.effects.push_back(keep_row{messages_index(s.id), row_key::ascending(made.seq), json});
  d.effects.push_back(push{channel(s.id), made.seq, "chat.message", std::move(json)});
  return d;
}

decided on(const state& s, const mark_read& c, const context& ctx) {
  if (auto to = table.next(s.phase, action::mark_read, party::member); !to) return to.problem();
  if (c.seq > s.last_seq)
    return problem{code::invalid_sequence, "this room has no such message yet"}.with(
        "last_seq", static_cast<std::int64_t>(s.last_seq));
  if (c.seq <= read_seq_of(s, ctx.by)) return decision<event>{};
  decision<event> d;
  d.events.push_back(read_marked{user_id{ctx.by}, c.seq});
  d.effects.push_back(push{channel(s.id), 0, "chat.read",
                           to_json(receipt{s.id, user_id{ctx.by}, c.seq})});
  return d;
}

}  // namespace

result<decision<event>> decide(const state& s, const command& c, const context& ctx) {
  return std::visit(
      [&]<class Command>(const Command& one) -> decided {
        if constexpr (!std::is_same_v<Command, open>)
          if (!is_member(s, ctx.by)) return nothing_here();
        return on(s, one, ctx);
      },
      c);
}

// -- apply ----------------------------------------------------------------------------------------

namespace {

void mark(state& s, const user_id& member, std::uint64_t seq) {
  (member == s.buyer ? s.buyer_read_seq : s.seller_read_seq) = seq;
}

void fold(state& s, const opened& e) {
  s.id = e.id;
  s.about = e.about;
  s.buyer = e.buyer;
  s.seller = e.seller;
  s.phase = phase::open;
}
void fold(state& s, const posted& e) {
  // One's own message is read when all before it is.
  if (read_seq_of(s, e.sender) == s.last_seq) mark(s, e.sender, e.seq);
  s.last_seq = e.seq;
}
void fold(state& s, const read_marked& e) { mark(s, e.member, e.seq); }

}  // namespace

void apply(state& s, const event& e) {
  std::visit([&](const auto& one) { fold(s, one); }, e);
  ++s.version;
}

// -- ask, show, index -----------------------------------------------------------------------------

namespace {

result<answer> read_as(const state& s, const read&, const context& ctx) {
  return answer{show(s, ctx.by), false, s.version, false};
}
result<answer> read_as(const state& s, const read_membership&, const context&) {
  return answer{packed(membership{s.last_seq}), false, s.version, false};
}

}  // namespace

result<answer> ask(const state& s, const query& q, const context& ctx) {
  if (!is_member(s, ctx.by)) return nothing_here();
  return std::visit([&](const auto& one) { return read_as(s, one, ctx); }, q);
}

std::string show(const state& s, const entity_id& viewer) {
  const auto read = read_seq_of(s, viewer);
  return to_json(view{s.id, {s.buyer, s.seller}, {s.about}, s.last_seq, read, s.last_seq - read,
                      s.version});
}

void index(const state&, std::vector<index_row>&) {}

drawn_machine drawn() { return table.drawn(); }

// -- kind -----------------------------------------------------------------------------------------

inline constexpr rules_of<state, command, event, query> rules{decide, apply, ask, show, index};

const entity_kind& kind() {
  static const auto made = make_kind<state, command, event, query, rules>(room_id::kind, "room");
  return made;
}

}  // namespace resalehub::room
