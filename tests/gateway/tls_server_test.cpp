#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "cluster/certificates.hpp"
#include "real_ports.hpp"
#include "tests/gateway/edge_world.hpp"
#include "tests/gateway/frames.hpp"

namespace resalehub {
namespace {

/// An authority and a certificate of its, in a folder that goes with the test.
struct shop_keys {
  shop_keys() {
    char name[] = "/tmp/tls_server_test_XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    path = name;
    const validity valid{clock.now(), 30};
    REQUIRE(make_authority(path, valid, chance));
    REQUIRE(make_node_certificate(path, "first", valid, chance));
    REQUIRE(make_node_certificate(path, "second", valid, chance));
    put("first");
  }
  ~shop_keys() { std::filesystem::remove_all(path); }

  void put(const std::string& which) {
    const auto over = std::filesystem::copy_options::overwrite_existing;
    for (const std::string kind : {".pem", ".key"})
      std::filesystem::copy_file(path + "/" + which + kind, path + "/shop" + kind, over);
  }
  tls_files files() const { return {path + "/shop.pem", path + "/shop.key"}; }

  std::string path;
  real_clock clock;
  real_entropy chance;
};

/// A blocking TLS client that gives up after five seconds of silence.
class tls_client {
 public:
  explicit tls_client(std::uint16_t port, int version_max = TLS1_3_VERSION,
                      const std::string& protocols = "")
      : settings_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free),
        socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    SSL_CTX_set_max_proto_version(settings_.get(), version_max);
    SSL_CTX_set_security_level(settings_.get(), 0);
    session_.reset(SSL_new(settings_.get()));
    SSL_set_alpn_protos(session_.get(), reinterpret_cast<const unsigned char*>(protocols.data()),
                        static_cast<unsigned>(protocols.size()));
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
    const timeval patience{5, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    SSL_set_fd(session_.get(), socket_);
    linked_ = SSL_connect(session_.get()) == 1;
  }
  ~tls_client() { ::close(socket_); }

  bool linked() const { return linked_; }
  ssl_st* session() { return session_.get(); }
  std::string certified() {
    const std::unique_ptr<X509, decltype(&X509_free)> seen(
        SSL_get1_peer_certificate(session_.get()), X509_free);
    return certified_name(seen.get());
  }
  void send(const std::string& bytes) {
    REQUIRE(SSL_write(session_.get(), bytes.data(), static_cast<int>(bytes.size())) ==
            static_cast<int>(bytes.size()));
  }
  bool receive() {
    char bytes[65536];
    const int count = SSL_read(session_.get(), bytes, sizeof bytes);
    if (count > 0) buffer_.append(bytes, static_cast<std::size_t>(count));
    return count > 0;
  }
  std::string read_bytes(std::size_t count) {
    while (buffer_.size() < count) REQUIRE(receive());
    auto out = buffer_.substr(0, count);
    buffer_.erase(0, count);
    return out;
  }
  std::string read_answer() {
    std::size_t head_end;
    while ((head_end = buffer_.find("\r\n\r\n")) == std::string::npos) REQUIRE(receive());
    std::size_t size = head_end + 4;
    if (auto at = buffer_.find("\r\nContent-Length: "); at < head_end)
      size += std::stoul(buffer_.substr(at + 18));
    return read_bytes(size);
  }
  /// The server said goodbye, as TLS wants it.
  bool ended_in_order() {
    while (receive()) {
    }
    return SSL_get_error(session_.get(), 0) == SSL_ERROR_ZERO_RETURN;
  }

 private:
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> settings_{nullptr, SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> session_{nullptr, SSL_free};
  int socket_;
  bool linked_ = false;
  std::string buffer_;
};

std::string get(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: shop.test\r\n\r\n";
}

const std::string handshake =
    "GET /v1/ws?ticket=good HTTP/1.1\r\nHost: shop.test\r\nConnection: Upgrade\r\n"
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

template <class Condition>
bool comes(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition())
    if (std::chrono::steady_clock::now() > end) return false;
  return true;
}

TEST_CASE("a listener with a wrong certificate does not listen") {
  shop_keys keys;
  edge_world plain;
  const auto refused = [&](tls_files files) {
    http_server server({plain.loops, plain.application, plain.clock, plain.entropy, {}, files});
    return !server.listen("127.0.0.1", 0);
  };
  CHECK(refused({keys.path + "/none.pem", keys.path + "/shop.key"}));
  CHECK(refused({keys.path + "/shop.pem", keys.path + "/second.key"}));
  CHECK(refused({keys.path + "/shop.pem", ""}));
}

TEST_CASE("plain HTTP on the TLS port is closed, and so is TLS on the plain one, within a second") {
  shop_keys keys;
  edge_world secret(testing::standard_limits(), 1, keys.files());
  for (const auto& bytes : {get("/now"), std::string("\x16\x03\x01"), std::string(64, 'x')}) {
    raw_client client(secret.port);
    client.send(bytes);
    if (bytes.size() < 8) client.finish_sending();
    REQUIRE(client.readable_within(1000));
    CHECK_FALSE(contains(client.read_to_end(), "HTTP/1.1"));
  }
  CHECK(comes([&] { return secret.server.counts().handshakes_failed == 3; }));
  CHECK(secret.application.answers == 0);
  edge_world plain;
  const auto begin = std::chrono::steady_clock::now();
  tls_client client(plain.port);
  CHECK_FALSE(client.linked());
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(1));
}

