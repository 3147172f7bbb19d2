#include "tests/gateway/gateway_world.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <catch2/catch.hpp>
#include <optional>

#include "gateway/settings.hpp"

namespace resalehub::testing {
namespace {

http_method method_of(const std::string& name) {
  for (const auto one : {http_method::get, http_method::head, http_method::post, http_method::put,
                         http_method::patch, http_method::del, http_method::options})
    if (name_of(one) == name) return one;
  return http_method::other;
}

}  // namespace

void counted_entropy::fill(void* bytes, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    static_cast<unsigned char*>(bytes)[i] = static_cast<unsigned char>(next() >> 32);
}

gateway_options gateway_world::generous() {
  auto options = application_options(resalehub::options{});
  options.passwords = {.passes = 1, .memory_kib = 8, .threads = 1, .queue_max = 64};
  options.rates = {};
  return options;
}

gateway_world::gateway_world(gateway_options options) : options_(std::move(options)) {
  open_door();
}

void gateway_world::go_elsewhere() {
  settle();
  open_door();
}

void gateway_world::open_door() {
  secret_key secret;
  secret.fill(9);
  door = std::make_unique<gateway>(options_,
                                   gateway_ports{market, clock, entropy, node}, secret,
                                   std::vector<loop_executor>{loop.get_executor()});
  market.pushes = &door->pushes();
}

gateway_world::~gateway_world() = default;

template <class Answer>
Answer gateway_world::run(task<Answer> work) {
  std::optional<Answer> out;
  auto guard = boost::asio::make_work_guard(loop);
  boost::asio::co_spawn(loop.get_executor(), std::move(work),
                        [&](std::exception_ptr thrown, Answer answered) {
                          if (thrown) std::rethrow_exception(thrown);
                          out = std::move(answered);
                        });
  loop.restart();
  while (!out) loop.run_one();
  return *std::move(out);
}

void gateway_world::settle() {
  loop.restart();
  loop.poll();
}

http_request gateway_world::request_of(const std::string& method, const std::string& target,
                                       const extras& with) {
  http_request out;
  out.method = method_of(method);
  const auto mark = target.find('?');
  out.path = target.substr(0, mark);
  if (mark != std::string::npos) out.query = target.substr(mark + 1);
  out.remote_address = "192.0.2.1";
  out.request_id = "req_test";
  if (!with.token.empty()) out.fields.emplace_back("authorization", "Bearer " + with.token);
  if (!with.key.empty()) out.fields.emplace_back("idempotency-key", with.key);
  out.body = with.body.is_discarded() ? with.raw_body : with.body.dump();
  if (!out.body.empty()) {
    out.fields.emplace_back("content-length", std::to_string(out.body.size()));
    if (!with.fields.contains("content-type"))
      out.fields.emplace_back("content-type", "application/json");
  }
  for (const auto& field : with.fields) out.fields.push_back(field);
  return out;
}

reply_seen gateway_world::seen(const http_response& response) const {
  reply_seen out{.status = response.status, .text = response.body};
  if (response.content_type.find("json") != std::string::npos && !response.body.empty())
    out.body = json::parse(response.body);
  for (const auto& field : response.fields) out.fields.insert(field);
  return out;
}

reply_seen gateway_world::call(const std::string& method, const std::string& target,
                               extras with) {
  auto request = request_of(method, target, with);
  auto response = run(door->public_door().respond(request));
  door->public_door().adorn(request, response);
  return seen(response);
}

reply_seen gateway_world::admin(const std::string& method, const std::string& target) {
  auto request = request_of(method, target, {});
  return seen(run(door->admin_door().respond(request)));
}

reply_seen gateway_world::upgrade(const std::string& target, live_client& client,
                                  std::map<std::string, std::string> fields) {
  auto request = request_of("GET", target, {.fields = std::move(fields)});
  REQUIRE(door->public_door().is_websocket(request.path));
  // A verdict holds a pointer, so it is taken out by reference.
  std::optional<upgrade_verdict> verdict;
  auto work = [](http_application& there, http_request& asked,
                 std::optional<upgrade_verdict>& out) -> task<bool> {
    out.emplace(co_await there.upgrade(asked));
    co_return true;
  };
  run(work(door->public_door(), request, verdict));
  if (auto* refused = std::get_if<http_response>(&*verdict)) return seen(*refused);
  client.session = std::move(std::get<websocket_accepted>(*verdict).session);
  client.outlet = std::make_shared<outlet_seen>(loop.get_executor());
  client.session->opened(client.outlet);
  return {.status = 101};
}

void gateway_world::say(live_client& client, const json& message) {
  const auto text = message.is_string() ? message.get<std::string>() : message.dump();
  auto work = [](websocket_application& there, std::string_view said) -> task<bool> {
    co_await there.receive(said);
    co_return true;
  };
  run(work(*client.session, text));
  settle();
}

gateway_world::account gateway_world::sign_up(const std::string& name) {
  const auto made = call("POST", "/v1/auth/signup",
                         {.key = fresh_key(),
                          .body = {{"email", name + "@example.com"},
                                   {"password", "a long password"},
                                   {"display_name", name}}});
  CAPTURE(made.text);
  REQUIRE(made.status == 201);
  return {made.body["user"]["id"], made.body["access_token"], made.body["refresh_token"],
          name + "@example.com"};
}

json gateway_world::sell(const account& seller, std::int64_t price, std::int64_t quantity) {
  REQUIRE(call("POST", "/v1/me/seller", {.token = seller.token}).status == 200);
  const auto made = call("POST", "/v1/listings",
                         {.token = seller.token,
                          .key = fresh_key(),
                          .body = {{"title", "A bicycle"},
                                   {"description", "It rides."},
                                   {"category", "bikes"},
                                   {"condition", "good"},
                                   {"price", {{"amount", price}, {"currency", "EUR"}}},
                                   {"quantity", quantity}}});
  CAPTURE(made.text);
  REQUIRE(made.status == 201);
  const auto published =
      call("POST", "/v1/listings/" + made.body["id"].get<std::string>() + "/publish",
           {.token = seller.token});
  CAPTURE(published.text);
  REQUIRE(published.status == 200);
  return published.body;
}

}  // namespace resalehub::testing
