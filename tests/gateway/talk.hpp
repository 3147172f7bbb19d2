#pragma once
/// Two who talk in a room, over HTTP and live.

#include <catch2/catch.hpp>

#include "tests/gateway/gateway_world.hpp"

namespace resalehub::testing {

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

inline json message(const std::string& type, const std::string& channel, json data) {
  return {{"v", 1}, {"id", "m"}, {"type", type}, {"ch", channel}, {"data", std::move(data)}};
}

inline std::vector<int> sequences(const std::vector<json>& heard) {
  std::vector<int> out;
  for (const auto& one : heard)
    if (one["type"] == "chat.message") out.push_back(one["seq"]);
  return out;
}

}  // namespace resalehub::testing
