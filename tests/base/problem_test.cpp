#include "base/problem.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "base/result.hpp"

using namespace resalehub;

TEST_CASE("a word that is no code is no code") {
  CHECK_FALSE(code_from_name("").has_value());
  CHECK_FALSE(code_from_name("Not_found").has_value());
  CHECK_FALSE(code_from_name("not_foun").has_value());
}

TEST_CASE("every code is found by its name and has a status of an error") {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(code::insufficient_storage); ++i) {
    const auto& row = row_of(static_cast<code>(i));
    CHECK(row.code == static_cast<code>(i));
    CHECK(code_from_name(row.name) == row.code);
    CHECK(row.status >= 400);
    CHECK(row.status < 600);
    CHECK_FALSE(row.title.empty());
    names.insert(row.name);
  }
  CHECK(names.size() == static_cast<std::size_t>(code::insufficient_storage) + 1);
}

TEST_CASE("a problem takes its status from the table and names its fields") {
  const auto refused = field_refused("/price/amount", code::out_of_range, "must be 1 to 9");
  CHECK(refused.code == code::validation_failed);
  CHECK(refused.status() == 422);
  CHECK_FALSE(refused.retryable());
  REQUIRE(refused.errors.size() == 1);
  CHECK(refused.errors[0].pointer == "/price/amount");
  CHECK(problem{code::overloaded, "x"}.retryable());
}

TEST_CASE("a result is a value or the problem in its way") {
  const auto half = [](int number) -> result<int> {
    if (number % 2 != 0) return problem{code::validation_failed, "odd"};
    return number / 2;
  };
  CHECK_FALSE(half(3));
  CHECK(half(3).problem().detail == "odd");
  CHECK(half(4).value() == 2);
}
