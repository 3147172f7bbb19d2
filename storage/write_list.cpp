#include "storage/write_list.hpp"

#include <optional>

#include "base/check.hpp"

namespace resalehub {
namespace {

void append_text(std::string& bytes, std::string_view text) {
  std::size_t size = text.size();
  while (size >= 0x80) {
    bytes.push_back(static_cast<char>(size | 0x80));
    size >>= 7;
  }
  bytes.push_back(static_cast<char>(size));
  bytes.append(text);
}

/// Takes words off the front of a list; nothing once the bytes make no sense.
class word_reader {
 public:
  explicit word_reader(std::string_view bytes) : rest_(bytes) {}

  bool at_end() const { return rest_.empty(); }

  std::optional<std::uint8_t> byte() {
    if (rest_.empty()) return std::nullopt;
    const auto first = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return first;
  }

  std::optional<family> where() {
    const auto number = byte();
    if (!number || *number >= family_count) return std::nullopt;
    return static_cast<family>(*number);
  }

  std::optional<std::string_view> text() {
    std::uint64_t size = 0;
    for (int shift = 0;; shift += 7) {
      const auto part = byte();
      if (!part || shift > 28) return std::nullopt;  // no key or value reaches 2^35 bytes
      size |= static_cast<std::uint64_t>(*part & 0x7f) << shift;
      if (*part < 0x80) break;
    }
    if (size > rest_.size()) return std::nullopt;
    const auto found = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return found;
  }

 private:
  std::string_view rest_;
};

bool visit_one(word_reader& words, write_visitor& visitor) {
  const auto op = words.byte();
  const auto where = words.where();
  const auto key = where ? words.text() : std::nullopt;
  if (!op || !key) return false;
  if (*op == 'e') {
    visitor.erase(*where, *key);
    return true;
  }
  if (*op != 'p' && *op != 'r') return false;
  const auto second = words.text();
  if (!second) return false;
  if (*op == 'p') {
    visitor.put(*where, *key, *second);
    return true;
  }
  if (*second < *key) return false;
  visitor.erase_range(*where, *key, *second);
  return true;
}

}  // namespace

void write_list::put(family where, std::string_view key, std::string_view value) {
  bytes_.push_back('p');
  bytes_.push_back(static_cast<char>(where));
  append_text(bytes_, key);
  append_text(bytes_, value);
}

void write_list::erase(family where, std::string_view key) {
  bytes_.push_back('e');
  bytes_.push_back(static_cast<char>(where));
  append_text(bytes_, key);
}

void write_list::erase_range(family where, std::string_view from, std::string_view to) {
  check(from <= to, "an erased range does not end before it begins");
  bytes_.push_back('r');
  bytes_.push_back(static_cast<char>(where));
  append_text(bytes_, from);
  append_text(bytes_, to);
}

bool visit(std::string_view list, write_visitor& visitor) {
  word_reader words(list);
  while (!words.at_end())
    if (!visit_one(words, visitor)) return false;
  return true;
}

}  // namespace resalehub
