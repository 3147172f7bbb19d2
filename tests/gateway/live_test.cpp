#include <catch2/catch.hpp>

#include "tests/gateway/gateway_world.hpp"

using namespace resalehub;
using namespace resalehub::testing;

namespace {

/// Anna sells, Bob asks about it: a room with both.
struct talk {
  explicit talk(gateway_options options = gateway_world::generous()) : world(options) {
    anna = world.sign_up("anna");
    bob = world.sign_up("bob");
    listing = world.sell(anna, 1000, 1)["id"];
    room = open_room().body["id"];
    channel = "room:" + room;
  }

  reply_seen open_room() {
    return world.call("POST", "/v1/rooms", {.token = bob.token, .key = world.fresh_key(),
                                            .body = {{"listing_id", listing}}});
  }
  reply_seen post(const gateway_world::account& who, const std::string& id,
                  const std::string& text) {
    const auto out = world.call("POST", "/v1/rooms/" + room + "/messages",
                                {.token = who.token,
                                 .body = {{"client_msg_id", id}, {"text", text}}});
    world.settle();
    return out;
  }
  std::string ticket(const gateway_world::account& who) {
    return world.call("POST", "/v1/ws/tickets", {.token = who.token}).body["ticket"];
  }
  live_client connect(const gateway_world::account& who) {
    live_client out;
    const auto seen = world.upgrade("/v1/ws?ticket=" + ticket(who), out,
                                    {{"sec-websocket-protocol", "resalehub.v1.json"}});
    CAPTURE(seen.text);
    REQUIRE(seen.status == 101);
    world.say(out, {{"v", 1}, {"id", "h"}, {"type", "hello"}, {"data", json::object()}});
    const auto heard = out.take();
    REQUIRE(heard.size() == 1);
    CHECK(heard[0]["type"] == "welcome");
    CHECK(heard[0]["ref"] == "h");
    return out;
  }
  void subscribe(live_client& who, json data) {
    world.say(who, {{"v", 1}, {"id", "s"}, {"type", "subscribe"}, {"ch", channel},
                    {"data", std::move(data)}});
  }

  gateway_world world;
  gateway_world::account anna, bob;
  std::string listing, room, channel;
};

json message(const std::string& type, const std::string& channel, json data) {
  return {{"v", 1}, {"id", "m"}, {"type", type}, {"ch", channel}, {"data", std::move(data)}};
}

std::vector<int> sequences(const std::vector<json>& heard) {
  std::vector<int> out;
  for (const auto& one : heard)
    if (one["type"] == "chat.message") out.push_back(one["seq"]);
  return out;
}

}  // namespace

// -- over HTTP ------------------------------------------------------------------------------------

TEST_CASE("a room is one for a buyer and a listing, and for its members") {
  talk t;
  CHECK(t.open_room().status == 200);
  CHECK(t.world.call("GET", "/v1/rooms/" + t.room, {.token = t.anna.token}).status == 200);
  const auto eve = t.world.sign_up("eve");
  CHECK(t.world.call("GET", "/v1/rooms/" + t.room, {.token = eve.token}).code() == "not_found");
  CHECK(t.world.call("GET", "/v1/rooms/" + t.room + "/messages", {.token = eve.token}).code() ==
        "not_found");
  CHECK(t.post(eve, "1", "hello").code() == "not_found");
  CHECK(t.world.call("POST", "/v1/rooms", {.token = t.anna.token, .key = "own",
                                           .body = {{"listing_id", t.listing}}})
            .code() == "forbidden");
}

TEST_CASE("a message sent twice is one message, on whichever way") {
  talk t;
  const auto first = t.post(t.bob, "1", "hello");
  CHECK(first.status == 201);
  CHECK(first.body["seq"] == 1);
  const auto again = t.post(t.bob, "1", "hello");
  CHECK(again.status == 200);
  CHECK(again.text == first.text);
  CHECK(t.post(t.anna, "1", "good day").body["seq"] == 2);
  auto live = t.connect(t.bob);
  t.world.say(live, message("chat.send", t.channel, {{"client_msg_id", "1"}, {"text", "hello"}}));
  const auto heard = live.take();
  REQUIRE(heard.size() == 1);
  CHECK(heard[0]["type"] == "ack");
  CHECK(heard[0]["data"]["seq"] == 1);
  CHECK(heard[0]["data"]["message_id"] == first.body["id"]);
}

