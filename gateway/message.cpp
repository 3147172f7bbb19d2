#include "gateway/message.hpp"

#include <algorithm>

#include "base/json_bytes.hpp"

namespace resalehub {
namespace {

using json_text::write_text;

constexpr std::int64_t retry_after_ms_default = 1000;

/// Whether a refused write may have happened after all; reads never have an effect. A meta entry
/// "effect" of the problem knows better.
std::string_view effect_of(const problem& why, http_method method) {
  for (const auto& entry : why.meta)
    if (const auto* known = std::get_if<std::string>(&entry.value); known && entry.name == "effect")
      return *known;
  if (method == http_method::get || method == http_method::head) return "none";
  bool unstarted = why.code == code::overloaded || why.code == code::insufficient_storage ||
                   why.code == code::not_implemented ||
                   why.code == code::unsupported_transfer_coding ||
                   why.code == code::http_version_not_supported;
  return unstarted ? "none" : "unknown";
}

std::optional<std::int64_t> retry_after_ms_of(const problem& why, int status) {
  if (why.retry_after_ms) return why.retry_after_ms;
  bool always = status == 429 || status == 503 || why.code == code::idempotency_in_progress;
  return always ? std::optional{retry_after_ms_default} : std::nullopt;
}

void write_member(std::string& out, std::string_view name, std::string_view value) {
  out += ",\"";
  out += name;
  out += "\":";
  write_text(out, value);
}

void write_meta(std::string& out, const std::vector<meta_entry>& meta) {
  char before = '{';
  out += ",\"meta\":";
  for (const auto& entry : meta) {
    out += std::exchange(before, ',');
    write_text(out, entry.name);
    out += ':';
    json_text::write(out, entry.value);
  }
  out += '}';
}

void write_errors(std::string& out, const std::vector<field_problem>& errors) {
  char before = '[';
  out += ",\"errors\":";
  for (const auto& one : errors) {
    out += std::exchange(before, ',');
    out += "{\"pointer\":";
    write_text(out, one.pointer);
    write_member(out, "code", row_of(one.code).name);
    write_member(out, "detail", one.detail);
    out += '}';
  }
  out += ']';
}

}  // namespace

std::string_view name_of(http_method method) {
  switch (method) {
    case http_method::get: return "GET";
    case http_method::head: return "HEAD";
    case http_method::post: return "POST";
    case http_method::put: return "PUT";
    case http_method::patch: return "PATCH";
    case http_method::del: return "DELETE";
    case http_method::options: return "OPTIONS";
    case http_method::other: return "other";
  }
  return "other";
}

std::optional<std::string_view> http_request::field(std::string_view name) const {
  std::optional<std::string_view> found;
  for (const auto& [one, value] : fields) {
    if (one != name) continue;
    if (found) return std::nullopt;
    found = value;
  }
  return found;
}

std::size_t http_request::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(
      fields.begin(), fields.end(), [&](const auto& field) { return field.first == name; }));
}

http_response to_response(const problem& why, const http_request& request) {
  const auto& row = row_of(why.code);
  http_response response{.status = row.status, .content_type = "application/problem+json"};
  if (why.replayed) response.fields.emplace_back("Idempotent-Replayed", "true");
  auto& out = response.body;
  out.reserve(512);
  out += "{\"type\":\"/problems/";
  out += row.name;
  out += '"';
  write_member(out, "title", row.title);
  out += ",\"status\":";
  json_text::write_signed(out, row.status);
  if (!why.detail.empty()) write_member(out, "detail", why.detail);
  write_member(out, "instance", "urn:resalehub:request:" + request.request_id);
  write_member(out, "code", row.name);
  write_member(out, "request_id", request.request_id);
  out += row.retryable ? ",\"retryable\":true" : ",\"retryable\":false";
  if (auto wait_ms = retry_after_ms_of(why, row.status)) {
    out += ",\"retry_after_ms\":";
    json_text::write_signed(out, *wait_ms);
    response.fields.emplace_back("Retry-After", std::to_string(std::max<std::int64_t>(
                                                    1, (*wait_ms + 999) / 1000)));
  }
  if (row.status >= 500) write_member(out, "effect", effect_of(why, request.method));
  if (!why.errors.empty()) write_errors(out, why.errors);
  if (!why.meta.empty()) write_meta(out, why.meta);
  out += '}';
  return response;
}

}  // namespace resalehub
