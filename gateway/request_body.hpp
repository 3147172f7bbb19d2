#pragma once
/// The body behind a head: by length or in chunks; bytes in, content out. Every byte is judged in
/// order, so the verdict does not depend on how they arrive. Pure; one a connection.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/request_head.hpp"

namespace resalehub {

enum class body_outcome : std::uint8_t { need_more, complete, refused };

class body_reader {
 public:
  explicit body_reader(const http_limits& limits) : limits_(limits) {}

  void start(const request_head& head);

  struct progress {
    body_outcome outcome;
    std::size_t taken;  ///< bytes that belong to this body
  };
  /// Appends content to `body`. `bytes` is what has not been taken yet; what is behind the body is
  /// left alone. A body that needs no bytes is complete at once.
  progress read(std::string_view bytes, std::string& body);

  const head_refusal& refusal() const { return refusal_; }  ///< after refused

 private:
  enum class phase : std::uint8_t {
    size_start, size, extension_start, extension_name, extension_gap, extension_value_start,
    extension_token, extension_quoted, extension_escape, extension_end, size_feed,
    content, content_return, content_feed, last_start, last_feed, complete, refused,
  };

  progress read_length(std::string_view bytes, std::string& body);
  void step(char byte);
  void scan_size(char byte);
  void scan_extension(char byte);
  void end_extension(char byte);
  void finish_size();
  void start_last(char byte);
  void expect(char byte, char wanted, phase next);
  void refuse(code why, std::string_view detail);

  const http_limits& limits_;
  phase phase_ = phase::complete;
  body_framing framing_ = body_framing::none;
  std::uint64_t remaining_ = 0;  ///< of the body, or of this chunk
  std::uint64_t content_bytes_ = 0;
  std::uint8_t size_digits_ = 0;
  std::size_t extension_bytes_ = 0;
  head_refusal refusal_;
};

}  // namespace resalehub
