#include "base/id.hpp"

#include <catch2/catch.hpp>
#include <unordered_set>

#include "base/entity.hpp"

using namespace resalehub;

namespace {
using listing_id = id<kind_prefix{"lst"}.packed>;
using room_id = id<kind_prefix{"room"}.packed>;

const std::string good = "lst_00301ARZ3NDEKTSV4RRFFQ69G5FAV";
}  // namespace

TEST_CASE("an id of a wrong shape is no id") {
  const char* wrong[] = {
      "", "_", "lst_", "lst", "00301ARZ3NDEKTSV4RRFFQ69G5FAV",
      "_00301ARZ3NDEKTSV4RRFFQ69G5FAV",        // no kind
      "listing_00301ARZ3NDEKTSV4RRFFQ69G5FAV",  // a kind of more than 4 letters
      "LST_00301ARZ3NDEKTSV4RRFFQ69G5FAV",      // a kind in upper case
      "l1t_00301ARZ3NDEKTSV4RRFFQ69G5FAV",      // a digit in the kind
      "lst_00301ARZ3NDEKTSV4RRFFQ69G5FA",       // one short
      "lst_00301ARZ3NDEKTSV4RRFFQ69G5FAVX",     // one long
      "lst_00301arz3ndektsv4rrffq69g5fav",      // lower case
      "lst_0I301ARZ3NDEKTSV4RRFFQ69G5FAV",      // I is not in the alphabet
      "lst_00301ARZ3NDEKTSV4RRFFQ69G5FAU",      // nor is U
      "lst_00301ARZ3NDEKTSV4RRFFQ69G5FA ",
      "lst_00381ARZ3NDEKTSV4RRFFQ69G5FAV",      // a ULID of more than 128 bits
      "lst_00301ARZ3NDEKTSV4RRFF_69G5FAV",
  };
  for (const auto* text : wrong) {
    INFO(text);
    CHECK_FALSE(entity_id_from_text(text).has_value());
  }
  CHECK_FALSE(entity_id_from_text(std::string(good).replace(6, 1, 1, '\0')).has_value());
}

TEST_CASE("an id of another kind is not an id of this kind") {
  CHECK(id_from_text<listing_id>(good).has_value());
  CHECK_FALSE(id_from_text<room_id>(good).has_value());
}

TEST_CASE("an id survives its text and carries its place") {
  const auto read = id_from_text<listing_id>(good);
  REQUIRE(read);
  CHECK(read->slot == 3);
  CHECK(to_text(*read) == good);
  const room_id far{slots_max - 1, make_ulid({281474976710655}, 0xFFFF, ~0ull)};
  CHECK(to_text(far) == "room_ZZZ7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
  CHECK(id_from_text<room_id>(to_text(far)) == far);
}

TEST_CASE("nobody has no text") {
  CHECK(to_text(entity_id{}).empty());
  CHECK(to_text(listing_id{}).empty());
  CHECK(static_cast<entity_id>(listing_id{}).is_nobody());
}

TEST_CASE("ulids are ordered by time") {
  const auto early = make_ulid({1000}, ~0ull, ~0ull);
  const auto late = make_ulid({1001}, 0, 0);
  CHECK(early < late);
  CHECK(to_text(listing_id{1, early}) < to_text(listing_id{1, late}));
}

TEST_CASE("a derived id is the same for ever, and other parts give another") {
  const auto bytes = derived_request("usr_1", "POST /v1/listings", "key").bytes;
  std::string hex;
  for (const auto byte : bytes) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  CHECK(hex == "4ef3e3f8d2583d50df4f12bb459da441");
  CHECK(derived_request("ab", "c") != derived_request("a", "bc"));
  CHECK(derived_request("a", "") == derived_request("a"));
  CHECK(derived_slot("email", "a@b.c") < slots_max);
  CHECK(derived_ulid("email", "a@b.c") != derived_ulid("email", "a@b.d"));
}

TEST_CASE("fresh ids of one decision differ, and repeat with the same chance") {
  context ctx;
  ctx.now = {1'700'000'000'000};
  ctx.chance = 42;
  CHECK(ctx.fresh_ulid(0) != ctx.fresh_ulid(1));
  CHECK(ctx.fresh_ulid(1) == ctx.fresh_ulid(1));
  const auto before = ctx.fresh_ulid(0);
  ctx.chance = 43;
  CHECK(ctx.fresh_ulid(0) != before);
  const auto id = ctx.fresh<listing_id>(7);
  CHECK(id.slot == 7);
  CHECK(make_ulid(ctx.now, 0, 0) <= id.unique);
  CHECK(id.unique < make_ulid(ctx.now + milliseconds{1}, 0, 0));
}

TEST_CASE("ids hash well enough for a table") {
  std::unordered_set<std::size_t> hashes;
  for (std::uint64_t i = 0; i < 1000; ++i)
    hashes.insert(std::hash<entity_id>{}({kind_prefix{"lst"}, 1, make_ulid({1000}, 0, i)}) % 4096);
  CHECK(hashes.size() > 800);
}
