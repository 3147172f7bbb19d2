#include "gateway/origins.hpp"

#include <algorithm>

namespace resalehub {
namespace {

constexpr std::string_view fields_asked_with =
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, traceparent";
constexpr std::string_view fields_told =
    "ETag, Idempotent-Replayed, Link, RateLimit, RateLimit-Policy, Request-Id, Retry-After, "
    "traceparent";
constexpr std::string_view preflight_life_s = "600";

/// The one Origin field, if it stands in the list.
std::optional<std::string_view> listed_origin(const gateway_options& options,
                                              const http_request& request) {
  const auto origin = request.field("origin");
  const auto& listed = options.origins;
  if (!origin || std::find(listed.begin(), listed.end(), *origin) == listed.end())
    return std::nullopt;
  return origin;
}

}  // namespace

bool may_connect(const gateway_options& options, const http_request& request) {
  if (request.count("origin") == 0) return true;
  if (!options.origins.empty()) return listed_origin(options, request).has_value();
  const auto origin = request.field("origin");
  const auto host = request.field("host");
  return origin && host &&
         (*origin == "http://" + std::string{*host} || *origin == "https://" + std::string{*host});
}

void allow_origin(const gateway_options& options, const http_request& request,
                  http_response& response) {
  if (options.origins.empty()) return;
  response.fields.emplace_back("Vary", "Origin");
  const auto origin = listed_origin(options, request);
  if (!origin) return;
  response.fields.emplace_back("Access-Control-Allow-Origin", *origin);
  response.fields.emplace_back("Access-Control-Expose-Headers", fields_told);
}

std::optional<http_response> preflight_answer(const gateway_options& options,
                                              const http_request& request,
                                              std::string_view methods) {
  const bool asked = request.method == http_method::options &&
                     request.count("access-control-request-method") == 1;
  if (!asked || !listed_origin(options, request)) return std::nullopt;
  http_response out{.status = 204};
  out.fields.emplace_back("Access-Control-Allow-Methods", methods);
  out.fields.emplace_back("Access-Control-Allow-Headers", fields_asked_with);
  out.fields.emplace_back("Access-Control-Max-Age", preflight_life_s);
  return out;
}

}  // namespace resalehub
