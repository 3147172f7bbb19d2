#pragma once
/// A server over real loopback sockets with a tiny application, and a raw client: for the tests of
/// the edge. The clock is real but can be pushed forward, so no test waits for a limit.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <future>
#include <random>
#include <string>

#include "gateway/http_server.hpp"
#include "gateway/websocket_handshake.hpp"
#include "tests/support/standard_limits.hpp"

namespace resalehub {

class pushed_clock final : public clock_port {
 public:
  instant now() const override { return {784'111'777'000}; }  // Sun, 06 Nov 1994 08:49:37 GMT
  std::int64_t monotonic_us() const override {
    auto since = std::chrono::steady_clock::now().time_since_epoch();
    return pushed_us_ + std::chrono::duration_cast<std::chrono::microseconds>(since).count();
  }
  void push(std::chrono::microseconds by) { pushed_us_ += by.count(); }

 private:
  std::atomic<std::int64_t> pushed_us_{0};
};

class counted_entropy final : public entropy_port {
 public:
  std::uint64_t next() override { return ++state_; }
  void fill(void* bytes, std::size_t count) override {
    auto* to = static_cast<char*>(bytes);
    for (std::size_t i = 0; i < count; ++i) to[i] = static_cast<char>(next());
  }

 private:
  std::atomic<std::uint64_t> state_{0};
};

/// Repeats each message, and does what some of them say.
class echo_session final : public websocket_application {
 public:
  explicit echo_session(std::atomic<int>& live) : live_(live) { ++live_; }
  ~echo_session() override { --live_; }
  void opened(std::shared_ptr<websocket_outlet> outlet) override { outlet_ = std::move(outlet); }
  task<void> receive(std::string_view text) override {
    if (text == "close") outlet_->close(4401, "ended");
    if (text == "throw") throw std::runtime_error("a bug");
    if (text.starts_with("flood ")) {
      auto shared = std::make_shared<const std::string>(1000, 'f');
      for (int left = std::stoi(std::string(text.substr(6))); left > 0; --left)
        outlet_->send(shared);
      co_return;
    }
    outlet_->send(std::make_shared<const std::string>(text));
  }
  void draining() override { outlet_->send(std::make_shared<const std::string>("draining")); }
  void closed() override { outlet_.reset(); }

 private:
  std::atomic<int>& live_;
  std::shared_ptr<websocket_outlet> outlet_;
};

class tiny_application final : public http_application {
 public:
  std::optional<http_response> respond_at_once(http_request& request) override {
    ++handled;
    if (request.path == "/now") return http_response{.body = "now " + request.query};
    if (request.path == "/host")
      return http_response{.body = std::string{request.field("host").value_or("none")}};
    if (request.path == "/nothing") return http_response{.status = 204};
    if (request.path == "/secret") return http_response{.status = 401};
    if (request.path == "/big") return http_response{.body = std::string(8'000'000, 'b')};
    return std::nullopt;
  }
  task<http_response> respond(http_request& request) override {
    if (request.path == "/throw") throw std::runtime_error("a bug");
    http_response response{.content_type = "text/plain", .fields = {{"X-Bad", "a\r\nb"}}};
    response.body = std::string(name_of(request.method)) + " " + request.path + " " + request.body;
    co_return response;
  }
  bool is_websocket(std::string_view path) const override { return path == "/v1/ws"; }
  task<upgrade_verdict> upgrade(http_request& request) override {
    if (request.query != "ticket=good")
      co_return to_response(problem{code::unauthenticated, "No ticket."}, request);
    websocket_accepted accepted{std::make_unique<echo_session>(live), ""};
    const char* spoken = "resalehub.v1.json";
    if (offers_subprotocol(request, spoken)) accepted.subprotocol = spoken;
    co_return accepted;
  }
  void answered(const http_exchange& exchange) override {
    ++answers;
    last_status = exchange.status;
  }

  std::atomic<int> handled{0}, answers{0}, last_status{0}, live{0};
};

/// A blocking socket that fails the test when nothing comes for five seconds.
class raw_client {
 public:
  explicit raw_client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
  }
  ~raw_client() { leave(); }
  raw_client(const raw_client&) = delete;

  void send(const std::string& bytes) {
    REQUIRE(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bytes.size()));
  }
  void send_what_may_fail(const std::string& bytes) {
    (void)!::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  void finish_sending() { ::shutdown(socket_, SHUT_WR); }
  void leave() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }

