#include "base/problem.hpp"
#include "gateway/exchange.hpp"
#include "gateway/handlers.hpp"

namespace resalehub {
namespace {

/// Every code there is, in the order of its table.
constexpr code every_code[] = {
#define RESALEHUB_CODE(name, status, retryable, title) code::name,
#include "base/problem_codes.inc"
#undef RESALEHUB_CODE
};

std::string_view advice_for(const code_row& row) {
  if (row.retryable)
    return "The same request may succeed later: wait as long as Retry-After says, and keep its "
           "Idempotency-Key.";
  if (row.code == code::internal)
    return "The member effect says whether the request may have been carried out; if it is "
           "unknown, ask, or send it again under the same Idempotency-Key.";
  return "The same request would be refused again: detail, errors and meta say what to change.";
}

/// Texts are ours and hold nothing that HTML would read otherwise.
http_response html_page(std::string_view title, std::string_view content) {
  http_response out{.status = 200, .content_type = "text/html; charset=utf-8"};
  out.body = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>";
  (out.body += title) += "</title><main><h1>";
  ((out.body += title) += "</h1>") += content;
  out.body += "</main></html>\n";
  out.fields.emplace_back("Cache-Control", "public, max-age=3600");
  out.fields.emplace_back("Content-Security-Policy", "default-src 'none'");
  return out;
}

}  // namespace

task<result<http_response>> read_problem(exchange& x) {
  const auto which = code_from_name(x.places.at(0));
  if (!which) co_return problem{code::not_found, "There is no problem of this name."};
  const auto& row = row_of(*which);
  std::string content = "<p><code>";
  (content += row.name) += "</code>, HTTP status ";
  content += std::to_string(row.status);
  (content += "</p><p>") += advice_for(row);
  content += "</p><p><a href=\"/problems\">All problems</a></p>";
  co_return html_page(row.title, content);
}

task<result<http_response>> list_problems(exchange&) {
  std::string content = "<table>";
  for (const auto which : every_code) {
    const auto& row = row_of(which);
    const std::string name{row.name};
    content += "<tr><td>" + std::to_string(row.status) + "<td><a href=\"/problems/" + name + "\">" +
               name + "</a><td>";
    content += row.title;
  }
  co_return html_page("Problems", content + "</table>");
}

}  // namespace resalehub
