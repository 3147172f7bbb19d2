#pragma once
/// A gateway on one loop over a market in memory, and a client's words to it. One thread, but for
/// the passwords' own.

#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "gateway/gateway.hpp"
#include "tests/gateway/market_in_memory.hpp"

namespace resalehub::testing {

using json = nlohmann::json;

class hand_clock final : public clock_port {
 public:
  instant at{1'800'000'000'000};
  instant now() const override { return at; }
  std::int64_t monotonic_us() const override { return at.unix_ms * 1000; }
};

class counted_entropy final : public entropy_port {
 public:
  std::uint64_t next() override { return ++count_ * 0x9e3779b97f4a7c15ULL; }
  void fill(void* bytes, std::size_t count) override;

 private:
  std::uint64_t count_ = 0;
};

class still_node final : public node_view {
 public:
  bool is_ready = true;
  bool ready() const override { return is_ready; }
  std::string metrics_text() const override { return "resalehub_up 1\n"; }
  void count_request(std::string_view, std::string_view, int, std::int64_t) override { ++counted; }
  int counted = 0;
};

/// What a client sends beside method and path.
struct extras {
  std::string token;
  std::string key;
  json body = json::value_t::discarded;
  std::string raw_body;
  std::map<std::string, std::string> fields;
};

struct reply_seen {
  int status = 0;
  json body;
  std::map<std::string, std::string> fields;
  std::string text;
  std::string code() const { return body.is_object() ? body.value("code", "") : ""; }
};

class outlet_seen final : public websocket_outlet {
 public:
  explicit outlet_seen(loop_executor loop) : loop_(loop) {}
  void send(std::shared_ptr<const std::string> text) override {
    if (closed == 0) sent.push_back(json::parse(*text));
  }
  void close(std::uint16_t code, std::string_view) override {
    if (closed == 0) closed = code;
  }
  loop_executor executor() const override { return loop_; }

  std::vector<json> sent;
  std::uint16_t closed = 0;

 private:
  loop_executor loop_;
};

/// One live connection as its client sees it.
struct live_client {
  std::unique_ptr<websocket_application> session;
  std::shared_ptr<outlet_seen> outlet;
  std::vector<json> take() { return std::exchange(outlet->sent, {}); }
};

class gateway_world {
 public:
  explicit gateway_world(gateway_options options = generous());
  ~gateway_world();

  static gateway_options generous();

  reply_seen call(const std::string& method, const std::string& target, extras with = {});
  reply_seen admin(const std::string& method, const std::string& target);
  reply_seen upgrade(const std::string& target, live_client& client,
                     std::map<std::string, std::string> fields = {});
  void say(live_client& client, const json& message);
  void settle();  ///< runs what is ready
  /// From now on through the gateway of another node, or of this one after a restart.
  void go_elsewhere();

  struct account {
    std::string id, token, refresh, email;
  };
  account sign_up(const std::string& name);
  /// A published listing.
  json sell(const account& seller, std::int64_t price, std::int64_t quantity);
  std::string fresh_key() { return "key-" + std::to_string(++keys_); }

  hand_clock clock;
  counted_entropy entropy;
  still_node node;
  market_in_memory market{clock};
  boost::asio::io_context loop;
  std::unique_ptr<gateway> door;

 private:
  void open_door();
  http_request request_of(const std::string& method, const std::string& target,
                          const extras& with);
  reply_seen seen(const http_response& response) const;
  template <class Answer>
  Answer run(task<Answer> work);

  gateway_options options_;
  int keys_ = 0;
};

}  // namespace resalehub::testing
