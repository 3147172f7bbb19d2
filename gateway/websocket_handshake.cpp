#include "gateway/websocket_handshake.hpp"

#include <algorithm>

#include "gateway/request_rules.hpp"

namespace resalehub {
namespace {

bool is_base64(char byte) {
  return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
         (byte >= '0' && byte <= '9') || byte == '+' || byte == '/';
}

}  // namespace

bool is_websocket_key(std::string_view text) {
  // 22 digits hold 132 bits: the last one's low four are padding and zero.
  return text.size() == 24 && text.ends_with("==") &&
         std::all_of(text.begin(), text.begin() + 22, is_base64) &&
         std::string_view("AQgw").find(text[21]) != std::string_view::npos;
}

bool offers_subprotocol(const http_request& request, std::string_view name) {
  bool offered = false;
  for (const auto& [field, value] : request.fields)
    if (field == "sec-websocket-protocol")
      for_each_element(value, [&](std::string_view element) { offered |= element == name; });
  return offered;
}

http_response upgrade_refusal(std::string detail, const http_request& request) {
  auto response = to_response(problem{code::upgrade_required, std::move(detail)}, request);
  response.fields.emplace_back("Sec-WebSocket-Version", "13");
  response.fields.emplace_back("Upgrade", "websocket");
  response.fields.emplace_back("Connection", "Upgrade");
  return response;
}

std::optional<http_response> refusal_of_handshake(const request_head& head,
                                                  const http_request& request) {
  auto refused = [&](code why, const char* detail) {
    return to_response(problem{why, detail}, request);
  };
  if (!head.upgrades_to_websocket)
    return refused(code::malformed_request, "This address takes WebSocket handshakes only.");
  if (request.count("sec-websocket-version") != 1)
    return refused(code::malformed_request, "One Sec-WebSocket-Version is required.");
  if (request.field("sec-websocket-version") != "13")
    return upgrade_refusal("Only WebSocket version 13 is spoken.", request);
  auto key = request.field("sec-websocket-key");
  if (!key || !is_websocket_key(*key))
    return refused(code::malformed_request, "One Sec-WebSocket-Key of 16 bytes is required.");
  return std::nullopt;
}

}  // namespace resalehub
