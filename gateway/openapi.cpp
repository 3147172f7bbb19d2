#include "gateway/openapi.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/json.hpp"
#include "gateway/bodies.hpp"

namespace resalehub {
namespace {

std::string quoted(std::string_view text) { return to_json(std::string{text}); }

std::string lower_name(http_method method) {
  std::string out{name_of(method)};
  for (auto& c : out) c = static_cast<char>(c + ('a' - 'A'));
  return out;
}

/// A name for code generators: "get_v1_listings_id".
std::string operation_id(const route& row) {
  std::string out = lower_name(row.method);
  for (const char c : row.pattern) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    if (plain)
      out += c;
    else if (out.back() != '_')
      out += '_';
  }
  if (out.back() == '_') out.pop_back();
  return out;
}

std::string schema_of_parameter(const parameter_row& row) {
  std::string out;
  switch (row.kind) {
    case parameter_kind::word: out = R"({"type":"string","minLength":1)"; break;
    case parameter_kind::choice: {
      out = R"({"type":"string","enum":[)";
      std::string_view rest = row.choices;
      while (true) {
        const auto bar = rest.find('|');
        out += quoted(rest.substr(0, bar));
        if (bar == std::string_view::npos) break;
        out += ',';
        rest.remove_prefix(bar + 1);
      }
      out += ']';
      break;
    }
    case parameter_kind::sealed:
      out = R"({"type":"string","maxLength":)" + std::to_string(sealed_size_max);
      break;
    case parameter_kind::whole:
      out = R"({"type":"integer","minimum":)" + std::to_string(row.low) + R"(,"maximum":)" +
            std::to_string(row.high);
      break;
  }
  if (!row.fallback.empty())
    out += R"(,"default":)" + (row.kind == parameter_kind::whole ? std::string{row.fallback}
                                                                : quoted(row.fallback));
  return out + "}";
}

std::string parameters_of(const route& row) {
  std::string out;
  const auto add = [&out](const std::string& one) {
    if (!out.empty()) out += ',';
    out += one;
  };
  std::string_view rest = row.pattern;
  for (auto open = rest.find('{'); open != std::string_view::npos; open = rest.find('{')) {
    const auto shut = rest.find('}', open);
    add(R"({"in":"path","required":true,"schema":{"type":"string"},"name":)" +
        quoted(rest.substr(open + 1, shut - open - 1)) + "}");
    rest.remove_prefix(shut);
  }
  for (const auto& one : row.parameters)
    add(R"({"in":"query","name":)" + quoted(one.name) + R"(,"description":)" +
        quoted(one.sentence) + R"(,"schema":)" + schema_of_parameter(one) + "}");
  if (row.key == keyed::required)
    add(R"({"in":"header","name":"Idempotency-Key","required":true,)"
        R"("schema":{"type":"string","minLength":1,"maxLength":255}})");
  if (row.repeats == conditional::by_version)
    add(R"({"in":"header","name":"If-None-Match","schema":{"type":"string"}})");
  return out;
}

std::string responses_of(const route& row, schema_book& book) {
  std::map<int, std::string> by_status;
  for (const auto& one : row.successes) {
    std::string text = R"({"description":"It is done.")";
    if (one.shape != nullptr)
      text += R"(,"content":{)" + quoted(one.media) + R"(:{"schema":)" + one.shape->schema(book) +
              "}}";
    by_status[one.status] = text + "}";
  }
  if (row.repeats == conditional::by_version)
    by_status[304] = R"({"description":"It is as it was."})";
  std::map<int, std::set<std::string_view>> refused;
  for (const auto which : refusals_of(row)) {
    const auto& known = row_of(which);
    refused[known.status].insert(known.name);
  }
  for (const auto& [status, names] : refused) {
    std::string sentence;
    for (const auto name : names) {
      if (!sentence.empty()) sentence += ", ";
      sentence += name;
    }
    by_status[status] =
        R"({"description":)" + quoted(sentence) +
        R"(,"content":{"application/problem+json":{"schema":)"
        R"({"$ref":"#/components/schemas/problem"}}}})";
  }
  std::string out;
  for (const auto& [status, text] : by_status) {
    if (!out.empty()) out += ',';
    out += "\"" + std::to_string(status) + "\":" + text;
  }
  return out;
}

std::string operation_of(const route& row, schema_book& book) {
  std::string out = R"({"operationId":)" + quoted(operation_id(row)) + R"(,"summary":)" +
                    quoted(row.sentence) + R"(,"parameters":[)" + parameters_of(row) + "]";
  if (row.body != nullptr)
    out += std::string{R"(,"requestBody":{"required":)"} +
           (row.body->may_be_absent ? "false" : "true") +
           R"(,"content":{"application/json":{"schema":)" + row.body->schema(book) + "}}}";
  switch (row.who) {
    case access::anonymous: out += R"(,"security":[])"; break;
    case access::anyone: out += R"(,"security":[{},{"bearer":[]}])"; break;
    case access::signed_in: out += R"(,"security":[{"bearer":[]}])"; break;
  }
  if (row.where == door::admin) out += R"(,"x-listener":"admin")";
  return out + R"(,"responses":{)" + responses_of(row, book) + "}}";
}

constexpr std::string_view problem_schema =
    R"({"type":"object","required":["type","title","status","code","request_id","retryable"],)"
    R"("properties":{"type":{"type":"string"},"title":{"type":"string"},)"
    R"("status":{"type":"integer"},"detail":{"type":"string"},"instance":{"type":"string"},)"
    R"("code":{"type":"string"},"request_id":{"type":"string"},"retryable":{"type":"boolean"},)"
    R"("retry_after_ms":{"type":"integer"},"effect":{"enum":["none","unknown"]},)"
    R"("meta":{"type":"object"},"errors":{"type":"array","items":{"type":"object",)"
    R"("required":["pointer","code","detail"],"properties":{"pointer":{"type":"string"},)"
    R"("code":{"type":"string"},"detail":{"type":"string"}}}}}})";

}  // namespace

