#include "cluster/disk_room.hpp"

#include <catch2/catch.hpp>

namespace resalehub {
namespace {

constexpr std::uint64_t wanted = 800;

TEST_CASE("a disk that gets full is judged step by step") {
  auto room = disk_room::enough;
  CHECK((room = room_with(800, wanted, room)) == disk_room::enough);
  CHECK((room = room_with(799, wanted, room)) == disk_room::scarce);
  CHECK((room = room_with(399, wanted, room)) == disk_room::little);
  CHECK((room = room_with(199, wanted, room)) == disk_room::none);
  CHECK((room = room_with(0, wanted, room)) == disk_room::none);
}

TEST_CASE("a little more room than too little is still too little") {
  CHECK(room_with(899, wanted, disk_room::scarce) == disk_room::scarce);
  CHECK(room_with(900, wanted, disk_room::scarce) == disk_room::enough);
  CHECK(room_with(449, wanted, disk_room::little) == disk_room::little);
  CHECK(room_with(450, wanted, disk_room::little) == disk_room::scarce);
  CHECK(room_with(224, wanted, disk_room::none) == disk_room::none);
  CHECK(room_with(5000, wanted, disk_room::none) == disk_room::enough);
}

TEST_CASE("a node that wants no room never lacks it") {
  CHECK(room_with(0, 0, disk_room::enough) == disk_room::enough);
}

}  // namespace
}  // namespace resalehub
