#include "gateway/request_rules.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace resalehub {
namespace {

using refusal = std::optional<head_refusal>;

/// What is gathered in one walk over the fields.
struct known_fields {
  std::size_t host_count = 0, length_count = 0, coding_count = 0, authorization_count = 0;
  std::string_view host, length, coding;
  bool says_close = false, says_keep_alive = false, says_upgrade = false;
  bool names_websocket = false, bad_connection = false, unknown_expectation = false;
  bool expects_continue = false, encoded_content = false;
};

void note_connection(known_fields& known, std::string_view list) {
  for_each_element(list, [&](std::string_view element) {
    if (equal_ignoring_case(element, "close")) known.says_close = true;
    if (equal_ignoring_case(element, "keep-alive")) known.says_keep_alive = true;
    if (equal_ignoring_case(element, "upgrade")) known.says_upgrade = true;
    // Whoever lets a hop drop these fields lets it change the framing or the authority.
    if (!is_token(element) || equal_ignoring_case(element, "transfer-encoding") ||
        equal_ignoring_case(element, "content-length") || equal_ignoring_case(element, "host"))
      known.bad_connection = true;
  });
}

void note(known_fields& known, const field_view& field) {
  const auto& [name, value] = field;
  switch (name.size()) {  // a cheap way past the fields that mean nothing here
    case 4:
      if (equal_ignoring_case(name, "host")) ++known.host_count, known.host = value;
      break;
    case 6:
      if (equal_ignoring_case(name, "expect")) {
        bool known_value = equal_ignoring_case(value, "100-continue");
        (known_value ? known.expects_continue : known.unknown_expectation) = true;
      }
      break;
    case 7:
      if (equal_ignoring_case(name, "upgrade"))
        for_each_element(value, [&](std::string_view protocol) {
          known.names_websocket |= equal_ignoring_case(protocol, "websocket");
        });
      break;
    case 10:
      if (equal_ignoring_case(name, "connection")) note_connection(known, value);
      break;
    case 13:
      if (equal_ignoring_case(name, "authorization")) ++known.authorization_count;
      break;
    case 14:
      if (equal_ignoring_case(name, "content-length")) ++known.length_count, known.length = value;
      break;
    case 16:
      if (equal_ignoring_case(name, "content-encoding"))
        known.encoded_content |= !value.empty() && !equal_ignoring_case(value, "identity");
      break;
    case 17:
      if (equal_ignoring_case(name, "transfer-encoding"))
        ++known.coding_count, known.coding = value;
      break;
    default: break;
  }
}

// -- framing ---

refusal judge_coding(request_head& head, const known_fields& known) {
  head_refusal ambiguous{code::ambiguous_framing, "Transfer-Encoding leaves the length open."};
  if (known.length_count > 0)
    return head_refusal{code::ambiguous_framing,
                        "Content-Length and Transfer-Encoding exclude each other."};
  if (known.coding_count > 1 || head.version_minor == 0) return ambiguous;
  if (equal_ignoring_case(known.coding, "chunked")) {
    head.framing = body_framing::chunked;
    return std::nullopt;
  }
  std::string_view last;
  std::size_t chunked = 0, commas = std::count(known.coding.begin(), known.coding.end(), ',');
  std::size_t elements = 0;
  bool sound = true;
  for_each_element(known.coding, [&](std::string_view coding) {
    ++elements;
    chunked += equal_ignoring_case(coding, "chunked");
    sound = sound && is_token(coding) && !equal_ignoring_case(coding, "identity");
    last = coding;
  });
  if (sound && chunked == 1 && elements == commas + 1 && equal_ignoring_case(last, "chunked"))
    return head_refusal{code::unsupported_transfer_coding, "Only chunked is supported."};
  return ambiguous;
}

refusal judge_length(request_head& head, const known_fields& known) {
  if (known.length_count > 1 || known.length.find(',') != std::string_view::npos)
    return head_refusal{code::ambiguous_framing, "There is more than one Content-Length."};
  auto text = known.length;
  bool digits = !text.empty() && std::all_of(text.begin(), text.end(),
                                             [](char byte) { return byte >= '0' && byte <= '9'; });
  if (!digits || (text.size() > 1 && text.front() == '0'))
    return head_refusal{code::malformed_request, "Content-Length is malformed."};
  head.framing = body_framing::length;
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  for (char digit : text) {
    auto units = static_cast<std::uint64_t>(digit - '0');
    bool fits = head.content_length <= (most - units) / 10;
    head.content_length = fits ? head.content_length * 10 + units : most;
    if (!fits) break;
  }
  return std::nullopt;
}

// -- who is asked, and for what ---

refusal judge_host(const request_head& head, const known_fields& known) {
  if (known.host_count == 0 && head.version_minor > 0)
    return head_refusal{code::missing_host, "HTTP/1.1 requires a Host field."};
  if (known.host_count > 1)
    return head_refusal{code::malformed_request, "There is more than one Host field."};
  if (known.host_count == 1 && !host_of(known.host))
    return head_refusal{code::malformed_request, "The Host field names no host."};
  return std::nullopt;
}

refusal judge_authority(const request_head& head, const known_fields& known,
                        const http_limits& limits) {
  // An absolute target overrides the field (RFC 9112 3.2.2).
  auto authority = head.target.authority.empty() ? known.host : head.target.authority;
  auto host = host_of(authority);
  if (!host || limits.names.empty()) return std::nullopt;
  bool ours = std::any_of(limits.names.begin(), limits.names.end(), [&](std::string_view name) {
    return equal_ignoring_case(name, *host) || equal_ignoring_case(name, authority);
  });
  if (ours) return std::nullopt;
  return head_refusal{code::misdirected_request, "This host is not served here.",
                      head.has_body()};
}

refusal judge_method(const request_head& head) {
  if (auto why = refusal_of_method(head.method, head.method_name)) {
    why->close = head.has_body() || head.method_name == "CONNECT";
    return why;
  }
  bool bodyless = head.method == http_method::get || head.method == http_method::head;
  if (bodyless && (head.has_body() || head.framing == body_framing::chunked))
    return head_refusal{code::unexpected_body, "A body has no meaning in this request."};
  return std::nullopt;
}

refusal judge_content(const request_head& head, const known_fields& known,
                      const http_limits& limits) {
  if (known.unknown_expectation && head.version_minor > 0)
    return head_refusal{code::expectation_failed, "Only 100-continue can be expected.",
                        head.has_body()};
  if (head.content_length > limits.body_bytes)
    return head_refusal{code::payload_too_large, "The body is larger than is allowed."};
  if (known.authorization_count > 1)
    return head_refusal{code::malformed_request, "Authorization may be given once.",
                        head.has_body()};
  if (known.encoded_content)
    return head_refusal{code::unsupported_media, "A content coding is not supported.",
                        head.has_body()};
  return std::nullopt;
}

}  // namespace

