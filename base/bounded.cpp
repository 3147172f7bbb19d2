#include "base/bounded.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>

namespace resalehub {
namespace {

field_problem refusal(std::string sentence) {
  return {"", code::validation_failed, std::move(sentence)};
}

field_problem wrong_length(std::size_t min, std::size_t max) {
  if (min == max) return refusal("must have " + std::to_string(max) + " characters");
  if (min == 0) return refusal("must have at most " + std::to_string(max) + " characters");
  return refusal("must have " + std::to_string(min) + " to " + std::to_string(max) +
                 " characters");
}

constexpr utf8proc_int32_t malformed = -1;

/// Takes one code point from the front; `malformed` where there is none.
utf8proc_int32_t next_code_point(std::string_view& rest) {
  utf8proc_int32_t point = malformed;
  const auto used = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(rest.data()),
                                     static_cast<utf8proc_ssize_t>(rest.size()), &point);
  if (used <= 0) return malformed;
  rest.remove_prefix(static_cast<std::size_t>(used));
  return point;
}

/// Nothing for bytes that are no UTF-8.
std::optional<std::size_t> count_code_points(std::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) {
    if (next_code_point(text) == malformed) return std::nullopt;
    ++count;
  }
  return count;
}

bool is_bidi_control(utf8proc_int32_t point) {
  return (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
}

/// Letters and symbols to Unicode, nothing to the eye.
bool is_blank_letter(utf8proc_int32_t point) {
  constexpr utf8proc_int32_t blanks[] = {0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0};
  return std::find(std::begin(blanks), std::end(blanks), point) != std::end(blanks);
}

bool is_visible(utf8proc_int32_t point, utf8proc_category_t category) {
  switch (category) {
    case UTF8PROC_CATEGORY_CN: case UTF8PROC_CATEGORY_CC: case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS: case UTF8PROC_CATEGORY_MN: case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ZS: case UTF8PROC_CATEGORY_ZL: case UTF8PROC_CATEGORY_ZP:
      return false;
    default:
      return !is_blank_letter(point);
  }
}

bool is_outer_space(utf8proc_int32_t point, text_form form) {
  if (form == text_form::paragraph && (point == '\n' || point == '\t')) return true;
  return utf8proc_category(point) == UTF8PROC_CATEGORY_ZS;
}

/// Of valid UTF-8.
void trim(std::string& text, text_form form) {
  std::string_view rest = text;
  std::size_t begin = 0;
  std::size_t end = 0;
  bool started = false;
  while (!rest.empty()) {
    const std::size_t at = text.size() - rest.size();
    if (is_outer_space(next_code_point(rest), form)) continue;
    if (!started) begin = at;
    started = true;
    end = text.size() - rest.size();
  }
  text.resize(end);
  text.erase(0, begin);
}

void join_line_ends(std::string& text) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] != '\r' || i + 1 == text.size() || text[i + 1] != '\n') text[kept++] = text[i];
  text.resize(kept);
}

/// False when the library has no memory for it.
bool compose(std::string& text) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (std::all_of(text.begin(), text.end(), is_ascii)) return true;
  constexpr auto nfc = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  utf8proc_uint8_t* composed = nullptr;
  const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                 static_cast<utf8proc_ssize_t>(text.size()), &composed, nfc);
  if (size < 0) return false;
  text.assign(reinterpret_cast<const char*>(composed), static_cast<std::size_t>(size));
  std::free(composed);
  return true;
}

/// Refuses what hides or reorders; of valid UTF-8.
std::optional<field_problem> refusal_of_content(std::string_view text, text_form form) {
  bool visible = text.empty();
  while (!text.empty()) {
    const auto point = next_code_point(text);
    const auto category = utf8proc_category(point);
    if (form == text_form::paragraph && (point == '\n' || point == '\t')) continue;
    if (category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_ZL ||
        category == UTF8PROC_CATEGORY_ZP)
      return refusal("must not contain control characters");
    if (is_bidi_control(point)) return refusal("must not contain bidirectional controls");
    if ((point & 0xFFFE) == 0xFFFE || (point >= 0xFDD0 && point <= 0xFDEF))
      return refusal("must not contain noncharacters");
    visible = visible || is_visible(point, category);
  }
  if (!visible) return refusal("must contain something visible");
  return std::nullopt;
}

/// Printable ASCII is what it seems: normal, one byte a character, nothing hidden.
bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7E; });
}

std::optional<field_problem> refusal_of_plain(std::string& text, std::size_t min,
                                              std::size_t max) {
  text.resize(text.find_last_not_of(' ') + 1);
  text.erase(0, text.find_first_not_of(' '));
  if (text.size() < min || text.size() > max) return wrong_length(min, max);
  return std::nullopt;
}

std::optional<field_problem> refusal_of_opaque(std::string_view text, std::size_t min,
                                               std::size_t max) {
  for (const char c : text)
    if (c < 0x21 || c > 0x7E) return refusal("must be printable ASCII without spaces");
  if (text.size() < min || text.size() > max) return wrong_length(min, max);
  return std::nullopt;
}

}  // namespace

std::optional<field_problem> refusal_of_text(std::string& text, std::size_t min, std::size_t max,
                                             text_form form) {
  if (form == text_form::opaque) return refusal_of_opaque(text, min, max);
  if (form != text_form::secret && is_plain(text)) return refusal_of_plain(text, min, max);
  auto count = count_code_points(text);
  if (!count) return refusal("must be UTF-8");
  if (text.find('\0') != std::string::npos) return refusal("must not contain NUL");
  if (form != text_form::secret) {
    if (form == text_form::paragraph) join_line_ends(text);
    trim(text, form);
    // Composition joins at most four code points into one: no need to compose what is too long.
    if (count = count_code_points(text); *count / 4 > max) return wrong_length(min, max);
    if (!compose(text)) return refusal("cannot be normalised");
    count = count_code_points(text);
  }
  if (!count || *count < min || *count > max) return wrong_length(min, max);
  return form == text_form::secret ? std::nullopt : refusal_of_content(text, form);
}

}  // namespace resalehub
