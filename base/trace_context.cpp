#include "base/trace_context.hpp"

#include <algorithm>

namespace resalehub {
namespace {

// 00-<trace id>-<span id>-<flags>
constexpr std::size_t trace_at = 3;
constexpr std::size_t trace_digits = 32;
constexpr std::size_t span_at = 36;
constexpr std::size_t span_digits = 16;
constexpr std::size_t flags_at = 53;
constexpr std::size_t whole_size = 55;

bool is_hexadecimal(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_zero(std::string_view text) {
  return text.find_first_not_of('0') == std::string_view::npos;
}

}  // namespace

bool is_traceparent(std::string_view text) {
  if (text.size() < whole_size) return false;
  const auto version = text.substr(0, 2);
  const auto trace = text.substr(trace_at, trace_digits);
  const auto span = text.substr(span_at, span_digits);
  const bool ends = text.size() == whole_size || (version != "00" && text[whole_size] == '-');
  return ends && text[2] == '-' && text[span_at - 1] == '-' && text[flags_at - 1] == '-' &&
         is_hexadecimal(version) && version != "ff" && is_hexadecimal(trace) && !is_zero(trace) &&
         is_hexadecimal(span) && !is_zero(span) && is_hexadecimal(text.substr(flags_at, 2));
}

std::string traceparent_of(std::string_view sent, std::string_view request_id) {
  const bool follows = is_traceparent(sent);
  std::string out;
  out.reserve(whole_size);
  out += "00-";
  out += follows ? trace_id_of(sent) : request_id;
  out += '-';
  out += request_id.substr(request_id.size() - std::min(request_id.size(), span_digits));
  out += '-';
  out += follows ? sent.substr(flags_at, 2) : "00";
  return out;
}

std::string_view trace_id_of(std::string_view traceparent) {
  return is_traceparent(traceparent) ? traceparent.substr(trace_at, trace_digits)
                                     : std::string_view{};
}

std::string_view span_id_of(std::string_view traceparent) {
  return is_traceparent(traceparent) ? traceparent.substr(span_at, span_digits)
                                     : std::string_view{};
}

}  // namespace resalehub
