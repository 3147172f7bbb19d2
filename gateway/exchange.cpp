#include "gateway/exchange.hpp"

#include "gateway/cursor.hpp"

namespace resalehub {

ask exchange::asking(entity_id to, ask_mode mode, std::string body) const {
  ask out;
  out.to = to;
  out.by = by();
  out.mode = mode;
  out.body = std::move(body);
  out.deadline = deadline;
  out.trace = request.trace;
  if (mode == ask_mode::keyed) {
    out.request = keyed_request;
    out.fingerprint = fingerprint;
  }
  if (mode != ask_mode::query) out.expected_version = expected_version;
  return out;
}

ulid exchange::keyed_ulid(std::string_view what) const {
  const auto& bytes = keyed_request.bytes;
  return derived_ulid(what, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

http_response json_response(int status, std::string body) {
  http_response out;
  out.status = status;
  out.body = std::move(body);
  return out;
}

http_response entity_response(answer&& from) {
  auto out = json_response(from.created ? 201 : 200, std::move(from.bytes));
  if (from.version > 0)
    out.fields.emplace_back("ETag", "\"v" + std::to_string(from.version) + "\"");
  if (from.replayed) out.fields.emplace_back("Idempotent-Replayed", "true");
  return out;
}

result<http_response> entity_response(result<answer>&& from) {
  if (!from) return std::move(from).problem();
  return entity_response(*std::move(from));
}

result<page_request> page_of(const exchange& x) {
  page_request out;
  out.limit = static_cast<std::size_t>(x.given.whole("limit").value_or(20));
  out.scope = x.request.path + "?" + x.given.scope() + "#" + to_text(x.by());
  if (const auto cursor = x.given.word("cursor")) {
    auto last = read_cursor(x.shared().keys.cursor, out.scope, *cursor, x.shared().now());
    if (!last) return std::move(last).problem();
    out.after = *std::move(last);
  }
  return out;
}

http_response list_response(const exchange& x, const std::vector<std::string>& items,
                            std::string_view last_key) {
  std::string body = R"({"data":[)";
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) body += ',';
    body += items[i];
  }
  body += R"(],"page":{"next_cursor":)";
  std::string link;
  if (last_key.empty()) {
    body += "null";
  } else {
    const auto& shared = x.shared();
    const std::string scope = x.request.path + "?" + x.given.scope() + "#" + to_text(x.by());
    const auto cursor =
        issue_cursor(shared.keys.cursor, scope, last_key,
                     shared.now() + milliseconds{shared.options.cursor_life_ms});
    body += '"' + cursor + '"';
    link = "<" + x.request.path + "?" + x.given.query_with(cursor) + ">; rel=\"next\"";
  }
  body += R"(,"prev_cursor":null,"has_more":)";
  body += last_key.empty() ? "false}}" : "true}}";
  auto out = json_response(200, std::move(body));
  if (!link.empty()) out.fields.emplace_back("Link", std::move(link));
  return out;
}

}  // namespace resalehub
