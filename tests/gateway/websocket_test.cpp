#include <catch2/catch.hpp>

#include "tests/gateway/edge_world.hpp"
#include "tests/gateway/frames.hpp"

namespace resalehub {
namespace {

using std::chrono::seconds;

struct handshake {
  std::string line = "GET /v1/ws?ticket=good HTTP/1.1";
  std::string host = "Host: shop.test\r\n";
  std::string upgrade = "Upgrade: websocket\r\n";
  std::string connection = "Connection: Upgrade\r\n";
  std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  std::string version = "Sec-WebSocket-Version: 13\r\n";
  std::string more = "";

  std::string bytes() const {
    return line + "\r\n" + host + upgrade + connection + key + version + more + "\r\n";
  }
};

std::string answer_to(const handshake& asked) {
  edge_world world;
  raw_client client(world.port);
  client.send(asked.bytes());
  return client.read_answer();
}

/// A world with one client whose handshake is done.
struct open_world : edge_world {
  explicit open_world(http_limits limits = testing::standard_limits())
      : edge_world(limits), client(port) {
    client.send(handshake{}.bytes());
    REQUIRE(status_of(client.read_answer()) == 101);
  }
  int close_code_after(const std::string& bytes) {
    client.send_what_may_fail(bytes);
    return client.read_close_code();
  }
  raw_client client;
};

std::string text(std::string_view payload) { return frame(0x81, payload); }
constexpr int text_first = 0x81;

std::string close_frame(int code) {
  return frame(0x88, std::string{static_cast<char>(code >> 8), static_cast<char>(code)});
}

}  // namespace

// -- the handshake ---

TEST_CASE("a malformed handshake is refused") {
  SECTION("W1 version 12") {
    auto answer = answer_to({.version = "Sec-WebSocket-Version: 12\r\n"});
    CHECK(status_of(answer) == 426);
    CHECK(contains(answer, "\r\nSec-WebSocket-Version: 13\r\n"));
    CHECK(contains(answer, "\r\nUpgrade: websocket\r\n"));
  }
  SECTION("no version") { CHECK(status_of(answer_to({.version = ""})) == 400); }
  SECTION("two versions") {
    CHECK(status_of(answer_to({.more = "Sec-WebSocket-Version: 13\r\n"})) == 400);
  }
  SECTION("W2 no key") { CHECK(status_of(answer_to({.key = ""})) == 400); }
  SECTION("W3 other keys") {
    for (const auto* key : {"abc", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZR==",
                            "dGhlIHNhbXBsZSBub25jZQ=a", "dGhlIHNhbXBsZSBub25jZSE="})
      CHECK(status_of(answer_to({.key = std::string("Sec-WebSocket-Key: ") + key + "\r\n"})) ==
            400);
  }
  SECTION("two keys") {
    CHECK(status_of(answer_to({.more = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"})) == 400);
  }
  SECTION("W4 HTTP/1.0") {
    CHECK(status_of(answer_to({.line = "GET /v1/ws?ticket=good HTTP/1.0"})) == 400);
  }
  SECTION("W4 no Host") { CHECK(status_of(answer_to({.host = ""})) == 400); }
  SECTION("W4 no Upgrade") { CHECK(status_of(answer_to({.upgrade = ""})) == 400); }
  SECTION("W4 no Connection") { CHECK(status_of(answer_to({.connection = ""})) == 400); }
  SECTION("W6 no ticket") {
    CHECK(status_of(answer_to({.line = "GET /v1/ws HTTP/1.1"})) == 401);
  }
  SECTION("W7 a body") { CHECK(status_of(answer_to({.more = "Content-Length: 5\r\n"})) == 400); }
}

TEST_CASE("a good handshake is accepted, with what was asked") {
  auto answer = answer_to({.more = "Sec-WebSocket-Protocol: other, resalehub.v1.json\r\n"
                                   "Sec-WebSocket-Extensions: permessage-deflate\r\n"});
  CHECK(status_of(answer) == 101);
  CHECK(contains(answer, "\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
  CHECK(contains(answer, "\r\nSec-WebSocket-Protocol: resalehub.v1.json\r\n"));
  CHECK_FALSE(contains(answer, "Sec-WebSocket-Extensions"));  // W30
  CHECK_FALSE(contains(answer, "Server:"));
}

TEST_CASE("after a refused handshake the connection serves on") {
  edge_world world;
  raw_client client(world.port);
  client.send(handshake{.key = ""}.bytes() + "GET /now HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(status_of(client.read_answer()) == 400);
  CHECK(status_of(client.read_answer()) == 200);
}

TEST_CASE("frames right behind the handshake are not lost") {
  edge_world world;
  raw_client client(world.port);
  client.send(handshake{}.bytes() + text("one") + text("two").substr(0, 4));
  CHECK(status_of(client.read_answer()) == 101);
  CHECK(client.read_frame() == std::pair{text_first, std::string("one")});
  client.send(text("two").substr(4));
  CHECK(client.read_frame() == std::pair{text_first, std::string("two")});
}

// -- refused frames ---

TEST_CASE("a client that breaks the protocol is closed with the code for it") {
  open_world world;
  auto closes = [&](const std::string& bytes) { return world.close_code_after(bytes); };
  SECTION("W8 unmasked") { CHECK(closes(std::string("\x81\x02hi")) == 1002); }
  SECTION("W9 RSV1") { CHECK(closes(frame(0xC1, "x")) == 1002); }
  SECTION("W9 RSV2") { CHECK(closes(frame(0xA1, "x")) == 1002); }
  SECTION("W9 RSV3") { CHECK(closes(frame(0x91, "x")) == 1002); }
  SECTION("W10 opcode 3") { CHECK(closes(frame(0x83, "x")) == 1002); }
  SECTION("W10 opcode 15") { CHECK(closes(frame(0x8F, "x")) == 1002); }
  SECTION("W11 long ping") { CHECK(closes(frame(0x89, std::string(126, 'p'))) == 1002); }
  SECTION("W11 fragmented ping") { CHECK(closes(frame(0x09, "p")) == 1002); }
  SECTION("W12 continuation first") { CHECK(closes(frame(0x80, "x")) == 1002); }
  SECTION("W12 new data inside") { CHECK(closes(frame(0x01, "x") + text("y")) == 1002); }
  SECTION("W13 bad UTF-8") { CHECK(closes(text("\xC3\x28")) == 1007); }
  SECTION("W13 cut code point") {
    CHECK(closes(frame(0x01, "\xE2\x82") + frame(0x80, "x")) == 1007);
  }
  SECTION("W14 over 64 KiB") { CHECK(closes(text(std::string(65537, 'x'))) == 1009); }
  SECTION("W15 2^63-1") {
    CHECK(closes(std::string("\x81\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF" "mask", 14)) == 1009);
  }
  SECTION("W15 2^63") {
    auto code = closes(std::string("\x81\xFF\x80\0\0\0\0\0\0\0" "mask", 14));
    CHECK((code == 1002 || code == 1009));
  }
  SECTION("W16 length 1 in 16 bits") {
    CHECK(closes(std::string("\x81\xFE\x00\x01" "maskx", 9)) == 1002);
  }
  SECTION("W17 close payload of 1 byte") { CHECK(closes(frame(0x88, "x")) == 1002); }
  SECTION("W17 code 1005") { CHECK(closes(close_frame(1005)) == 1002); }
  SECTION("W17 code 2999") { CHECK(closes(close_frame(2999)) == 1002); }
  SECTION("W17 bad reason") { CHECK(closes(frame(0x88, "\x03\xE8\xFF")) == 1007); }
  SECTION("W18 code 5000") { CHECK(closes(close_frame(5000)) == 1002); }
  SECTION("W18 code 65535") { CHECK(closes(close_frame(65535)) == 1002); }
  SECTION("W19 2,000 empty fragments") {
    std::string bytes = frame(0x01, "");
    for (int i = 0; i < 2000; ++i) bytes += frame(0x00, "");
    CHECK(closes(bytes) == 4400);
  }
  SECTION("W20 1,000 pings") {
    std::string bytes;
    for (int i = 0; i < 1000; ++i) bytes += frame(0x89, "p");
    CHECK(closes(bytes) == 4429);
  }
  SECTION("W21 binary") { CHECK(closes(frame(0x82, "x")) == 4400); }
  SECTION("a message before the offence is still served") {
    world.client.send(text("good") + frame(0x82, "bad"));
    CHECK(world.client.read_frame() == std::pair{text_first, std::string("good")});
    CHECK(world.client.read_close_code() == 4400);
  }
  world.client.leave();
  while (world.application.live > 0) std::this_thread::yield();
}

// -- service ---

TEST_CASE("messages are repeated in order, fragments are joined, pings are answered") {
  open_world world;
  world.client.send(text("a") + frame(0x01, "b") + frame(0x89, "ping") + frame(0x80, "c") +
                    text(std::string(65536, 'x')));
  CHECK(world.client.read_frame().second == "a");
  std::vector<std::string> next{world.client.read_frame().second,
                                world.client.read_frame().second};
  CHECK(next == std::vector<std::string>{"ping", "bc"});
  world.client.send(close_frame(1000));
}

TEST_CASE("a close is answered with the same code, and the session ends") {
  open_world world;
  world.client.send(close_frame(3001));
  CHECK(world.client.read_close_code() == 3001);
  world.client.finish_sending();
  CHECK(world.client.read_to_end().empty());
  while (world.application.live > 0) std::this_thread::yield();
}

TEST_CASE("the application may close, behind what it sent") {
  open_world world;
  world.client.send(text("close"));
  CHECK(world.client.read_close_code() == 4401);
  world.client.send(close_frame(4401));
  CHECK(world.client.read_to_end().empty());
  while (world.application.live > 0) std::this_thread::yield();
}

TEST_CASE("what the application throws ends the session with 1011") {
  open_world world;
  CHECK(world.close_code_after(text("throw")) == 1011);
}

TEST_CASE("a client that answers nothing is pinged, then closed with 4408") {  // W26
  open_world world;
  world.client.send(text("here"));
  world.client.read_frame();
  world.clock.push(seconds(26));
  CHECK(world.client.read_frame().first == 0x89);
  world.clock.push(seconds(35));
  CHECK(world.client.read_close_code() == 4408);
}

TEST_CASE("a client that does not read is closed with 4430, and its queue is let go") {  // W27
  open_world world;
  world.client.send(text("flood 1000") + text("flood 20000"));
  while (world.server.counts().slow_consumers == 0) std::this_thread::yield();
  CHECK(world.client.read_close_code() == 4430);
}

TEST_CASE("a connection cut inside a frame frees its session") {  // W29
  open_world world;
  world.client.send(text("whole"));
  world.client.read_frame();
  world.client.send(text("half").substr(0, 7));
  CHECK(world.application.live == 1);
  world.client.leave();
  while (world.application.live > 0) std::this_thread::yield();
}

TEST_CASE("a stop says so and closes with 1012") {
  open_world world;
  world.client.send(text("here"));
  world.client.read_frame();
  std::promise<void> stopped;
  world.server.stop(milliseconds{60'000}, [&] { stopped.set_value(); });
  CHECK(world.client.read_frame().second == "draining");
  CHECK(world.client.read_close_code() == 1012);
  world.client.send(close_frame(1012));
  world.client.leave();
  CHECK(stopped.get_future().wait_for(seconds(5)) == std::future_status::ready);
}

TEST_CASE("a stop cuts a client that does not close") {
  open_world world;
  CHECK(world.stop(milliseconds{10}));
  while (world.application.live > 0) std::this_thread::yield();
}

}  // namespace resalehub
