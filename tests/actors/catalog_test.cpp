#include "actors/catalog.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "actors/ids.hpp"
#include "actors/row_key.hpp"

namespace resalehub {

TEST_CASE("a prefix that is no kind's has no kind") {
  CHECK(kind_of(kind_prefix{"xyz"}) == nullptr);
  CHECK(kind_of(order_group_id::kind) == nullptr);
}

TEST_CASE("every kind is found by its prefix, and wakes empty") {
  std::set<kind_prefix> prefixes;
  for (const auto& kind : catalog()) {
    CHECK(prefixes.insert(kind.prefix).second);
    CHECK(kind_of(kind.prefix) == &kind);
    auto awake = kind.wake();
    const auto empty = awake->snapshot();
    awake->restore(empty);
    CHECK(awake->snapshot() == empty);
    CHECK(awake->decide("no command", {}).problem().code == code::malformed_request);
  }
}

TEST_CASE("every machine is drawn, and begins somewhere") {
  CHECK(drawn_machines().size() == catalog().size());
  for (const auto& machine : drawn_machines()) {
    INFO(machine.name);
    std::set<std::tuple<std::string_view, std::string_view, std::string_view>> seen;
    for (const auto& row : machine.rows) {
      CHECK(seen.insert({row.from, row.action, row.who}).second);  // one way from each state
      CHECK(!row.to.empty());
    }
    CHECK(as_markdown(machine).starts_with("| from | action | who | to |\n"));
    CHECK(as_mermaid(machine).starts_with("stateDiagram-v2\n  "));
  }
}

TEST_CASE("an id in a body that names nothing of its kind is not found") {
  for (const auto* wrong : {"", "lst_", "LST_00000000000000000000000000000", "usr_1", "\xC3\xA4"})
    CHECK(named<listing_id>(id_text{wrong}).problem().code == code::not_found);
  const listing_id known{5, ulid{1, 2, 3}};
  CHECK(named<listing_id>(id_text{to_text(known)}).value() == known);
  CHECK(named<cart_id>(id_text{to_text(known)}).problem().code == code::not_found);
}

TEST_CASE("row keys order as what they stand for") {
  const listing_id id{0x1234, ulid{9, 8, 7}};
  CHECK(row_key::ascending(255) < row_key::ascending(256));
  CHECK(row_key::newest_first(instant{2}, id) < row_key::newest_first(instant{1}, id));
  CHECK(row_key::lowest_first(999, id) < row_key::lowest_first(1000, id));
  CHECK(row_key::number_of(row_key::lowest_first(1000, id)) == 1000);
  CHECK(row_key::id_at_end<listing_id>(row_key::newest_first(instant{1}, id)) == id);
  CHECK(!row_key::id_at_end<listing_id>("short"));
  CHECK(!row_key::number_of("short"));
}

}  // namespace resalehub
