#pragma once
/// Bytes that have arrived and are not taken yet, in one piece. Grows by doubling up to the room
/// that a head needs; confined to the session that borrowed it.

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace resalehub {

class receive_buffer {
 public:
  static constexpr std::size_t first_bytes = 4 * 1024;

  std::string_view bytes() const { return {storage_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  std::size_t capacity() const { return capacity_; }

  /// Room behind what is held: `wanted` bytes or more. Views into the buffer end.
  std::span<char> room(std::size_t wanted) {
    if (begin_ == end_) begin_ = end_ = 0;
    if (capacity_ - end_ < wanted && begin_ > 0) move_to_front();
    while (capacity_ - end_ < wanted) grow();
    return {storage_.get() + end_, capacity_ - end_};
  }
  void add(std::size_t count) { end_ += count; }
  void take(std::size_t count) { begin_ += count; }
  void clear() { begin_ = end_ = 0; }

 private:
  void move_to_front() {
    std::memmove(storage_.get(), storage_.get() + begin_, end_ - begin_);
    end_ -= std::exchange(begin_, 0);
  }
  void grow() {
    auto capacity = std::max(first_bytes, capacity_ * 2);
    auto storage = std::make_unique_for_overwrite<char[]>(capacity);
    if (end_ > 0) std::memcpy(storage.get(), storage_.get(), end_);
    storage_ = std::move(storage);
    capacity_ = capacity;
  }

  std::unique_ptr<char[]> storage_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace resalehub
