#pragma once
/// MessagePack's bytes: what needs no template stands here and in message_pack.cpp. Read only
/// through message_pack.hpp.

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/id.hpp"
#include "base/money.hpp"
#include "base/problem.hpp"

namespace resalehub::packing {

void put_nil(std::string& out);
void put_bool(std::string& out, bool value);  // NOLINT: a bool is what is packed
void put_signed(std::string& out, std::int64_t value);
void put_unsigned(std::string& out, std::uint64_t value);
void put_text(std::string& out, std::string_view value);
void put_binary(std::string& out, const void* bytes, std::size_t size);
void put_array(std::string& out, std::size_t count);
void put_map(std::string& out, std::size_t count);

/// Reads from the front; false means damage or another type, after which nothing else is asked.
class reader {
 public:
  explicit reader(std::string_view bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}

  bool at_end() const { return at_ == end_; }
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  std::string_view rest() const { return {at_, left()}; }
  bool take_nil();  ///< only when it is next
  bool take_literal(std::string_view bytes) {  ///< only when they are next
    if (left() < bytes.size() || std::memcmp(at_, bytes.data(), bytes.size()) != 0) return false;
    at_ += bytes.size();
    return true;
  }
  bool boolean(bool& value);
  bool signed_number(std::int64_t& value);
  bool unsigned_number(std::uint64_t& value);
  bool text(std::string_view& value);
  bool binary(void* bytes, std::size_t size);  ///< of exactly this size
  bool binary(std::string_view& value);        ///< of any size
  bool array(std::size_t& count);              ///< never more than bytes are left
  bool map(std::size_t& count);
  bool skip();  ///< any one value

  enum class kind { number, text, array, map, other };
  kind next() const;

 private:
  bool skip_within(int depth);
  bool big_endian(int size, std::uint64_t& value);
  bool sized(std::uint64_t size, std::string_view& value);

  const char* at_;
  const char* end_;
};

void put(std::string& out, const entity_id& value);
void put(std::string& out, const request_id& value);
void put(std::string& out, const currency& value);
void put(std::string& out, const money& value);
void put(std::string& out, const meta_value& value);
void put(std::string& out, const problem& value);
void put_place(std::string& out, slot_number slot, const ulid& unique);
bool take(reader& in, entity_id& value);
bool take(reader& in, request_id& value);
bool take(reader& in, currency& value);
bool take(reader& in, money& value);
bool take(reader& in, meta_value& value);
bool take(reader& in, problem& value);
bool take_place(reader& in, slot_number& slot, ulid& unique);

}  // namespace resalehub::packing
