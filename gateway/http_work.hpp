#pragma once
/// What a connection needs while it is served, and only then: buffers, readers, the request.
/// Borrowed from its loop, so an idle connection holds none of it.

#include <cstdint>
#include <string>

#include "gateway/message.hpp"
#include "gateway/receive_buffer.hpp"
#include "gateway/request_body.hpp"
#include "gateway/request_head.hpp"

namespace resalehub {

struct http_work {
  static constexpr std::size_t kept_bytes_max = 64 * 1024;

  explicit http_work(const http_limits& limits) : head(limits), body(limits) {}

  receive_buffer in;
  std::string out;
  head_reader head;
  body_reader body;
  bool in_body = false;  ///< the head is read, its body is not
  std::int64_t started_us = 0;  ///< the first byte of this head, then of this body
  std::size_t received_bytes = 0;
  http_request request;

  bool request_begun() const { return in_body || head.begun() || !in.empty(); }
  bool worth_keeping() const {
    return in.capacity() + out.capacity() + request.body.capacity() <= kept_bytes_max;
  }
};

}  // namespace resalehub
