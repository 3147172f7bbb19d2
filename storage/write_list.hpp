#pragma once
/// What a commit writes: puts and erasures of the state store, as one byte string. It is the
/// payload of a log entry, so a replica applies it without knowing what it means. A value; any
/// thread.
///
///   write_list := op*
///   op         := put | erase | erase_range
///   put        := 'p' family key value        erase := 'e' family key
///   erase_range:= 'r' family key(from) key(to, excluded)
///   family     := u8                          key, value := varint length, bytes

#include <cstdint>
#include <string>
#include <string_view>

namespace resalehub {

/// Column families of the state store; numbers are stored in the log: add at the end, never
/// renumber.
enum class family : std::uint8_t { records = 0, events = 1, rows = 2, requests = 3, queue = 4 };
inline constexpr int family_count = 5;

class write_list {
 public:
  void put(family where, std::string_view key, std::string_view value);
  void erase(family where, std::string_view key);
  void erase_range(family where, std::string_view from, std::string_view to);
  void append(const write_list& other) { bytes_ += other.bytes_; }
  void clear() { bytes_.clear(); }

  bool empty() const { return bytes_.empty(); }
  const std::string& bytes() const { return bytes_; }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Receives the operations of an encoded list, in order.
class write_visitor {
 public:
  virtual ~write_visitor() = default;
  virtual void put(family where, std::string_view key, std::string_view value) = 0;
  virtual void erase(family where, std::string_view key) = 0;
  virtual void erase_range(family where, std::string_view from, std::string_view to) = 0;
};
/// False when the bytes are damaged; operations before the damage have been visited.
[[nodiscard]] bool visit(std::string_view list, write_visitor& visitor);

}  // namespace resalehub