TEST_CASE("what was said is listed both ways, page by page") {
  talk t;
  for (int i = 1; i <= 5; ++i) t.post(t.bob, std::to_string(i), "line " + std::to_string(i));
  const auto path = "/v1/rooms/" + t.room + "/messages";
  const auto page = t.world.call("GET", path + "?after_seq=1&limit=3", {.token = t.anna.token});
  CHECK(page.body["data"][0]["seq"] == 2);
  CHECK(page.body["data"].size() == 3);
  CHECK(page.body["page"]["has_more"] == true);
  const auto next =
      t.world.call("GET",
                   path + "?after_seq=1&limit=3&cursor=" +
                       page.body["page"]["next_cursor"].get<std::string>(),
                   {.token = t.anna.token});
  CHECK(next.body["data"].size() == 1);
  CHECK(next.body["data"][0]["seq"] == 5);
  const auto back = t.world.call("GET", path + "?before_seq=4", {.token = t.anna.token});
  CHECK(back.body["data"].size() == 3);
  CHECK(back.body["data"][0]["seq"] == 3);
  CHECK(t.world.call("GET", path + "?before_seq=4&after_seq=1", {.token = t.anna.token}).status ==
        400);
}

// -- the handshake --------------------------------------------------------------------------------

TEST_CASE("a live connection needs a ticket, once, in its time, and an origin of ours") {
  talk t;
  live_client none;
  CHECK(t.world.upgrade("/v1/ws", none).status == 401);
  CHECK(t.world.upgrade("/v1/ws?ticket=x", none).status == 401);
  CHECK(t.world.upgrade("/v1/ws?ticket=" + t.anna.token, none).status == 401);
  const auto ticket = t.ticket(t.bob);
  for (const auto* origin : {"https://evil.example", "null", "https://HOST.example",
                             "https://host.example:8443"})
    CHECK(t.world.upgrade("/v1/ws?ticket=" + ticket, none,
                          {{"host", "host.example"}, {"origin", origin}})
              .code() == "origin_not_allowed");
  CHECK(t.world.upgrade("/v1/ws?ticket=" + ticket, none, {{"sec-websocket-protocol", "other"}})
            .status == 400);
  CHECK(t.world.upgrade("/v1/ws?ticket=" + ticket, none,
                        {{"host", "host.example"}, {"origin", "https://host.example"}})
            .status == 101);
  CHECK(t.world.upgrade("/v1/ws?ticket=" + ticket, none).status == 401);
  const auto late = t.ticket(t.bob);
  t.world.clock.at = t.world.clock.at + milliseconds{30'000};
  CHECK(t.world.upgrade("/v1/ws?ticket=" + late, none).status == 401);
  CHECK(t.world.call("GET", "/v1/ws?ticket=x").code() == "upgrade_required");
}

TEST_CASE("a ticket of one node is good at another, and at one of them only") {
  talk t;
  live_client none;
  const auto used_here = t.ticket(t.bob);
  const auto kept = t.ticket(t.bob);
  CHECK(t.world.upgrade("/v1/ws?ticket=" + used_here, none).status == 101);
  none = {};
  t.world.go_elsewhere();
  CHECK(t.world.upgrade("/v1/ws?ticket=" + used_here, none).code() == "unauthenticated");
  CHECK(t.world.upgrade("/v1/ws?ticket=" + kept, none).status == 101);
  CHECK(t.world.upgrade("/v1/ws?ticket=" + kept, none).code() == "unauthenticated");
}

TEST_CASE("a ticket whose use cannot be recorded lets nobody in, and stays good") {
  talk t;
  live_client none;
  const auto ticket = t.ticket(t.bob);
  t.world.market.unavailable.insert(user_id::kind);
  CHECK(t.world.upgrade("/v1/ws?ticket=" + ticket, none).code() == "shard_unavailable");
  t.world.market.unavailable.clear();
  CHECK(t.world.upgrade("/v1/ws?ticket=" + ticket, none).status == 101);
}

// -- bad messages ---------------------------------------------------------------------------------

TEST_CASE("bad messages get error frames, and the tenth ends the connection") {
  talk t;
  auto live = t.connect(t.bob);
  const std::vector<std::pair<json, std::string>> bad = {
      {"{", "malformed_json"},
      {"{\"v\":1,\"v\":1,\"type\":\"ping\"}", "duplicate_key"},
      {std::string(100, '['), "json_too_deep"},
      {"[]", "validation_failed"},
      {{{"v", 2}, {"type", "ping"}}, "validation_failed"},
      {{{"v", 1}, {"type", "dance"}}, "validation_failed"},
      {{{"v", 1}, {"id", "a"}, {"type", "ping"}, {"role", "admin"}}, "unknown_field"},
      {message("chat.send", t.channel, {{"text", "no id"}}), "validation_failed"},
      {message("chat.send", t.channel, {{"client_msg_id", 1}, {"text", "x"}}), "validation_failed"},
      {message("ping", "", {{"x", 1}}), "validation_failed"}};
  for (std::size_t i = 0; i < bad.size(); ++i) {
    CHECK(live.outlet->closed == 0);
    t.world.say(live, bad[i].first);
    const auto heard = live.take();
    CAPTURE(i);
    REQUIRE(heard.size() == 1);
    CHECK(heard[0]["type"] == "error");
    CHECK(heard[0].contains("ref") == (bad[i].first.is_object() && bad[i].first.contains("id")));
    if (i + 1 < bad.size()) CHECK(heard[0]["data"]["code"] == bad[i].second);
  }
  CHECK(live.outlet->closed == 4400);
}

TEST_CASE("a foreign and an absent room look the same, and asking again ends the connection") {
  talk t;
  const auto eve = t.world.sign_up("eve");
  auto live = t.connect(eve);
  t.subscribe(live, {{"after_seq", 0}});
  const auto foreign = live.take();
  t.world.say(live, message("subscribe", "room:room_00000000000000000000000000000",
                            json::object()));
  const auto absent = live.take();
  REQUIRE(foreign.size() == 1);
  REQUIRE(absent.size() == 1);
  CHECK(foreign[0]["data"]["code"] == "not_found");
  CHECK(foreign[0]["data"] == absent[0]["data"]);
  CHECK(live.outlet->closed == 0);
  t.post(t.bob, "1", "not for eve");
  CHECK(live.take().empty());
  t.subscribe(live, {{"after_seq", 0}});
  CHECK(live.outlet->closed == 4403);
}

TEST_CASE("sequences that are not the channel's are refused, and too many channels") {
  auto options = gateway_world::generous();
  options.subscriptions_max = 1;
  talk t{options};
  auto live = t.connect(t.bob);
  for (const int after : {-1, 1}) {
    t.subscribe(live, {{"after_seq", after}});
    CHECK(live.take()[0]["data"]["code"] == "invalid_sequence");
  }
  t.subscribe(live, json::object());
  CHECK(live.take()[0]["type"] == "subscribed");
  t.world.say(live, message("subscribe", "room:x", json::object()));
  CHECK(live.take()[0]["data"]["code"] == "limit_exceeded");
  CHECK(live.outlet->closed == 0);
}

TEST_CASE("W32: a bad place to go on from is refused, and what is watched stays watched") {
  talk t;
  t.post(t.anna, "1", "hello");
  auto live = t.connect(t.bob);
  t.subscribe(live, {{"after_seq", 0}});
  CHECK(sequences(live.take()) == std::vector<int>{1});
  int next = 2;
  for (const int after : {-1, 99}) {
    const json resume = {{"v", 1}, {"id", "r"}, {"type", "resume"},
                         {"data", {{"channels", {{t.channel, after}}}}}};
    for (const auto& asked : {message("subscribe", t.channel, {{"after_seq", after}}), resume}) {
      t.world.say(live, asked);
      const auto heard = live.take();
      REQUIRE(heard.size() == 1);
      CHECK(heard[0]["data"]["code"] == "invalid_sequence");
      t.post(t.anna, std::to_string(next), "and on");
      CHECK(sequences(live.take()) == std::vector<int>{next++});
    }
  }
  t.world.market.unavailable.insert(room_id::kind);
  t.subscribe(live, {{"after_seq", 0}});
  CHECK(live.take()[0]["data"]["code"] == "shard_unavailable");
  t.world.market.unavailable.clear();
  t.post(t.anna, std::to_string(next), "and on");
  CHECK(sequences(live.take()) == std::vector<int>{next});
}

TEST_CASE("who talks too fast is told, then cut") {
  auto options = gateway_world::generous();
  options.live_messages_per_s = 5;
  talk t{options};
  auto live = t.connect(t.bob);
  for (int i = 0; i < 4; ++i) t.world.say(live, {{"v", 1}, {"type", "ping"}});
  CHECK(live.take().size() == 4);
  t.world.say(live, {{"v", 1}, {"type", "ping"}});
  CHECK(live.take()[0]["data"]["code"] == "rate_limited");
  for (int i = 0; i < 10; ++i) t.world.say(live, {{"v", 1}, {"type", "ping"}});
  CHECK(live.outlet->closed == 4429);
}

// -- watching -------------------------------------------------------------------------------------

TEST_CASE("a subscription gives what came after, then what comes, without gap or repeat") {
  talk t;
  for (int i = 1; i <= 3; ++i) t.post(t.anna, std::to_string(i), "early");
  auto live = t.connect(t.bob);
  t.subscribe(live, {{"after_seq", 1}});
  auto heard = live.take();
  REQUIRE(heard.size() == 3);
  CHECK(heard[0]["type"] == "subscribed");
  CHECK(heard[0]["data"]["head_seq"] == 3);
  CHECK(sequences(heard) == std::vector<int>{2, 3});
  CHECK(heard[1]["data"]["text"] == "early");
  CHECK(heard[1]["ch"] == t.channel);
  t.post(t.anna, "4", "now");
  CHECK(sequences(live.take()) == std::vector<int>{4});
  t.world.say(live, message("unsubscribe", t.channel, json::object()));
  live.take();
  t.post(t.anna, "5", "unheard");
  CHECK(live.take().empty());
  t.world.say(live, {{"v", 1}, {"id", "r"}, {"type", "resume"},
                     {"data", {{"session", "any"}, {"channels", {{t.channel, 4}}}}}});
  heard = live.take();
  CHECK(sequences(heard) == std::vector<int>{5});
  CHECK(heard.back()["type"] == "resumed");
}

TEST_CASE("what comes while older things are replayed waits for its turn") {
  talk t;
  t.post(t.anna, "1", "early");
  auto live = t.connect(t.bob);
  const push known{.channel = t.channel, .sequence = 1, .type = "chat.message", .body = "{}"};
  const push between{.channel = t.channel, .sequence = 2, .type = "chat.message", .body = "{}"};
  t.world.market.before_rows = [&] { t.world.door->pushes().publish({known, between}); };
  t.subscribe(live, {{"after_seq", 0}});
  CHECK(sequences(live.take()) == std::vector<int>{1, 2});
  t.world.door->pushes().publish({known, between});
  t.world.settle();
  CHECK(live.take().empty());
}

TEST_CASE("a long absence is bridged by its newest part and a place to fetch the rest") {
  talk t;
  const std::string text(4000, 'x');
  for (int i = 1; i <= 200; ++i) t.post(t.anna, std::to_string(i), text);
  auto live = t.connect(t.bob);
  t.subscribe(live, {{"after_seq", 0}});
  const auto heard = live.take();
  REQUIRE(heard[1]["type"] == "gap");
  const int to = heard[1]["data"]["to"];
  CHECK(heard[1]["data"]["from"] == 1);
  const auto got = sequences(heard);
  CHECK(got.front() == to + 1);
  CHECK(got.back() == 200);
  CHECK(got.size() == static_cast<std::size_t>(200 - to));
  const std::string url = heard[1]["data"]["fetch_url"];
  CHECK(t.world.call("GET", url, {.token = t.bob.token}).status == 200);
}

TEST_CASE("a mark of what was read goes forward, on whichever way") {
  talk t;
  t.post(t.anna, "1", "hello");
  t.post(t.anna, "2", "are you there?");
  auto live = t.connect(t.bob);
  t.world.say(live, message("chat.read", t.channel, {{"seq", 2}}));
  const auto heard = live.take();
  REQUIRE(heard.size() == 1);
  CHECK(heard[0]["type"] == "ack");
  CHECK(heard[0]["data"]["seq"] == 2);
  const auto read = t.world.call("PUT", "/v1/rooms/" + t.room + "/read",
                                 {.token = t.bob.token, .body = {{"seq", 1}}});
  CHECK(read.body["read_seq"] == 2);
  CHECK(read.body["unread"] == 0);
}

TEST_CASE("a session that ends takes its live connections along") {
  talk t;
  auto live = t.connect(t.bob);
  auto other = t.connect(t.anna);
  t.world.call("POST", "/v1/auth/logout", {.body = {{"refresh_token", t.bob.refresh}}});
  t.world.settle();
  CHECK(live.outlet->closed == 4401);
  CHECK(other.outlet->closed == 0);
  CHECK(t.world.door->live_connections() == 2);
  live.session->closed();
  CHECK(t.world.door->live_connections() == 1);
}

TEST_CASE("a watcher whose sequence jumps gets what is missing first, each once and in order") {
  talk t;
  auto live = t.connect(t.anna);
  t.subscribe(live, {{"after_seq", 0}});
  live.take();
  t.post(t.bob, "1", "one");
  auto* pushes = std::exchange(t.world.market.pushes, nullptr);
  t.post(t.bob, "2", "two");
  t.post(t.bob, "3", "three");
  CHECK(sequences(live.take()) == std::vector{1});
  t.world.market.pushes = pushes;
  t.post(t.bob, "4", "four");
  t.post(t.bob, "5", "five");
  CHECK(sequences(live.take()) == std::vector{2, 3, 4, 5});
}

TEST_CASE("a watcher gets the last messages too when pushes may have been missed") {
  talk t;
  auto live = t.connect(t.anna);
  t.subscribe(live, {{"after_seq", 0}});
  auto* pushes = std::exchange(t.world.market.pushes, nullptr);
  t.post(t.bob, "1", "one");
  t.post(t.bob, "2", "two");
  t.world.market.pushes = pushes;
  CHECK(sequences(live.take()).empty());
  for (const auto& heard : {std::vector{1, 2}, std::vector<int>{}}) {
    pushes->missed();
    pushes->missed();
    t.world.settle();
    CHECK(sequences(live.take()) == heard);
  }
}
