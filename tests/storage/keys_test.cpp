#include "storage/keys.hpp"

#include <catch2/catch.hpp>

using namespace resalehub;

namespace {

entity_id entity(slot_number slot, std::uint8_t first, std::uint8_t last) {
  entity_id made;
  made.kind = kind_prefix{"lst"};
  made.slot = slot;
  made.unique.front() = first;
  made.unique.back() = last;
  return made;
}

}  // namespace

TEST_CASE("numbers in keys order as numbers", "[keys]") {
  const auto some = entity(7, 1, 2);
  CHECK(keys::record(255, some) < keys::record(256, some));
  CHECK(keys::event(1, some, 255) < keys::event(1, some, 256));
  CHECK(keys::event(1, some, UINT64_MAX) < keys::event(1, entity(7, 1, 3), 0));
  CHECK(keys::record(1, entity(255, 9, 9)) < keys::record(1, entity(256, 0, 0)));
  CHECK(keys::outbox(1, some, 255) < keys::outbox(1, some, 256));
  CHECK(keys::request(1, 255, request_id{}) < keys::request_day(1, 256));
  CHECK(keys::day_of_request(keys::request(1, 255, request_id{})) == 255);
}

TEST_CASE("an event's key begins with its record's key", "[keys]") {
  const auto some = entity(7, 1, 2);
  const auto record = keys::record(3, some);
  CHECK(keys::event(3, some, 9).substr(0, record.size()) == record);
  CHECK(record.substr(0, 2) == keys::partition_prefix(3));
}

TEST_CASE("timers order by their due time, also before 1970", "[keys]") {
  const auto some = entity(7, 1, 2);
  CHECK(keys::timer(1, {-1}, some, "b") < keys::timer(1, {0}, some, "a"));
  CHECK(keys::timer(1, {255}, some, "b") < keys::timer(1, {256}, some, "a"));
}

TEST_CASE("the bound of due timers lies behind the instant itself", "[keys]") {
  const auto last = entity(slots_max - 1, 255, 255);
  const instant due{1'700'000'000'000};
  CHECK(keys::timer(1, due, last, "zzz") < keys::timers_until(1, due));
  CHECK(keys::timers_until(1, due) <= keys::timer(1, due + milliseconds{1}, entity_id{}, ""));
  const instant end{INT64_MAX};
  CHECK(keys::timer(1, end, last, "zzz") < keys::timers_until(1, end));
  CHECK(keys::timers_until(1, end) < keys::partition_prefix(2));
}

TEST_CASE("a timer's and an outbox row's key give back their parts", "[keys]") {
  const auto some = entity(31'000, 1, 255);
  for (const std::int64_t due : {INT64_MIN, std::int64_t{-5}, std::int64_t{0}, INT64_MAX}) {
    const auto key = keys::timer(9, {due}, some, "expire");
    const auto parts = keys::parse_timer(key);
    CHECK(parts.due.unix_ms == due);
    CHECK(parts.entity == some);
    CHECK(parts.name == "expire");
  }
  const auto key = keys::outbox(9, some, 0x0102030405060708);
  const auto parts = keys::parse_outbox(key);
  CHECK(parts.entity == some);
  CHECK(parts.number == 0x0102030405060708);
}

TEST_CASE("a row's key gives back the part after its index's name", "[keys]") {
  const std::string key("a\0b", 3);
  CHECK(keys::row_key(keys::row(0, "by_price", key)) == key);
  CHECK(keys::row(1, "a", "z") < keys::row(1, "ab", "a"));
}

TEST_CASE("a row is found in a partition whose number holds a zero byte", "[keys]") {
  CHECK(keys::row_key(keys::row(256, "open", "k")) == "k");
}

TEST_CASE("behind a prefix lies every key that has it", "[keys]") {
  using namespace std::string_literals;
  CHECK(keys::after_prefix("ab") == "ac");
  CHECK(keys::after_prefix("a\xff\xff") == "b");
  CHECK(keys::after_prefix("\x7f") == "\x80");
  CHECK(keys::after_prefix("\xff\xff").empty());
  CHECK(keys::after_prefix("").empty());
  CHECK(keys::after_prefix("\0"s) == "\1");
}
