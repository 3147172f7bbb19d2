#include "storage/keys.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "storage/big_endian.hpp"

namespace resalehub::keys {
namespace {

constexpr std::size_t partition_bytes = 2;
constexpr std::size_t entity_bytes = 2 + 16 + 4;
constexpr std::size_t longest_fixed_key = 2 + 1 + 8 + entity_bytes + 8;

// The sign bit flipped: instants before 1970 order below those after it.
std::uint64_t due_number(instant due) {
  return static_cast<std::uint64_t>(due.unix_ms) ^ (std::uint64_t{1} << 63);
}

instant due_instant(std::uint64_t number) {
  return {static_cast<std::int64_t>(number ^ (std::uint64_t{1} << 63))};
}

std::string begin(partition_number partition) {
  std::string key;
  key.reserve(longest_fixed_key);
  append_big_endian(key, partition);
  return key;
}

template <class Bytes>
void append_array(std::string& key, const Bytes& bytes) {
  key.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

void append_entity(std::string& key, const entity_id& entity) {
  append_big_endian(key, entity.slot);
  append_array(key, entity.unique);
  append_big_endian(key, entity.kind.packed);
}

entity_id entity_at(std::string_view key, std::size_t offset) {
  entity_id entity;
  entity.slot = big_endian_at<slot_number>(key, offset);
  std::copy_n(key.data() + offset + 2, entity.unique.size(), entity.unique.begin());
  entity.kind = kind_prefix{big_endian_at<std::uint32_t>(key, offset + 18)};
  return entity;
}

}  // namespace

std::string partition_prefix(partition_number partition) { return begin(partition); }

std::string record(partition_number partition, const entity_id& entity) {
  auto key = begin(partition);
  append_entity(key, entity);
  return key;
}

std::string event(partition_number partition, const entity_id& entity, std::uint64_t version) {
  auto key = record(partition, entity);
  append_big_endian(key, version);
  return key;
}

std::string row(partition_number partition, std::string_view index, std::string_view key) {
  check(index.find('\0') == std::string_view::npos, "an index name holds no zero byte");
  std::string whole;
  whole.reserve(partition_bytes + index.size() + 1 + key.size());
  append_big_endian(whole, partition);
  whole.append(index).push_back('\0');
  whole.append(key);
  return whole;
}

std::string request(partition_number partition, std::uint32_t day, const request_id& id) {
  auto key = request_day(partition, day);
  append_array(key, id.bytes);
  return key;
}

std::string request_day(partition_number partition, std::uint32_t day) {
  auto key = begin(partition);
  append_big_endian(key, day);
  return key;
}

std::uint32_t day_of_request(std::string_view key) {
  return big_endian_at<std::uint32_t>(key, partition_bytes);
}

std::string timer(partition_number partition, instant due, const entity_id& entity,
                  std::string_view name) {
  auto key = begin(partition);
  key.push_back('t');
  append_big_endian(key, due_number(due));
  append_entity(key, entity);
  key.append(name);
  return key;
}

std::string timers_until(partition_number partition, instant due) {
  auto key = begin(partition);
  key.push_back('t');
  const auto number = due_number(due);
  if (number == UINT64_MAX) return after_prefix(key);
  append_big_endian(key, number + 1);
  return key;
}

std::string outbox(partition_number partition, const entity_id& entity, std::uint64_t number) {
  auto key = begin(partition);
  key.push_back('o');
  append_entity(key, entity);
  append_big_endian(key, number);
  return key;
}

std::string after_prefix(std::string_view prefix) {
  const auto last = prefix.find_last_not_of('\xff');
  if (last == std::string_view::npos) return {};
  std::string after(prefix.substr(0, last + 1));
  after.back() = static_cast<char>(after.back() + 1);
  return after;
}

std::uint64_t version_of_event(std::string_view key) {
  constexpr std::size_t version_at = partition_bytes + entity_bytes;
  check(key.size() == version_at + 8, "an event's key has its shape");
  return big_endian_at<std::uint64_t>(key, version_at);
}

timer_parts parse_timer(std::string_view key) {
  constexpr std::size_t name_at = partition_bytes + 1 + 8 + entity_bytes;
  check(key.size() >= name_at && key[partition_bytes] == 't', "a timer's key has its shape");
  return {due_instant(big_endian_at<std::uint64_t>(key, partition_bytes + 1)),
          entity_at(key, partition_bytes + 9), key.substr(name_at)};
}

outbox_parts parse_outbox(std::string_view key) {
  constexpr std::size_t number_at = partition_bytes + 1 + entity_bytes;
  check(key.size() == number_at + 8 && key[partition_bytes] == 'o',
        "an outbox key has its shape");
  return {entity_at(key, partition_bytes + 1), big_endian_at<std::uint64_t>(key, number_at)};
}

std::string_view row_key(std::string_view key) {
  const auto end_of_name = key.find('\0', partition_bytes);
  check(end_of_name != std::string_view::npos, "a row's key names its index");
  return key.substr(end_of_name + 1);
}

}  // namespace resalehub::keys
