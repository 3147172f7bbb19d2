#include "storage/write_list.hpp"

#include <catch2/catch.hpp>
#include <vector>

using namespace resalehub;

namespace {

class recorder : public write_visitor {
 public:
  void put(family where, std::string_view key, std::string_view value) override {
    note("put", where, key, value);
  }
  void erase(family where, std::string_view key) override { note("erase", where, key, ""); }
  void erase_range(family where, std::string_view from, std::string_view to) override {
    note("range", where, from, to);
  }
  std::vector<std::string> seen;

 private:
  void note(std::string op, family where, std::string_view a, std::string_view b) {
    op += " " + std::to_string(static_cast<int>(where)) + " ";
    op.append(a).append("|").append(b);
    seen.push_back(std::move(op));
  }
};

write_list one_of_each() {
  write_list list;
  list.put(family::records, "key", std::string(300, 'v'));
  list.erase(family::queue, "");
  list.erase_range(family::requests, "a", "b");
  return list;
}

}  // namespace

TEST_CASE("a write list cut short anywhere but between operations is refused", "[write_list]") {
  const auto list = one_of_each();
  const std::size_t ends[] = {0, 1 + 1 + 1 + 3 + 2 + 300, 1 + 1 + 1 + 3 + 2 + 300 + 3,
                              list.bytes().size()};
  for (std::size_t size = 0; size <= list.bytes().size(); ++size) {
    recorder seen;
    const bool whole = std::find(std::begin(ends), std::end(ends), size) != std::end(ends);
    CHECK(visit(std::string_view(list.bytes()).substr(0, size), seen) == whole);
  }
}

TEST_CASE("unknown operations, unknown families and lengths without end are refused",
          "[write_list]") {
  using namespace std::string_literals;
  const std::string damaged[] = {"x\0\1a"s,
                                 "e\5\1a"s,
                                 "e\xff\1a"s,
                                 "e\0\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\1a"s,
                                 "p\0\1a\xff\xff\xff\xff\x0f"s,
                                 "r\0\1b\1a"s};
  for (const auto& bytes : damaged) {
    recorder seen;
    CHECK_FALSE(visit(bytes, seen));
    CHECK(seen.seen.empty());
  }
}

TEST_CASE("operations before the damage have been visited", "[write_list]") {
  recorder seen;
  CHECK_FALSE(visit(one_of_each().bytes() + "?", seen));
  CHECK(seen.seen.size() == 3);
}

TEST_CASE("a write list is visited in its order", "[write_list]") {
  auto list = one_of_each();
  list.append(one_of_each());
  recorder seen;
  REQUIRE(visit(list.bytes(), seen));
  const std::vector<std::string> once = {"put 0 key|" + std::string(300, 'v'), "erase 4 |",
                                         "range 3 a|b"};
  REQUIRE(seen.seen.size() == 6);
  CHECK(std::vector(seen.seen.begin(), seen.seen.begin() + 3) == once);
  CHECK(std::vector(seen.seen.begin() + 3, seen.seen.end()) == once);
}

TEST_CASE("the stored form of a write list stays as it is", "[write_list]") {
  using namespace std::string_literals;
  write_list list;
  list.put(family::records, "k", std::string(130, 'v'));
  list.erase(family::events, "k");
  list.erase_range(family::rows, "a", "c");
  auto stored = "p\0\1k\x82\1"s;
  stored.append(130, 'v').append("e\1\1k").append("r\2\1a\1c");
  CHECK(list.bytes() == stored);
}
