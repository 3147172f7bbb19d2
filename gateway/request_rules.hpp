#pragma once
/// What a syntactically right head means, and whether it may be served: framing, host, method,
/// connection, expectation. Pure, any thread.

#include <optional>

#include "gateway/request_head.hpp"

namespace resalehub {

http_method method_named(std::string_view name);
/// A method that is served nowhere; nothing for those that are somewhere.
std::optional<head_refusal> refusal_of_method(http_method method, std::string_view name);

/// Fills in framing and what the connection fields say; a refusal where one is due.
std::optional<head_refusal> judge(request_head& head, const http_limits& limits);

/// Of the fields that the server reads, only ASCII is taken.
bool is_read_by_us(std::string_view name);

/// Calls `visit(element)` for each non-empty element of a comma-separated list, trimmed.
template <class Visit>
void for_each_element(std::string_view list, Visit&& visit) {
  while (!list.empty()) {
    auto comma = list.find(',');
    auto element = list.substr(0, comma);
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
    while (!element.empty() && (element.front() == ' ' || element.front() == '\t'))
      element.remove_prefix(1);
    while (!element.empty() && (element.back() == ' ' || element.back() == '\t'))
      element.remove_suffix(1);
    if (!element.empty()) visit(element);
  }
}

/// A token of RFC 9110 5.6.2: letters, digits and some marks, at least one.
bool is_token(std::string_view text);
bool is_token_byte(char byte);

}  // namespace resalehub
