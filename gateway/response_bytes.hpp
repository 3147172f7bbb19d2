#pragma once
/// An answer as one run of bytes: what every answer carries, what this one adds, the content. Pure.

#include <string>
#include <string_view>

#include "base/time.hpp"
#include "gateway/message.hpp"

namespace resalehub {

enum class connection_after : std::uint8_t {
  kept,
  kept_and_said,  ///< HTTP/1.0 asks to be told
  closed,
};

struct answer_frame {
  std::string_view date;  ///< IMF-fixdate
  std::string_view request_id;
  http_method method = http_method::get;
  connection_after after = connection_after::kept;
};

/// Appends the answer to `out`. HEAD, 204 and 304 go without content; a control byte in a field
/// of the response becomes a space, so no value can end its line.
void append_answer(std::string& out, const http_response& response, const answer_frame& frame);

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7).
std::string to_http_date(instant at);

}  // namespace resalehub