std::vector<code> refusals_of(const route& row) {
  std::set<code> out{row.refusals.begin(), row.refusals.end()};
  if (row.successes.front().media == "application/json") out.insert(code::not_acceptable);
  out.insert({code::malformed_request, code::unknown_parameter, code::unexpected_body,
              code::internal, code::overloaded, code::shard_unavailable,
              code::deadline_exceeded});
  if (row.who != access::anonymous)
    out.insert({code::unauthenticated, code::token_expired, code::session_revoked});
  if (row.where != door::open) out.insert(code::unauthenticated);
  if (row.rate != rate_class::none) out.insert(code::rate_limited);
  if (!row.parameters.empty()) out.insert({code::invalid_parameter});
  if (std::any_of(row.parameters.begin(), row.parameters.end(),
                  [](const parameter_row& one) { return one.name == "cursor"; }))
    out.insert({code::invalid_cursor, code::cursor_expired});
  if (row.pattern.find('{') != std::string_view::npos) out.insert(code::not_found);
  if (row.key == keyed::required)
    out.insert({code::idempotency_key_required, code::idempotency_key_reused,
                code::idempotency_in_progress});
  if (row.method != http_method::get)
    out.insert({code::insufficient_storage, code::version_conflict});
  if (row.body != nullptr)
    out.insert({code::malformed_json, code::duplicate_key, code::json_too_deep,
                code::length_required, code::payload_too_large, code::unsupported_media,
                code::validation_failed, code::unknown_field, code::out_of_range});
  return {out.begin(), out.end()};
}

std::string openapi_document(const std::vector<route>& rows) {
  schema_book book;
  std::map<std::string_view, std::string> by_path;
  for (const auto& row : rows) {
    auto& operations = by_path[row.pattern];
    if (!operations.empty()) operations += ',';
    operations += "\"" + lower_name(row.method) + "\":" + operation_of(row, book);
  }
  std::string paths;
  for (const auto& [pattern, operations] : by_path) {
    if (!paths.empty()) paths += ',';
    paths += quoted(pattern) + ":{" + operations + "}";
  }
  std::string schemas = R"({"problem":)" + std::string{problem_schema};
  for (const auto& [name, schema] : book.components())
    schemas += "," + quoted(name) + ":" + schema;
  return R"({"openapi":"3.1.0","info":{"title":"Resale Hub","version":"1","license":)"
         R"({"name":"Proprietary","identifier":"LicenseRef-proprietary"}},)"
         R"("servers":[{"url":"/"}],"paths":{)" +
         paths + R"(},"components":{"securitySchemes":{"bearer":{"type":"http",)"
         R"("scheme":"bearer","bearerFormat":"JWT"}},"schemas":)" + schemas + "}}}";
}

}  // namespace resalehub
