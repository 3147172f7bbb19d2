#include <catch2/catch.hpp>

#include "tests/gateway/edge_world.hpp"

namespace resalehub {
namespace {

const std::string host = "Host: shop.test\r\n";
std::string get(const std::string& target, const std::string& fields = "") {
  return "GET " + target + " HTTP/1.1\r\n" + host + fields + "\r\n";
}
std::string post(const std::string& fields, const std::string& body) {
  return "POST /echo HTTP/1.1\r\n" + host + fields + "\r\n" + body;
}

using std::chrono::seconds;

/// What comes, or the end, once the clock is pushed. The first push may come before the server has
/// begun to wait, so there is another one until something happens.
std::string answer_after(edge_world& world, raw_client& client, seconds by) {
  do world.clock.push(by);
  while (!client.readable_within(500));
  return client.read_to_end();
}

}  // namespace

// -- refusals ---

TEST_CASE("a framing error is answered, and nothing behind it is run") {  // H64
  edge_world world;
  raw_client client(world.port);
  client.send(post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n") +
              get("/now"));
  auto answers = client.read_to_end();
  CHECK(status_of(answers) == 400);
  CHECK(contains(answers, "\"code\":\"ambiguous_framing\""));
  CHECK(contains(answers, "\r\nConnection: close\r\n"));
  CHECK(answers.find("HTTP/1.1", 1) == std::string::npos);
  CHECK(world.application.handled == 0);
  CHECK(world.application.last_status == 400);
}

TEST_CASE("a refusal about content leaves the connection open") {
  edge_world world;
  raw_client client(world.port);
  client.send("BREW / HTTP/1.1\r\n" + host + "\r\n" + get("/now?a"));
  CHECK(status_of(client.read_answer()) == 501);
  CHECK(contains(client.read_answer(), "now a"));
}

TEST_CASE("HEAD is refused without content, wherever its head goes wrong") {
  for (const auto& head : {"HEAD /now HTTP/1.1\r\n" + host + "bad\r\n\r\n",
                           "HEAD /now HTTP/2.0\r\n" + host + "\r\n",
                           "HEAD /" + std::string(10'000, 'x') + " HTTP/1.1\r\n" + host + "\r\n"}) {
    edge_world world;
    raw_client client(world.port);
    client.send(head);
    CHECK(client.read_to_end().ends_with("\r\n\r\n"));
  }
}

TEST_CASE("what an absolute target names is the host, whatever the field says") {  // H48
  edge_world world;
  raw_client client(world.port);
  client.send("GET http://shop.test:80/host HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  CHECK(contains(client.read_answer(), "shop.test:80"));
}

TEST_CASE("TRACE is answered with the methods that are allowed") {  // H49
  edge_world world;
  raw_client client(world.port);
  client.send("TRACE / HTTP/1.1\r\n" + host + "\r\n");
  auto answer = client.read_answer();
  CHECK(status_of(answer) == 405);
  CHECK(contains(answer, "\r\nAllow: GET, HEAD, POST"));
}

TEST_CASE("a body that ends early runs no handler") {  // H20
  edge_world world;
  raw_client client(world.port);
  client.send(post("Content-Length: 9\r\n", "hello"));
  client.finish_sending();
  CHECK(client.read_to_end().empty());
  CHECK(world.application.handled == 0);
  CHECK(world.server.counts().cut_short == 1);
}

TEST_CASE("a body over the limit is refused before it is read, also when it asks to go on") {
  edge_world world;  // H17, H59
  raw_client client(world.port);
  client.send(post("Expect: 100-continue\r\nContent-Length: 1048577\r\n", ""));
  CHECK(status_of(client.read_to_end()) == 413);
}

TEST_CASE("a peer that still sends can read why it was refused") {  // H25
  edge_world world;
  raw_client client(world.port);
  client.send_what_may_fail(post("Transfer-Encoding: chunked\r\n",
                                 "1;" + std::string(1'000'000, 'a')));
  CHECK(status_of(client.read_to_end()) == 400);
}

TEST_CASE("a head that creeps is refused after ten seconds") {  // H65
  edge_world world;
  raw_client client(world.port);
  client.send(get("/now") + "GET / HT");  // the first answer says that the rest was seen
  client.read_answer();
  auto answer = answer_after(world, client, seconds(11));
  CHECK(status_of(answer) == 408);
  CHECK(contains(answer, "request_timeout"));
  CHECK(world.server.counts().timed_out == 1);
}

TEST_CASE("a body that creeps is refused by its rate") {  // H66
  edge_world world;
  raw_client client(world.port);
  client.send(post("Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n", ""));
  CHECK(status_of(client.read_answer(false)) == 100);
  client.send("5;");  // a chunk line is timed as well
  CHECK(status_of(answer_after(world, client, seconds(6))) == 408);
  CHECK(world.application.handled == 0);
}

TEST_CASE("an idle connection is closed in silence") {
  edge_world world;
  raw_client client(world.port);
  client.send(get("/now"));
  client.read_answer();
  CHECK(answer_after(world, client, seconds(31)).empty());
}

TEST_CASE("a peer that does not read is cut after ten seconds") {  // H67
  edge_world world;
  raw_client client(world.port);
  client.send(get("/big"));
  client.read_bytes(10);  // the answer is on its way, and larger than any socket's buffer
  world.clock.push(seconds(11));
  while (world.server.counts().stalled == 0) std::this_thread::yield();
  CHECK(client.read_to_end().size() < 8'000'000);
}

TEST_CASE("one connection too many is told so") {  // H68
  auto limits = testing::standard_limits();
  SECTION("of all") { limits.connections = 2; }
  SECTION("of one address") { limits.connections_per_address = 2; }
  edge_world world(limits);
  raw_client first(world.port), second(world.port);
  first.send(get("/now"));
  first.read_answer();
  second.send(get("/now"));
  second.read_answer();
  raw_client third(world.port);
  third.send_what_may_fail(get("/now"));
  auto answer = third.read_to_end();
  CHECK(status_of(answer) == 503);
  CHECK(contains(answer, "overloaded"));
  CHECK(contains(answer, "\r\nRetry-After: 1\r\n"));
  CHECK(world.server.counts().turned_away == 1);
  first.leave();
  // The place is free once the server has seen that it was left.
  int status = 503;
  while (status == 503) {
    raw_client again(world.port);
    again.send_what_may_fail(get("/now", "Connection: close\r\n"));
    status = status_of(again.read_to_end());
  }
  CHECK(status == 200);
}

TEST_CASE("connections above the rate wait for the next second, and those that are open do not") {
  auto limits = testing::standard_limits();  // W34
  limits.connections_per_second = 2;
  edge_world world(limits);
  raw_client first(world.port), second(world.port), third(world.port);
  first.send(get("/now"));
  first.read_answer();
  second.send(get("/now"));
  second.read_answer();
  third.send(get("/now"));
  first.send(get("/now"));
  first.read_answer();
  CHECK(world.server.counts().accepted == 2);
  CHECK(status_of(third.read_answer()) == 200);
}

// -- service ---

TEST_CASE("every answer carries what it must") {
  edge_world world;
  raw_client client(world.port);
  client.send(get("/now?x=1"));
  auto answer = client.read_answer();
  CHECK(status_of(answer) == 200);
  CHECK(contains(answer, "\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
  CHECK(contains(answer, "\r\nContent-Type: application/json\r\n"));
  CHECK(contains(answer, "\r\nContent-Length: 7\r\n"));
  CHECK(contains(answer, "\r\nRequest-Id: "));
  CHECK(contains(answer, "\r\nCache-Control: no-store\r\n"));
  CHECK(contains(answer, "\r\nX-Content-Type-Options: nosniff\r\n"));
  CHECK_FALSE(contains(answer, "\r\nServer:"));
  CHECK_FALSE(contains(answer, "\r\nConnection:"));
  CHECK(answer.ends_with("\r\n\r\nnow x=1"));
}

TEST_CASE("HEAD has no content, 204 no length, 401 says how") {
  edge_world world;
  raw_client client(world.port);
  client.send("HEAD /now HTTP/1.1\r\n" + host + "\r\n");
  CHECK(contains(client.read_answer(false), "\r\nContent-Length: 4\r\n"));
  client.send(get("/nothing"));
  CHECK_FALSE(contains(client.read_answer(), "Content-Length"));
  client.send(get("/secret"));
  CHECK(contains(client.read_answer(), "\r\nWWW-Authenticate: Bearer\r\n"));
}

TEST_CASE("no field of an answer can end its line") {
  edge_world world;
  raw_client client(world.port);
  client.send(get("/else"));
  CHECK(contains(client.read_answer(), "\r\nX-Bad: a  b\r\n"));
}

TEST_CASE("what the application throws is an answer of its own") {
  edge_world world;
  raw_client client(world.port);
  client.send(get("/throw") + get("/now?after"));
  auto answer = client.read_answer();
  CHECK(status_of(answer) == 500);
  CHECK(contains(answer, "\"effect\":\"none\""));
  CHECK(contains(client.read_answer(), "now after"));
}

TEST_CASE("bodies by length and in chunks, byte by byte") {
  edge_world world;
  raw_client client(world.port);
  for (const auto& request :
       {post("Content-Length: 5\r\n", "hello"),
        post("Transfer-Encoding: chunked\r\n", "2;x\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")}) {
    for (char byte : request) client.send(std::string(1, byte));
    CHECK(client.read_answer().ends_with("POST /echo hello"));
  }
  client.send(post("Content-Length: 1000000\r\n", std::string(1'000'000, 'x')));
  CHECK(client.read_answer().ends_with("POST /echo " + std::string(1'000'000, 'x')));
}

TEST_CASE("an empty chunked body in pieces is no trouble") {  // H29
  edge_world world;
  raw_client client(world.port);
  client.send(post("Transfer-Encoding: chunked\r\n", "0\r\n"));
  client.send("\r");
  client.send("\n");
  CHECK(status_of(client.read_answer()) == 200);
}

TEST_CASE("who expects to continue is told so, then answered") {  // H58
  edge_world world;
  raw_client client(world.port);
  client.send(post("Expect: 100-continue\r\nContent-Length: 5\r\n", ""));
  CHECK(client.read_answer(false) == "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("hello");
  CHECK(client.read_answer().ends_with("POST /echo hello"));
}

TEST_CASE("500 pipelined requests are answered in order") {  // H63
  edge_world world;
  raw_client client(world.port);
  std::string requests;
  for (int i = 0; i < 500; ++i)
    requests += i % 2 == 0 ? get("/now?" + std::to_string(i)) : get("/later" + std::to_string(i));
  client.send(requests);
  for (int i = 0; i < 500; ++i) {
    auto answer = client.read_answer();
    auto number = std::to_string(i);
    REQUIRE(answer.ends_with(i % 2 == 0 ? "now " + number : "GET /later" + number + " "));
  }
}

TEST_CASE("a connection serves a thousand requests, then closes") {
  auto limits = testing::standard_limits();
  limits.requests_per_connection = 3;
  edge_world world(limits);
  raw_client client(world.port);
  client.send(get("/now") + get("/now") + get("/now") + get("/now"));
  auto answers = client.read_to_end();
  CHECK(world.application.handled == 3);
  CHECK(answers.find("Connection: close") > answers.rfind("HTTP/1.1"));
}

TEST_CASE("a peer that asks to close is answered and closed") {  // H60
  edge_world world;
  raw_client client(world.port);
  client.send(get("/now", "Connection: keep-alive\r\nConnection: close\r\n") + get("/now"));
  auto answer = client.read_to_end();
  CHECK(contains(answer, "\r\nConnection: close\r\n"));
  CHECK(world.application.handled == 1);
}

TEST_CASE("HTTP/1.0 is closed unless it asks to be kept") {
  edge_world world;
  raw_client client(world.port);
  client.send("GET /now HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  CHECK(contains(client.read_answer(), "\r\nConnection: keep-alive\r\n"));
  client.send("GET /now HTTP/1.0\r\n\r\n");
  CHECK(contains(client.read_to_end(), "\r\nConnection: close\r\n"));
}

TEST_CASE("OPTIONS * tells what is served") {  // H50
  edge_world world;
  raw_client client(world.port);
  client.send("OPTIONS * HTTP/1.1\r\n" + host + "\r\n");
  auto answer = client.read_answer();
  CHECK(status_of(answer) == 204);
  CHECK(contains(answer, "\r\nAllow: GET, "));
}

TEST_CASE("several loops share the connections") {
  edge_world world(testing::standard_limits(), 3);
  std::vector<std::unique_ptr<raw_client>> clients;
  for (int i = 0; i < 9; ++i) clients.push_back(std::make_unique<raw_client>(world.port));
  for (auto& client : clients) client->send(get("/now?a"));
  for (auto& client : clients) CHECK(status_of(client->read_answer()) == 200);
  clients.clear();
  CHECK(world.stop(milliseconds{1000}));
}

// -- stopping ---

TEST_CASE("a stop closes idle connections and accepts no more") {
  edge_world world;
  raw_client client(world.port);
  client.send(get("/now"));
  client.read_answer();
  CHECK(world.stop(milliseconds{1000}));
  CHECK(client.read_to_end().empty());
}

TEST_CASE("a stop waits for a request that has begun, but not for ever") {
  edge_world world;
  raw_client client(world.port);
  client.send(post("Expect: 100-continue\r\nContent-Length: 5\r\n", ""));
  client.read_answer(false);
  SECTION("it is finished") {
    std::promise<void> stopped;
    world.server.stop(milliseconds{60'000}, [&] { stopped.set_value(); });
    client.send("hello");
    CHECK(contains(client.read_to_end(), "\r\nConnection: close\r\n"));
    client.leave();
    CHECK(stopped.get_future().wait_for(seconds(5)) == std::future_status::ready);
  }
  SECTION("it is cut") {
    CHECK(world.stop(milliseconds{10}));
    CHECK(client.read_to_end().empty());
  }
}

TEST_CASE("an address that cannot be bound is a sentence") {
  edge_world world;
  loop_group loops(1);
  http_server second({loops, world.application, world.clock, world.entropy, {}});
  auto refused = second.listen("127.0.0.1", world.port);
  REQUIRE_FALSE(refused.ok());
  CHECK(contains(refused.problem().detail, "Cannot listen on 127.0.0.1 port"));
  CHECK_FALSE(second.listen("nowhere", 0).ok());
}

}  // namespace resalehub
