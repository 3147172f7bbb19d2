#include "actors/room.hpp"

#include "actors/row_key.hpp"
#include "tests/support/every_entity.hpp"

namespace resalehub::room {

using namespace given_words;

namespace {

const rules_of<state, command, event, query> rules{decide, apply, ask, show, index};
using given_room = given<state, command, event, query>;

const auto ann = nth<user_id>(1);  // sells
const auto bob = nth<user_id>(2);  // asks
const auto eve = nth<user_id>(3);
const auto bike = nth<listing_id>(1);
const auto self = id_for(bob, bike);

posted message_of(const user_id& sender, std::uint64_t seq) {
  return {nth<message_id>(static_cast<std::uint8_t>(seq)), seq, sender};
}
given_room with(std::vector<event> history) { return {rules, self, history}; }
given_room absent() { return with({}); }
given_room quiet() { return with({opened{self, bike, bob, ann}}); }
given_room of_two() {
  return with({opened{self, bike, bob, ann}, message_of(bob, 1), message_of(ann, 2)});
}

}  // namespace

TEST_CASE("a room is refused") {
  SECTION("to a seller about their own listing") {
    absent().when(ann, open{bike, ann}).refused(code::forbidden);
  }
  SECTION("to nobody") { absent().when({}, open{bike, ann}).refused(code::not_found); }
  SECTION("to those who are not its members") {
    of_two().when(eve, open{bike, ann}).refused(code::not_found);
    of_two().when(eve, post{"c1", "Hello"}).refused(code::not_found);
    of_two().when(eve, mark_read{1}).refused(code::not_found);
    CHECK(of_two().ask(eve, read{}).problem().code == code::not_found);
    CHECK(of_two().ask({}, read_membership{}).problem().code == code::not_found);
  }
  SECTION("what was not written yet cannot have been read") {
    of_two().when(ann, mark_read{3}).refused(code::invalid_sequence);
  }
}

TEST_CASE("a buyer and a listing have one room") {
  CHECK(id_for(bob, bike) == id_for(bob, bike));
  CHECK(id_for(eve, bike) != id_for(bob, bike));
  CHECK(self.slot == bob.slot);
  CHECK(
      absent().when(bob, open{bike, ann}).then(opened{self, bike, bob, ann}).made().reply.created);
  CHECK(!quiet().when(bob, open{bike, ann}).then().made().reply.created);
}

TEST_CASE("a message takes the next number, is kept and is pushed") {
  const auto d = of_two().when(bob, post{"c2", "Yes"}).then_a<posted>();
  CHECK(d.state().last_seq == 3);
  CHECK(d.made().reply.created);
  CHECK(std::holds_alternative<kept>(d.made().reply.what));
  const auto row = d.effects<keep_row>().at(0);
  const auto& json = row.value;
  CHECK(json.find(
            R"("seq":3,"sender_id":")" + to_text(bob) +
            R"(","client_msg_id":"c2","text":"Yes","created_at":"2026-01-01T12:00:00.000Z"})") !=
        std::string::npos);
  CHECK(row.index == messages_index(self));
  CHECK(row.key == row_key::ascending(3));
  const auto pushed = d.effects<push>().at(0);
  CHECK(pushed.channel == channel(self));
  CHECK(pushed.sequence == 3);
  CHECK(pushed.type == "chat.message");
  CHECK(pushed.body == json);
}

TEST_CASE("what is read stays read") {
  of_two().when(bob, mark_read{2}).then(read_marked{bob, 2});
  of_two().after(bob, mark_read{2}).when(bob, mark_read{1}).then();
}

TEST_CASE("a room is shown with what its viewer has not read") {
  CHECK(of_two().shown_to(bob) ==
        R"({"id":")" + to_text(self) + R"(","participants":[")" + to_text(bob) + R"(",")" +
            to_text(ann) + R"("],"context":{"listing_id":")" + to_text(bike) +
            R"("},"last_seq":2,"read_seq":1,"unread":1,"version":3})");
  CHECK(of_two().shown_to(ann).find(R"("read_seq":0,"unread":2)") != std::string::npos);
}

TEST_CASE("every command in every phase of a room is accepted or refused by name") {
  CHECK(matrix<given_room, command>({{"absent", absent()}, {"open", of_two()}},
                                    {{bob, open{bike, ann}}, {ann, post{"c1", "Hello"}},
                                     {bob, mark_read{2}}}) ==
        "open: ok -\n"
        "post: not_found ok\n"
        "mark_read: not_found ok\n");
}

TEST_CASE("any accepted sequence numbers a room's messages without a gap") {
  const auto draw = [](std::mt19937_64& chance, const state&) -> std::pair<entity_id, command> {
    const auto who = chance() % 2 == 0 ? ann : bob;
    if (chance() % 2 == 0) return {who, mark_read{chance() % 20}};
    return {who, post{"c", "Hello"}};
  };
  std::size_t accepted = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    accepted += walk(quiet(), seed, draw, [seq = std::uint64_t{0}](const state& s) mutable {
      REQUIRE(s.last_seq - seq <= 1);
      seq = s.last_seq;
      REQUIRE(s.buyer_read_seq <= s.last_seq);
      REQUIRE(s.seller_read_seq <= s.last_seq);
    });
  CHECK(accepted > 1500);
}

TEST_CASE("golden bytes of room events decode") {
  check_golden<event>("room", {opened{self, bike, bob, ann}, message_of(bob, 1),
                               read_marked{bob, 1}});
}

}  // namespace resalehub::room
