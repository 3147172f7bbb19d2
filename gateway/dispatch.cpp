#include "gateway/dispatch.hpp"

#include <boost/asio/this_coro.hpp>

#include "base/log.hpp"
#include "base/trace_context.hpp"
#include "gateway/callers.hpp"
#include "gateway/content.hpp"
#include "gateway/handlers.hpp"
#include "gateway/idempotency.hpp"
#include "gateway/live_session.hpp"
#include "gateway/origins.hpp"
#include "gateway/websocket_handshake.hpp"

namespace resalehub {
namespace {

constexpr std::string_view websocket_path = "/v1/ws";

// -- the checks of a row, in their order ----------------------------------------------------------

task<std::optional<problem>> check_access(exchange& x) {
  if (x.row.who == access::anonymous) co_return std::nullopt;
  auto caller = co_await caller_of(x.here, x.request);
  if (!caller) {
    // Forged tokens cost a signature check each: those who send them have a bucket too.
    const auto permit =
        co_await take_permit(x.here, rate_class::read, x.request.remote_address);
    co_return permit.allowed ? std::move(caller).problem() : rate_refusal(permit);
  }
  x.caller = *std::move(caller);
  if (!x.caller && x.row.who == access::signed_in)
    co_return problem{code::unauthenticated, "Sign in and send the access token."};
  co_return std::nullopt;
}

std::optional<problem> check_fields(exchange& x) {
  if (x.row.successes.front().media == "application/json")
    if (auto refusal = refusal_of_accept(x.request)) return refusal;
  auto given = read_parameters(x.request.query, x.row.parameters);
  if (!given) return std::move(given).problem();
  x.given = *std::move(given);
  if (x.row.key == keyed::required) {
    auto key = idempotency_key_of(x.request);
    if (!key) return std::move(key).problem();
    x.key = *std::move(key);
    x.keyed_request = request_of({.caller = x.by(),
                                  .method = name_of(x.row.method),
                                  .pattern = x.row.pattern,
                                  .path = x.request.path},
                                 x.key);
  }
  auto expected = expected_version_of(x.request);
  if (!expected) return std::move(expected).problem();
  x.expected_version = *expected;
  if (x.expected_version && !x.row.has_version() && x.row.method != http_method::get)
    return problem{code::version_conflict, "What is at this address has no version."};
  return std::nullopt;
}

std::optional<problem> read_body(exchange& x) {
  const auto& request = x.request;
  const auto* kind = x.row.body;
  if (kind == nullptr) {
    if (request.body.empty()) return std::nullopt;
    return problem{code::unexpected_body, "This request takes no body."};
  }
  std::string_view body = request.body;
  if (body.empty()) {
    if (!kind->may_be_absent && request.count("content-length") == 0 &&
        request.count("transfer-encoding") == 0)
      return problem{code::length_required, "A body with its length is required."};
    if (!kind->may_be_absent)
      return problem{code::malformed_json, "The body is empty where JSON is required."};
    body = "{}";
  } else if (auto refusal = refusal_of_media(request)) {
    return refusal;
  }
  auto read = kind->read(body);
  if (!read) return std::move(read).problem();
  x.body_read = *std::move(read);
  if (x.row.key == keyed::required)
    x.fingerprint =
        fingerprint_of(x.shared().keys.fingerprint, kind->canonical(x.body_read.get()));
  return std::nullopt;
}

const std::string* field_of(const http_response& response, std::string_view name) {
  for (const auto& [known, value] : response.fields)
    if (known == name) return &value;
  return nullptr;
}

/// What the client has already, by the tag that it got with it, is not sent again.
void spare_what_is_known(const exchange& x, http_response& response) {
  if (x.row.repeats == conditional::no || response.status != 200) return;
  const auto* tag = field_of(response, "ETag");
  if (tag == nullptr || !names_tag(x.request, *tag)) return;
  response.status = 304;
  response.body.clear();
}

void add_common_fields(const exchange& x, const rate_verdict& verdict, http_response& response) {
  response.route = x.row.pattern;
  const bool read_by_anyone = x.row.method == http_method::get && x.row.who == access::anyone;
  // What anybody may read shows its owner more: a cache must not give the one for the other.
  if (read_by_anyone) response.fields.emplace_back("Vary", "Authorization");
  if (field_of(response, "Cache-Control") == nullptr) {
    const bool open = read_by_anyone && !x.caller &&
                      (response.status == 200 || response.status == 304);
    response.fields.emplace_back("Cache-Control", open ? "public, no-cache" : "no-store");
  }
  if (x.request.trace.find(x.request.request_id) == std::string::npos)  // the client's trace
    response.fields.emplace_back("traceparent", x.request.trace);
  // Of the bucket that was looked at here: a handler may refuse by another one.
  const bool by_another = verdict.allowed && response.status == 429;
  if (verdict.rule.permits > 0 && !by_another) {
    response.fields.emplace_back("RateLimit-Policy", policy_field(x.row.rate, verdict.rule));
    response.fields.emplace_back("RateLimit", limit_field(x.row.rate, verdict));
  }
}

// -- a handshake ----------------------------------------------------------------------------------

bool offers_ours(const http_request& request) {
  return request.count("sec-websocket-protocol") == 0 ||
         offers_subprotocol(request, live_subprotocol);
}

}  // namespace

problem rate_refusal(const rate_verdict& verdict) {
  problem out{code::rate_limited, "Too many requests: wait a moment."};
  out.retry_after_ms = verdict.retry_after_ms;
  return out;
}

dispatch::dispatch(services& shared, door where, const std::vector<route>& rows)
    : shared_(shared), where_(where), router_(rows, where) {}

task<std::optional<problem>> dispatch::admit(exchange& x, rate_verdict& verdict) {
  if (auto refusal = co_await check_access(x)) co_return refusal;
  // Outside of co_await: g++ 12 evaluates both arms of a conditional inside.
  const auto who = x.caller ? to_text(x.caller->user) : x.request.remote_address;
  verdict = co_await take_permit(x.here, x.row.rate, who);
  if (!verdict.allowed) co_return rate_refusal(verdict);
  if (auto refusal = check_fields(x)) co_return refusal;
  co_return read_body(x);
}

/// A row, or none with the refusal to answer.
result<matched_route> dispatch::find(const http_request& request, http_response& refused) const {
  auto matched = router_.match(request.method, request.path);
  if (!matched) {
    refused = to_response(matched.problem(), request);
  } else if (matched->row != nullptr) {
    return matched;
  } else {
    if (where_ == door::open)
      if (auto answer = preflight_answer(shared_.options, request, matched->allowed)) {
        refused = *std::move(answer);
        return matched;
      }
    refused = to_response(
        problem{code::method_not_allowed, "This address knows other methods."}, request);
    refused.fields.emplace_back("Allow", matched->allowed);
  }
  return matched;
}

task<http_response> dispatch::respond(http_request& request) {
  http_response response;
  const auto sent = request.field("traceparent").value_or("");
  request.trace = traceparent_of(sent, request.request_id);
  if (auto refusal = refusal_of_operator(request)) {
    response = to_response(*refusal, request);
    response.fields.emplace_back("Cache-Control", "no-store");
    co_return response;
  }
  auto matched = find(request, response);
  if (!matched || matched->row == nullptr) {
    response.fields.emplace_back("Cache-Control", "no-store");
    co_return response;
  }
  // Before the aggregate: g++ 12 copies a suspended aggregate's strings byte by byte.
  auto& here = shared_.of(co_await boost::asio::this_coro::executor);
  exchange x{.request = request,
             .row = *matched->row,
             .here = here,
             .places = std::move(matched->places)};
  x.deadline = shared_.deadline();
  rate_verdict verdict;
  if (auto refusal = co_await admit(x, verdict)) {
    response = to_response(*refusal, request);
  } else {
    auto outcome = co_await x.row.respond(x);
    response = outcome ? *std::move(outcome) : to_response(outcome.problem(), request);
  }
  spare_what_is_known(x, response);
  add_common_fields(x, verdict, response);
  co_return response;
}

void dispatch::adorn(const http_request& request, http_response& response) const {
  if (where_ == door::open) allow_origin(shared_.options, request, response);
}

/// Operators that come from afar prove who they are, whatever they ask for.
std::optional<problem> dispatch::refusal_of_operator(const http_request& request) const {
  const auto& token = shared_.options.admin_token;
  if (where_ != door::admin || token.empty()) return std::nullopt;
  const auto given = bearer_token_of(request);
  if (!given) return given.problem();
  if (*given && same_bytes(**given, token)) return std::nullopt;
  return problem{code::unauthenticated, "Send the operators' token as a bearer token."};
}

bool dispatch::is_websocket(std::string_view path) const {
  return where_ == door::open && path == websocket_path;
}

task<result<websocket_accepted>> dispatch::accept(http_request& request) {
  if (!may_connect(shared_.options, request))
    co_return problem{code::origin_not_allowed, "This origin may not connect."};
  http_response refused;
  const auto matched = find(request, refused);
  if (!matched || matched->row == nullptr)
    co_return problem{code::not_found, "There is nothing at this address."};
  const auto given = read_parameters(request.query, matched->row->parameters);
  const auto ticket = given ? given->word("ticket") : std::nullopt;
  const bool has_one = ("&" + request.query).find("&ticket=") != std::string::npos;
  if (!given && has_one) co_return given.problem();
  if (!ticket) co_return problem{code::unauthenticated, "A ticket is required."};
  if (!offers_ours(request))
    co_return problem{code::malformed_request, "The subprotocol is resalehub.v1.json."};
  auto& here = shared_.of(co_await boost::asio::this_coro::executor);
  auto claims = co_await redeem(here, *ticket);
  if (!claims) co_return std::move(claims).problem();
  co_return websocket_accepted{.session = make_live_session(here, *std::move(claims)),
                               .subprotocol = request.count("sec-websocket-protocol") > 0
                                                  ? std::string{live_subprotocol}
                                                  : std::string{}};
}

task<upgrade_verdict> dispatch::upgrade(http_request& request) {
  auto accepted = co_await accept(request);
  if (accepted) co_return upgrade_verdict{*std::move(accepted)};
  auto response = to_response(accepted.problem(), request);
  response.route = websocket_path;
  response.fields.emplace_back("Cache-Control", "no-store");
  co_return upgrade_verdict{std::move(response)};
}

void dispatch::answered(const http_exchange& one) {
  shared_.ports.node.count_request(name_of(one.method), one.route, one.status, one.took_us);
  if (!shared_.options.log_requests) return;
  log_event(log_level::info, "request",
            {{"request_id", one.request_id},
             {"trace_id", one.trace.empty() ? one.request_id : trace_id_of(one.trace)},
             {"listener", where_ == door::admin ? "admin" : "public"},
             {"method", name_of(one.method)},
             {"route", one.route},
             {"path", one.path},
             {"status", one.status},
             {"address", one.remote_address},
             {"received_bytes", one.received_bytes},
             {"sent_bytes", one.sent_bytes},
             {"took_us", one.took_us}});
}

}  // namespace resalehub
