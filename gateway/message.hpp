#pragma once
/// A request and its response, free of sockets: what sessions hand to dispatch and get back.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/problem.hpp"

namespace resalehub {

enum class http_method : std::uint8_t { get, head, post, put, patch, del, options, other };
std::string_view name_of(http_method method);

struct http_request {
  http_method method = http_method::get;
  std::string path;   ///< still percent-encoded, without query
  std::string query;  ///< still percent-encoded, without '?'
  std::vector<std::pair<std::string, std::string>> fields;  ///< names in lower case, in order
  std::string body;
  std::string remote_address;
  std::string request_id;  ///< given to every request by the session
  std::string trace;       ///< traceparent of its span here; empty: not dispatched

  /// The only value of a field, or nothing; `name` in lower case.
  std::optional<std::string_view> field(std::string_view name) const;
  std::size_t count(std::string_view name) const;
};

struct http_response {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> fields;  ///< beyond what every answer has
  std::string body;
  bool close = false;
  std::string_view route = "-";  ///< metric label: the row's pattern
};

/// RFC 9457, with request id, retryability and, for 5xx, the effect.
http_response to_response(const problem& why, const http_request& request);

}  // namespace resalehub
