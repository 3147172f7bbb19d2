#pragma once
/// Writing and reading the layouts of cluster/raft_rs/raft_rs.h; values. For raft_group.cpp alone.

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/check.hpp"

namespace resalehub {

static_assert(std::endian::native == std::endian::little, "layouts of raft_rs.h are copied as are");

class layout_writer {
 public:
  template <class T>
  layout_writer& put(T value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  layout_writer& put_count(std::size_t count) {
    check(count <= UINT32_MAX, "a count of the raft interface fits 32 bits");
    return put(static_cast<std::uint32_t>(count));
  }
  layout_writer& put_sized(std::string_view value) {
    put_count(value.size());
    bytes_.append(value);
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// Trusts what it reads: both sides of the interface are ours.
class layout_reader {
 public:
  layout_reader(const std::uint8_t* bytes, std::size_t size)
      : rest_(reinterpret_cast<const char*>(bytes), size) {}

  template <class T>
  T take() {
    T value;
    std::memcpy(&value, take_bytes(sizeof value).data(), sizeof value);
    return value;
  }
  std::string_view take_sized() { return take_bytes(take<std::uint32_t>()); }

 private:
  std::string_view take_bytes(std::size_t size) {
    check(size <= rest_.size(), "a ready of the raft interface is whole");
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view rest_;
};

}  // namespace resalehub
