#include <catch2/catch.hpp>

#include "tests/gateway/talk.hpp"

using namespace resalehub;
using namespace resalehub::testing;

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
