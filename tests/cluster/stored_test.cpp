#include "cluster/stored.hpp"

#include <catch2/catch.hpp>

#include "tests/support/hex.hpp"

using namespace resalehub;
using namespace resalehub::testing;

namespace {

const entity_id somebody{kind_prefix{"tly"}, 7, ulid{1, 2, 3}};

/// {to, fingerprint 5, given: {bytes, created, version 9, not replayed}, refused: nothing}
const std::string begun =
    "a2746fc416746c7900000701020300000000000000000000000000ab66696e6765727072696e7405a5676976656e84"
    "a56279746573";
const std::string ended =
    "a763726561746564c3a776657273696f6e09a87265706c61796564c2a772656675736564c0";

}  // namespace

TEST_CASE("a request's record of before answers could stand in rows is read") {
  const auto record = request_from(from_hex("84" + begun + "a27b7d" + ended));
  CHECK(record.to == somebody);
  CHECK(record.fingerprint == 5);
  CHECK(record.given.bytes == "{}");
  CHECK(record.given.created);
  CHECK(record.given.version == 9);
  CHECK_FALSE(record.refused);
  CHECK_FALSE(record.row);
}

TEST_CASE("golden bytes of a request's record, with its answer and with its row") {
  const stored_request answered{somebody, 5, {"{}", true, 9, false}, {}, {}};
  CHECK(as_hex(encoded(answered)) == "85" + begun + "a27b7d" + ended + "a3726f77c0");
  const stored_request placed{somebody, 5, {"", true, 9, false}, {}, row_place{"words", "a"}};
  CHECK(as_hex(encoded(placed)) ==
        "85" + begun + "a0" + ended + "a3726f7782a5696e646578a5776f726473a36b6579a161");
  CHECK(request_from(encoded(placed)).row == placed.row);
}
