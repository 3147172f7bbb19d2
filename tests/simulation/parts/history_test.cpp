#include "tests/simulation/history.hpp"

#include <catch2/catch.hpp>

namespace resalehub::simulation {
namespace {

TEST_CASE("what ended, what failed and what nobody heard of are told apart") {
  history all;
  const auto write = all.invoke("a", 1, {.kind = ask_kind::write, .value = 5}, 1'000);
  const auto read = all.invoke("a", 2, {}, 2'000);
  const auto set =
      all.invoke("b", 1, {.kind = ask_kind::compare_and_set, .value = 6, .expected = 1}, 3'000);
  const auto lost = all.invoke("b", 3, {.kind = ask_kind::write, .value = 7}, 3'000);
  all.ok(write, {.version = 1}, 4'000);
  all.failed(read, 5'000);
  all.mismatch(set, 6'000);
  all.unknown(lost, 7'000);
  all.invoke("b", 4, {}, 8'000);
  const auto& a = all.by_key().at("a");
  const auto& b = all.by_key().at("b");
  REQUIRE(a.size() == 2);
  REQUIRE(b.size() == 3);
  CHECK(to_text(a[0]) == "client 1 write 5: ok 0 version 1, 1 to 4 us");
  CHECK(to_text(a[1]) == "client 2 read: failed, 2 to 5 us");
  CHECK(to_text(b[0]) == "client 1 set 6 if version 1: mismatch, 3 to 6 us");
  CHECK(to_text(b[1]) == "client 3 write 7: unknown, 3 to the end us");
  CHECK(to_text(b[2]) == "client 4 read: unknown, 8 to the end us");
  CHECK(a[0].began < a[1].began);
  CHECK(a[1].began < a[0].ended);
  CHECK(b[1].ended == 0);
}

}  // namespace
}  // namespace resalehub::simulation