TEST_CASE("old TLS and other protocols are refused") {
  shop_keys keys;
  edge_world world(testing::standard_limits(), 1, keys.files());
  CHECK_FALSE(tls_client(world.port, TLS1_1_VERSION).linked());
  CHECK_FALSE(tls_client(world.port, TLS1_3_VERSION, "\x02h2").linked());
  CHECK(tls_client(world.port, TLS1_3_VERSION, std::string("\x02h2\x08http/1.1")).linked());
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    tls_client client(world.port, version);
    REQUIRE(client.linked());
    CHECK(SSL_version(client.session()) == version);
    client.send(get("/now?a"));
    CHECK(contains(client.read_answer(), "now a"));
  }
}

TEST_CASE("a client that never finishes its TLS handshake is closed") {
  shop_keys keys;
  edge_world world(testing::standard_limits(), 1, keys.files());
  raw_client client(world.port);
  client.send(std::string("\x16\x03\x01\x02", 4));
  CHECK_FALSE(client.readable_within(300));
  world.clock.push(std::chrono::seconds(11));
  CHECK(client.read_to_end().empty());
}

TEST_CASE("requests are served over TLS: pipelined, large both ways, one record or many") {
  shop_keys keys;
  edge_world world(testing::standard_limits(), 1, keys.files());
  tls_client client(world.port);
  REQUIRE(client.linked());
  client.send(get("/now?1") + get("/now?2") + get("/now?3"));
  for (const auto* each : {"now 1", "now 2", "now 3"}) CHECK(contains(client.read_answer(), each));
  const std::string body(900'000, 'p');
  client.send("POST /echo HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 900000\r\n\r\n" + body);
  CHECK(contains(client.read_answer(), body));
  const auto request = get("/now?slow");
  for (const char byte : request) client.send(std::string(1, byte));
  CHECK(contains(client.read_answer(), "now slow"));
  client.send(get("/big"));
  CHECK(client.read_answer().size() > 8'000'000);
  client.send("GET /now HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n");
  CHECK(status_of(client.read_answer()) == 200);
  CHECK(client.ended_in_order());
}

TEST_CASE("a request longer than a read but of one TLS record is not left waiting") {
  shop_keys keys;
  edge_world world(testing::standard_limits(), 1, keys.files());
  tls_client client(world.port);
  REQUIRE(client.linked());
  for (int size = 3000; size < 16'000; size += 1000) {
    client.send("POST /echo HTTP/1.1\r\nHost: shop.test\r\nContent-Length: " +
                std::to_string(size) + "\r\n\r\n" + std::string(size, 'r'));
    CHECK(contains(client.read_answer(), std::string(size, 'r')));
  }
}

TEST_CASE("a WebSocket over TLS echoes, takes early frames and a flood, and ends in order") {
  shop_keys keys;
  edge_world world(testing::standard_limits(), 1, keys.files());
  tls_client client(world.port);
  REQUIRE(client.linked());
  client.send(handshake + frame(0x81, "early"));
  CHECK(status_of(client.read_answer()) == 101);
  CHECK(client.read_bytes(7).substr(2) == "early");
  std::string many;
  for (int i = 0; i < 200; ++i) many += frame(0x81, "number " + std::to_string(100 + i));
  client.send(many);
  for (int i = 0; i < 200; ++i)
    REQUIRE(client.read_bytes(12).substr(2) == "number " + std::to_string(100 + i));
  const std::string large(30'000, 'l');
  client.send(frame(0x81, large));
  CHECK(client.read_bytes(4 + large.size()).substr(4) == large);
  client.send(frame(0x81, "flood 500"));
  client.read_bytes(500 * 1004);
  client.send(frame(0x81, "close"));
  const auto last = client.read_bytes(2);
  CHECK(static_cast<unsigned char>(last[0]) == 0x88);
  client.send(frame(0x88, "\x11\x31"));
  CHECK(client.ended_in_order());
  CHECK(comes([&] { return world.application.live == 0; }));
}

TEST_CASE("a certificate is read again without a restart, and a bad one changes nothing") {
  shop_keys keys;
  edge_world world(testing::standard_limits(), 1, keys.files());
  tls_client before(world.port);
  CHECK(before.certified() == "first");
  std::ofstream(keys.files().certificate) << "not a certificate";
  world.server.reload();
  CHECK(tls_client(world.port).certified() == "first");
  keys.put("second");
  world.server.reload();
  CHECK(comes([&] { return tls_client(world.port).certified() == "second"; }));
  before.send(get("/now?still"));
  CHECK(contains(before.read_answer(), "now still"));
}

TEST_CASE("a stop ends TLS connections, whatever they wait for") {
  shop_keys keys;
  edge_world world(testing::standard_limits(), 1, keys.files());
  raw_client silent(world.port);
  tls_client idle(world.port);
  tls_client live(world.port);
  live.send(handshake);
  CHECK(status_of(live.read_answer()) == 101);
  idle.send(get("/now"));
  idle.read_answer();
  CHECK(world.stop(milliseconds{3000}));
  CHECK(silent.read_to_end().empty());
}

}  // namespace
}  // namespace resalehub