  /// One answer, with its content unless there is none; what is behind stays for the next call.
  std::string read_answer(bool has_content = true) {
    std::size_t head_end;
    while ((head_end = buffer_.find("\r\n\r\n")) == std::string::npos) REQUIRE(receive());
    std::size_t size = head_end + 4;
    if (auto at = buffer_.find("\r\nContent-Length: "); has_content && at < head_end)
      size += std::stoul(buffer_.substr(at + 18));
    return read_bytes(size);
  }
  std::string read_bytes(std::size_t count) {
    while (buffer_.size() < count) REQUIRE(receive());
    auto out = buffer_.substr(0, count);
    buffer_.erase(0, count);
    return out;
  }
  bool readable_within(int wait_ms) {
    pollfd wait{socket_, POLLIN, 0};
    return ::poll(&wait, 1, wait_ms) == 1;
  }
  /// All until the server closes.
  std::string read_to_end() {
    while (receive()) {
    }
    return std::exchange(buffer_, {});
  }
  /// One unfragmented frame of the server.
  std::pair<int, std::string> read_frame() {
    auto head = read_bytes(2);
    std::size_t size = static_cast<unsigned char>(head[1]);
    if (size == 126) {
      auto more = read_bytes(2);
      size = static_cast<unsigned char>(more[0]) << 8 | static_cast<unsigned char>(more[1]);
    }
    return {static_cast<unsigned char>(head[0]), read_bytes(size)};
  }
  /// The code of the close frame, which comes next or behind other frames.
  int read_close_code() {
    for (;;) {
      auto [first, payload] = read_frame();
      if (first != 0x88) continue;
      REQUIRE(payload.size() >= 2);
      return static_cast<unsigned char>(payload[0]) << 8 | static_cast<unsigned char>(payload[1]);
    }
  }

 private:
  bool receive() {
    pollfd wait{socket_, POLLIN, 0};
    REQUIRE(::poll(&wait, 1, 5000) == 1);
    char bytes[65536];
    auto count = ::recv(socket_, bytes, sizeof bytes, 0);
    if (count > 0) buffer_.append(bytes, static_cast<std::size_t>(count));
    return count > 0;
  }

  int socket_;
  std::string buffer_;
};

/// The server, running.
struct edge_world {
  explicit edge_world(http_limits limits = testing::standard_limits(), std::size_t loop_count = 1,
                      tls_files tls = {})
      : loops(loop_count), server({loops, application, clock, entropy, limits, tls}) {
    port = server.listen("127.0.0.1", 0).value();
    loops.start();
  }
  ~edge_world() {
    if (!stop_asked) stop(milliseconds{0});  // a session that is still closing lets go of itself
    loops.stop();
  }

  /// Whether all ended by itself before the limit.
  bool stop(milliseconds within) {
    stop_asked = true;
    std::promise<void> stopped;
    server.stop(within, [&] { stopped.set_value(); });
    return stopped.get_future().wait_for(std::chrono::seconds(5)) == std::future_status::ready;
  }

  pushed_clock clock;
  counted_entropy entropy;
  tiny_application application;
  loop_group loops;
  http_server server;
  std::uint16_t port = 0;
  bool stop_asked = false;
};

inline int status_of(const std::string& answer) {
  return answer.size() < 12 ? 0 : std::stoi(answer.substr(9, 3));
}
inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace resalehub
