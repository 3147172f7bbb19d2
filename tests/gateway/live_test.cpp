#include <catch2/catch.hpp>

#include "tests/gateway/talk.hpp"

using namespace resalehub;
using namespace resalehub::testing;

namespace {

std::string room_named(int number) {
  const room_id absent{static_cast<slot_number>(number), make_ulid({1000}, 1, 2)};
  return "room:" + to_text(absent);
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
  const auto plain = t.world.call("GET", "/v1/ws?ticket=x");
  CHECK(plain.code() == "upgrade_required");
  CHECK(plain.fields.at("Upgrade") == "websocket");
  const auto unused = t.ticket(t.bob);
  for (const auto* more : {"&x=1", "&ticket=x"})
    CHECK(t.world.upgrade("/v1/ws?ticket=" + unused + more, none).status == 400);
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

TEST_CASE("who tries one foreign room after the other is let go") {
  talk t;
  auto live = t.connect(t.world.sign_up("eve"));
  std::size_t tried = 0;
  for (; live.outlet->closed == 0 && tried < 20; ++tried)
    t.world.say(live, message("subscribe", "room:x" + std::to_string(tried), json::object()));
  CHECK(live.outlet->closed == 4403);
  CHECK(tried == 10);
}

TEST_CASE("a resume asks nothing more once the connection is told to go") {
  talk t;
  const auto eve = t.world.sign_up("eve");
  const auto asked_by = [&](int channels) {
    auto live = t.connect(eve);
    json many = json::object();
    for (int i = 0; i < channels; ++i) many[room_named(i)] = 0;
    const auto before = t.world.market.asked;
    t.world.say(live, {{"v", 1}, {"id", "r"}, {"type", "resume"}, {"data", {{"channels", many}}}});
    CHECK(live.outlet->closed == (channels <= 1000 ? 4403 : 0));
    return t.world.market.asked - before;
  };
  CHECK(asked_by(500) == 10);
  CHECK(asked_by(1001) == 0);
}

TEST_CASE("each channel of a resume is answered for itself") {
  talk t;
  t.post(t.anna, "1", "hello");
  auto live = t.connect(t.bob);
  const auto resume = [&](json channels) {
    t.world.say(live, {{"v", 1}, {"id", "r"}, {"type", "resume"},
                       {"data", {{"channels", std::move(channels)}}}});
    return live.take();
  };
  const auto heard = resume({{"a", 0}, {"room:0", 0}, {t.channel, 0}});
  REQUIRE(heard.size() == 5);
  for (const std::size_t i : {0, 1}) {
    CHECK(heard[i]["type"] == "error");
    CHECK(heard[i]["ref"] == "r");
    CHECK(heard[i]["ch"] == (i == 0 ? "a" : "room:0"));
  }
  CHECK(heard[2]["type"] == "subscribed");
  CHECK(sequences(heard) == std::vector<int>{1});
  CHECK(heard[4]["type"] == "resumed");
  CHECK(heard[4]["ch"] == t.channel);
  const auto nothing = resume(json::object());
  REQUIRE(nothing.size() == 1);
  CHECK(nothing[0]["type"] == "resumed");
  CHECK(nothing[0]["ref"] == "r");
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
  options.rates[rate_place(rate_class::live)] = {.permits = 5, .window_s = 60};
  talk t{options};
  auto live = t.connect(t.bob);
  const auto ping = [&](const char* id) {
    t.world.say(live, {{"v", 1}, {"id", id}, {"type", "ping"}});
    return live.take();
  };
  for (int i = 0; i < 4; ++i) CHECK(ping("a")[0]["type"] == "pong");  // hello was the first
  for (int minutes = 0; minutes < 3; ++minutes) {
    for (int i = 0; i < 9; ++i) {
      const auto heard = ping("b");
      CHECK(heard[0]["data"]["code"] == "rate_limited");
      CHECK(heard[0]["ref"] == "b");
    }
    t.world.clock.at = t.world.clock.at + milliseconds{61'000};
    for (int i = 0; i < 5; ++i) CHECK(ping("c")[0]["type"] == "pong");
  }
  for (int i = 0; i < 10; ++i) ping("d");
  CHECK(live.outlet->closed == 4429);
}
