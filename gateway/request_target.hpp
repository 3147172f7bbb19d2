#pragma once
/// The bytes of a request's target: which may stand there (scanned one by one, so that the answer
/// does not depend on how they arrive), and the four forms they can take. Pure, any thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "gateway/utf8_scan.hpp"

namespace resalehub {

/// Accepts the target's bytes in order; false at the first that may not stand there: controls,
/// bytes over 0x7E, '#', broken escapes, %00 and escapes that are no UTF-8.
class target_scan {
 public:
  /// How many of `bytes` are accepted; less than all: the next byte is refused.
  std::size_t accept(std::string_view bytes);
  bool at_end_allowed() const { return escape_digits_ == 0 && escaped_.at_boundary(); }

 private:
  bool accept_byte(unsigned char byte);

  bool in_query_ = false;
  std::uint8_t escape_digits_ = 0;  ///< hex digits that are still due
  std::uint8_t escape_value_ = 0;
  utf8_scan escaped_;
};

enum class target_form : std::uint8_t { origin, absolute, authority, asterisk };

struct target_parts {
  target_form form = target_form::origin;
  std::string_view authority;  ///< of the absolute and authority forms
  std::string_view path;
  std::string_view query;
};

/// Nothing for another form, or an authority that names no host.
std::optional<target_parts> split_target(std::string_view target, std::string_view method);

/// The host in "host", "host:port", "[v6]:port"; nothing when it is malformed or empty.
std::optional<std::string_view> host_of(std::string_view authority);

/// Names compare as ASCII without case.
bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace resalehub
