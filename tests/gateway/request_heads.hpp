#pragma once
/// Request heads by their row of the hardening's table: those that are refused, with what, and
/// those that are served.

#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <vector>

#include "gateway/request_head.hpp"

namespace resalehub::heads {

inline const std::string end = "\r\n\r\n";
inline std::string get(const std::string& fields) {
  return "GET /v1/me HTTP/1.1\r\nHost: shop.test" + fields + end;
}
inline std::string post(const std::string& fields) {
  return "POST /v1/carts HTTP/1.1\r\nHost: shop.test" + fields + end;
}
inline std::string asks(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: shop.test" + end;
}
inline std::string with_host(const std::string& host) {
  return "GET / HTTP/1.1\r\nHost: " + host + end;
}
inline std::string many_fields(int count, const std::string& field) {
  std::string out;
  for (int i = 0; i < count; ++i) out += "\r\n" + field;
  return out;
}
/// A head whose block behind the request line has exactly this many bytes.
inline std::string block_of(std::size_t bytes) {
  std::string line = "GET / HTTP/1.1\r\n", host = "Host: shop.test\r\nX: ";
  return line + host + std::string(bytes - host.size() - 4, 'a') + end;
}
/// A request line of this many bytes.
inline std::string line_of(std::size_t bytes) {
  return "GET /" + std::string(bytes - 14, 'a') + " HTTP/1.1\r\nHost: shop.test" + end;
}

struct refused_row {
  std::string row, bytes, code;
  bool close = true;
  std::size_t at = 0;  ///< the offending byte counts as given; 0: not said
};

inline const std::string te = "\r\nTransfer-Encoding: ", cl = "\r\nContent-Length: ";

using head_check = std::function<void(const request_head&)>;
struct served_row {
  std::string row, bytes;
  head_check check = [](const request_head&) {};
};

extern const std::vector<refused_row> refused_rows;
extern const std::vector<served_row> served_rows;

}  // namespace resalehub::heads
