#pragma once
/// A JSON document as a flat list of tokens, and the reading of single values from it. What needs
/// no template stands here; nobody includes this but json_detail.hpp and the json_*.cpp.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bounded.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace resalehub::json_text {

inline constexpr std::int64_t whole_max = (std::int64_t{1} << 53) - 1;  ///< RFC 7493, 2.2

enum class token_kind : std::uint8_t {
  null, boolean, integer, fraction, text, key, object, array,
  huge,  ///< a whole number that no integer of ours holds
};

struct token {
  token_kind kind;
  std::uint32_t next = 0;     ///< the token behind this value with all that it holds
  std::int64_t number = 0;    ///< of integers and booleans; else where its text begins
  std::uint32_t size = 0;     ///< of a text, in bytes
};

struct document {
  std::vector<token> tokens;
  std::string texts;  ///< all strings, unescaped, one behind the other

  std::string_view text_of(std::uint32_t at) const {
    return {texts.data() + tokens[at].number, tokens[at].size};
  }
};

/// Refuses what is no JSON, or deeper than 32, or has a key twice.
result<document> parse(std::string_view text);

/// Where a value stands; lives on the stack of the reading functions.
struct path {
  const path* parent = nullptr;
  std::string_view name;
  std::int64_t index = -1;

  std::string pointer() const;  ///< RFC 6901
};

/// One reading of a document: collects what is wrong. A value that is refused keeps its default.
class reader {
 public:
  explicit reader(const document& from) : from_(from) {}

  token_kind kind_at(std::uint32_t at) const { return from_.tokens[at].kind; }
  std::uint32_t behind(std::uint32_t at) const { return from_.tokens[at].next; }
  std::string_view text_at(std::uint32_t at) const { return from_.text_of(at); }

  void refuse(const path& where, code which, std::string sentence);
  /// Refuses anything of another kind with "must be <what>".
  bool expect(std::uint32_t at, const path& where, token_kind kind, std::string_view what);

  void read(std::uint32_t at, const path& where, bool& value);
  void read(std::uint32_t at, const path& where, std::string& value);
  void read(std::uint32_t at, const path& where, instant& value);
  void read(std::uint32_t at, const path& where, currency& value);
  void read(std::uint32_t at, const path& where, money& value);
  void read(std::uint32_t at, const path& where, price& value);
  void read(std::uint32_t at, const path& where, entity_id& value);
  /// The place of the text in `names`, or nothing.
  std::optional<std::size_t> read_name(std::uint32_t at, const path& where,
                                       std::span<const std::string_view> names);
  struct bounds {
    std::int64_t low;
    std::int64_t high;
  };
  std::optional<std::int64_t> read_number(std::uint32_t at, const path& where, bounds within);
  struct text_bounds {
    std::size_t min;
    std::size_t max;
    text_form form;
  };
  void read_bounded(std::uint32_t at, const path& where, text_bounds within, std::string& value);
  /// The value as JSON without white space, numbers in their plainest form.
  std::string written(std::uint32_t at) const;

  struct member {
    std::string_view name;
    bool required;
    void (*read)(reader& from, std::uint32_t at, const path& where, void* object);
  };
  /// Reads each known member, refuses unknown ones and misses required ones.
  void read_members(std::uint32_t at, const path& where, std::span<const member> members,
                    void* object);

  /// What is wrong altogether, or nothing.
  std::optional<problem> refusal();

 private:
  void read_money(std::uint32_t at, const path& where, bounds within, money& value);

  const document& from_;
  std::vector<field_problem> errors_;
};

}  // namespace resalehub::json_text
