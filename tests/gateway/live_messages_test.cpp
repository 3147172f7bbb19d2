#include "gateway/live_messages.hpp"

#include <catch2/catch.hpp>

using namespace resalehub;

TEST_CASE("a refused envelope is named by its id when it has a sound one") {
  CHECK(id_in(R"({"v":1,"id":"a","type":"ping","role":"admin"})") == "a");
  CHECK(id_in(R"({"v":"x","id":"b"})") == "b");
  for (const auto* unnamed : {"", "[]", R"("id")", R"({"v":1})", R"({"id":7})", R"({"id":""})",
                              R"({"id":null})", R"({"id":"c")", R"({"id":"c","id":"d"})"})
    CHECK(id_in(unnamed).empty());
  CHECK(id_in("{\"id\":\"" + std::string(64, 'x') + "\"}").size() == 64);
  CHECK(id_in("{\"id\":\"" + std::string(65, 'x') + "\"}").empty());
}

TEST_CASE("what is wrong with the data is pointed at in the message") {
  const auto from = read_envelope(R"({"v":1,"type":"subscribe","data":{"after_seq":"x","y":1}})");
  REQUIRE(from.ok());
  const auto why = read_subscribe(*from);
  REQUIRE_FALSE(why.ok());
  REQUIRE(why.problem().errors.size() == 2);
  CHECK(why.problem().errors[0].pointer == "/data/after_seq");
  CHECK(why.problem().errors[1].pointer == "/data/y");
}

TEST_CASE("what the server puts into an envelope a client may put there too") {
  const auto whole = read_envelope(
      R"({"v":1,"id":"d","type":"ping","ch":"room:x","seq":4,"ref":"c-17","ts":"now","data":{}})");
  REQUIRE(whole.ok());
  CHECK(whole->type.value == "ping");
  CHECK_FALSE(read_envelope(R"({"v":1,"type":"ping","role":"admin"})").ok());
  CHECK_FALSE(read_envelope(R"({"v":2,"type":"ping"})").ok());
}
