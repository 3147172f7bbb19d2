#include "gateway/response_bytes.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

#include "gateway/request_target.hpp"

namespace resalehub {
namespace {

std::string_view phrase_of(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 423: return "Locked";
    case 426: return "Upgrade Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 507: return "Insufficient Storage";
    default: return "Answer";
  }
}

void append_number(std::string& out, std::size_t value) {
  std::array<char, 20> digits;
  auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

void append_safely(std::string& out, std::string_view text) {
  auto begin = out.size();
  out += text;
  for (auto at = out.begin() + static_cast<std::ptrdiff_t>(begin); at != out.end(); ++at)
    if (static_cast<unsigned char>(*at) < 0x20 || *at == 0x7F) *at = ' ';
}

}  // namespace

void append_answer(std::string& out, const http_response& response, const answer_frame& frame) {
  bool no_content = response.status == 204 || response.status == 304;
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::size_t>(response.status));
  out += ' ';
  out += phrase_of(response.status);
  out += "\r\nDate: ";
  out += frame.date;
  if (!no_content) {
    if (!response.content_type.empty()) {
      out += "\r\nContent-Type: ";
      append_safely(out, response.content_type);
    }
    out += "\r\nContent-Length: ";
    append_number(out, response.body.size());
  }
  out += "\r\nRequest-Id: ";
  out += frame.request_id;
  bool says_caching = false, says_how = false;
  for (const auto& [name, value] : response.fields) {
    says_caching |= equal_ignoring_case(name, "cache-control");
    says_how |= equal_ignoring_case(name, "www-authenticate");
    out += "\r\n";
    append_safely(out, name);
    out += ": ";
    append_safely(out, value);
  }
  if (!says_caching) out += "\r\nCache-Control: no-store";
  if (response.status == 401 && !says_how) out += "\r\nWWW-Authenticate: Bearer";
  out += "\r\nX-Content-Type-Options: nosniff";
  switch (frame.after) {
    case connection_after::kept: break;
    case connection_after::kept_and_said: out += "\r\nConnection: keep-alive"; break;
    case connection_after::closed: out += "\r\nConnection: close"; break;
  }
  out += "\r\n\r\n";
  if (!no_content && frame.method != http_method::head) out += response.body;
}

std::string to_http_date(instant at) {
  using namespace std::chrono;
  constexpr std::array<const char*, 7> weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  sys_seconds moment{floor<seconds>(std::chrono::milliseconds{at.unix_ms})};
  auto day = floor<days>(moment);
  year_month_day date{day};
  hh_mm_ss time{moment - day};
  std::array<char, 40> text;
  int size = std::snprintf(
      text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
      weekdays[weekday{day}.c_encoding()], static_cast<unsigned>(date.day()),
      months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
      static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
      static_cast<int>(time.seconds().count()));
  return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace resalehub