http_method method_named(std::string_view name) {
  using enum http_method;
  constexpr std::array<std::pair<std::string_view, http_method>, 7> methods{{
      {"GET", get}, {"HEAD", head}, {"POST", post}, {"PUT", put},
      {"PATCH", patch}, {"DELETE", del}, {"OPTIONS", options}}};
  for (const auto& [text, method] : methods)
    if (text == name) return method;
  return other;
}

refusal refusal_of_method(http_method method, std::string_view name) {
  if (method != http_method::other) return std::nullopt;
  if (name == "CONNECT" || name == "TRACE")
    return head_refusal{code::method_not_allowed, "This method is not allowed anywhere."};
  return head_refusal{code::not_implemented, "This method is not known."};
}

bool is_read_by_us(std::string_view name) {
  constexpr std::array<std::string_view, 9> names{
      "host",   "authorization", "transfer-encoding", "connection", "upgrade", "idempotency-key",
      "origin", "if-match",      "traceparent"};
  return equal_ignoring_case(name.substr(0, 8), "content-") ||
         std::any_of(names.begin(), names.end(),
                     [&](std::string_view ours) { return equal_ignoring_case(ours, name); });
}

std::optional<head_refusal> judge(request_head& head, const http_limits& limits) {
  known_fields known;
  for (const auto& field : head.fields) note(known, field);
  if (known.bad_connection)
    return head_refusal{code::malformed_request, "The Connection field is malformed."};
  refusal why;
  if (known.coding_count > 0) why = judge_coding(head, known);
  else if (known.length_count > 0) why = judge_length(head, known);
  if (why) return why;
  bool one_zero = head.version_minor == 0;
  head.keeps_alive = !known.says_close && (!one_zero || known.says_keep_alive);
  head.expects_continue = known.expects_continue && !one_zero && head.has_body();
  head.upgrades_to_websocket = known.names_websocket && known.says_upgrade && !one_zero;
  why = judge_host(head, known);
  if (!why) why = judge_method(head);
  if (!why) why = judge_authority(head, known, limits);
  if (!why) why = judge_content(head, known, limits);
  return why;
}

}  // namespace resalehub
