// The only file that includes nlohmann's parser: bytes to tokens.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/json_tokens.hpp"

namespace resalehub::json_text {
namespace {

constexpr std::size_t depth_max = 32;
constexpr std::size_t number_size_max = 40;  ///< with a fraction or an exponent
constexpr int exponent_max = 1000;           ///< beyond all that a double holds

/// Whether a JSON number with a fraction or an exponent has a whole value: 1.0, 1.5e1, 100e-2.
/// By its digits, for a double rounds a small fraction away.
bool is_whole(std::string_view text) {
  const auto mark = std::min(text.find_first_of("eE"), text.size());
  const auto digits = text.substr(0, mark);
  const auto last = digits.find_last_not_of(".0-");
  if (last == std::string_view::npos) return true;  // zero
  int exponent = 0;
  for (const char c : text.substr(std::min(mark + 1, text.size())))
    if (c >= '0' && c <= '9') exponent = std::min(exponent * 10 + (c - '0'), exponent_max);
  if (text.substr(mark).find('-') != std::string_view::npos) exponent = -exponent;
  // Where the last digit that counts stands: 0 are the ones, -1 the tenths.
  const auto point = static_cast<int>(std::min(digits.find('.'), digits.size()));
  const auto at = static_cast<int>(last);
  return (at < point ? point - at - 1 : point - at) + exponent >= 0;
}

class collector final : public nlohmann::json_sax<nlohmann::json> {
 public:
  document out;
  std::optional<problem> refused;

  bool null() override { return add({token_kind::null}); }
  bool boolean(bool value) override { return add({token_kind::boolean, 0, value}); }
  bool number_integer(std::int64_t value) override { return add({token_kind::integer, 0, value}); }

  bool number_unsigned(std::uint64_t value) override {
    if (!std::in_range<std::int64_t>(value))
      return add_text(token_kind::huge, std::to_string(value));
    return number_integer(static_cast<std::int64_t>(value));
  }

  bool number_float(double value, const std::string& text) override {
    if (std::abs(value) > static_cast<double>(whole_max))
      return add_text(token_kind::huge, text);
    if (text.size() > number_size_max || !is_whole(text))
      return add_text(token_kind::fraction, text);
    return number_integer(static_cast<std::int64_t>(value));
  }

  bool string(std::string& value) override { return add_text(token_kind::text, value); }

  bool key(std::string& value) override {
    keys_.push_back(static_cast<std::uint32_t>(out.tokens.size()));
    return add_text(token_kind::key, value);
  }

  bool start_object(std::size_t) override { return open(token_kind::object); }
  bool start_array(std::size_t) override { return open(token_kind::array); }
  bool end_array() override { return close(); }

  bool end_object() override {
    if (has_duplicate(open_.back().first_key)) {
      refused = problem{code::duplicate_key, "a key stands twice in one object"};
      return false;
    }
    keys_.resize(open_.back().first_key);
    return close();
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& why) override {
    constexpr int number_overflow = 406;
    if (why.id == number_overflow)
      refused = problem{code::out_of_range, "a value is out of range"}.at(
          pointer_of_next(), code::out_of_range, "is too large");
    else
      refused = problem{code::malformed_json,
                        "not valid JSON at byte " + std::to_string(position)};
    return false;
  }

  bool binary(nlohmann::json::binary_t&) override { return false; }

 private:
  struct container {
    std::uint32_t at;       ///< its token
    std::size_t first_key;  ///< in keys_
  };

  bool add(token what) {
    out.tokens.push_back(what);
    out.tokens.back().next = static_cast<std::uint32_t>(out.tokens.size());
    return true;
  }

  bool add_text(token_kind kind, const std::string& value) {
    const auto begin = static_cast<std::int64_t>(out.texts.size());
    out.texts += value;
    return add({kind, 0, begin, static_cast<std::uint32_t>(value.size())});
  }

  bool open(token_kind kind) {
    if (open_.size() == depth_max) {
      refused = problem{code::json_too_deep, "the JSON is nested too deeply"};
      return false;
    }
    open_.push_back({static_cast<std::uint32_t>(out.tokens.size()), keys_.size()});
    return add({kind});
  }

  bool close() {
    out.tokens[open_.back().at].next = static_cast<std::uint32_t>(out.tokens.size());
    open_.pop_back();
    return true;
  }

  bool has_duplicate(std::size_t first) {
    const auto begin = keys_.begin() + static_cast<std::ptrdiff_t>(first);
    const auto text = [&](std::uint32_t at) { return out.text_of(at); };
    std::sort(begin, keys_.end(), [&](auto a, auto b) { return text(a) < text(b); });
    return std::adjacent_find(begin, keys_.end(),
                              [&](auto a, auto b) { return text(a) == text(b); }) != keys_.end();
  }

  /// Of the value that would be added now.
  std::string pointer_of_next() const {
    std::vector<path> steps(open_.size() + 1);
    for (std::size_t i = 0; i < open_.size(); ++i) {
      auto& step = steps[i + 1];
      step.parent = &steps[i];
      const auto end = i + 1 < open_.size() ? open_[i + 1].at
                                            : static_cast<std::uint32_t>(out.tokens.size());
      auto at = open_[i].at + 1;
      if (out.tokens[open_[i].at].kind == token_kind::object) step.name = out.text_of(end - 1);
      else for (step.index = 0; at < end; at = out.tokens[at].next) ++step.index;
    }
    return steps.back().pointer();
  }

  std::vector<container> open_;
  std::vector<std::uint32_t> keys_;
};

}  // namespace

result<document> parse(std::string_view text) {
  const auto malformed = [](const char* why) { return problem{code::malformed_json, why}; };
  if (text.empty()) return malformed("the body is empty");
  // The parser would skip the one and stop at the other as if it were the end.
  if (text.starts_with("\xEF\xBB\xBF")) return malformed("a byte order mark is not allowed");
  if (text.find('\0') != std::string_view::npos) return malformed("not valid JSON: a NUL byte");
  if (text.size() > 1u << 30) return malformed("the body is too large to be read");
  collector sax;
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &sax))
    return sax.refused ? std::move(*sax.refused) : malformed("not valid JSON");
  return std::move(sax.out);
}

std::string path::pointer() const {
  if (parent == nullptr) return {};
  std::string out = parent->pointer();
  out += '/';
  if (index >= 0) return out += std::to_string(index);
  for (const char c : name) {
    if (c == '~') out += "~0";
    else if (c == '/') out += "~1";
    else out += c;
  }
  return out;
}

}  // namespace resalehub::json_text
