#pragma once
/// The strict pass over the bytes of a request's head: bytes in, verdict out. Every byte is judged
/// in order and once, so the verdict is the same whether the head arrives whole, byte by byte or
/// cut anywhere, and a refusal falls at the first byte that makes one certain. Pure; one a
/// connection.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/problem.hpp"
#include "gateway/http_limits.hpp"
#include "gateway/message.hpp"
#include "gateway/request_target.hpp"

namespace resalehub {

enum class body_framing : std::uint8_t { none, length, chunked };

struct field_view {
  std::string_view name;  ///< as sent
  std::string_view value;
};

/// A head that may be served. Views into the bytes that were read.
struct request_head {
  http_method method = http_method::other;
  std::string_view method_name;
  target_parts target;
  int version_minor = 1;
  std::vector<field_view> fields;
  std::size_t size = 0;  ///< bytes up to and with the blank line

  body_framing framing = body_framing::none;
  std::uint64_t content_length = 0;
  bool keeps_alive = true;
  bool expects_continue = false;
  bool upgrades_to_websocket = false;  ///< Upgrade names it and Connection says upgrade

  bool has_body() const {
    return framing == body_framing::chunked ||
           (framing == body_framing::length && content_length > 0);
  }
};

struct head_refusal {
  resalehub::code why = code::malformed_request;
  std::string_view detail;  ///< a literal, safe to show
  bool close = true;        ///< the connection cannot be used any further
};

enum class head_outcome : std::uint8_t { need_more, complete, refused };

class head_reader {
 public:
  explicit head_reader(const http_limits& limits) : limits_(limits) {}

  /// `bytes` is all that has arrived of this head: what the last call saw, and more. Bytes behind
  /// the head are left alone. After an outcome other than need_more: restart() first.
  head_outcome read(std::string_view bytes);
  void restart();

  const request_head& head() const { return head_; }          ///< after complete
  const head_refusal& refusal() const { return refusal_; }    ///< after refused
  bool begun() const { return position_ > 0; }

 private:
  enum class phase : std::uint8_t {
    leading, leading_feed, method, target_start, target, version, line_feed,
    field_start, name, value_start, value, value_feed, last_feed, complete, refused,
  };
  struct field_span {
    std::uint32_t name_at, name_size, value_at, value_size;
    bool opaque;  ///< holds bytes over 0x7F
  };

  void step(std::string_view bytes);
  void scan_leading(char byte);
  void scan_method(std::string_view bytes);
  void scan_target(std::string_view bytes);
  void scan_version(char byte);
  void finish_line(std::string_view bytes);
  void start_field(char byte);
  void scan_name(std::string_view bytes);
  void scan_value(std::string_view bytes);
  void finish_value(std::string_view bytes);
  void finish_head(std::string_view bytes);
  void expect_feed(char byte, phase next);
  void refuse(code why, std::string_view detail);
  std::size_t limit_end() const;

  const http_limits& limits_;
  phase phase_ = phase::leading;
  std::uint32_t position_ = 0;  ///< the next byte to judge
  std::uint32_t line_at_ = 0;
  std::uint32_t target_at_ = 0;
  std::uint32_t block_at_ = 0;  ///< first byte behind the request line
  std::uint32_t name_at_ = 0;
  std::uint32_t name_size_ = 0;
  std::uint32_t value_at_ = 0;
  std::uint8_t leading_lines_ = 0;
  std::uint8_t version_digits_ = 0;
  char version_major_ = '1';
  bool opaque_ = false;
  target_scan target_scan_;
  std::vector<field_span> spans_;
  request_head head_;
  head_refusal refusal_;
};

}  // namespace resalehub
