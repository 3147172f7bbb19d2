#include "base/time.hpp"

#include <catch2/catch.hpp>

using namespace resalehub;

TEST_CASE("what is no time in RFC 3339 is refused") {
  const char* wrong[] = {
      "", "2026", "2026-01-31", "2026-01-31T12:00:00", "2026-01-31 12:00:00Z",
      "2026-02-30T12:00:00Z", "2025-02-29T12:00:00Z", "2026-13-01T12:00:00Z",
      "2026-00-01T12:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T12:60:00Z",
      "2026-01-31T12:00:60Z", "2026-01-31T12:00:00+24:00", "2026-01-31T12:00:00+01:60",
      "2026-01-31T12:00:00+0100", "2026-01-31T12:00:00.Z", "2026-01-31T12:00:00.0000000000Z",
      "10000-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+01:00",
      "9999-12-31T23:59:59-01:00", "2026-01-31T12:00:00Z ", "2026-01-31T12:00Z",
      "2026-01-31T12:00:00 Europe/Berlin", "-026-01-31T12:00:00Z"};
  for (const auto* text : wrong) {
    INFO(text);
    CHECK_FALSE(from_rfc3339(text).has_value());
  }
}

TEST_CASE("a time is read to the millisecond, in UTC") {
  CHECK(from_rfc3339("1970-01-01T00:00:00Z") == instant{0});
  CHECK(from_rfc3339("2000-02-29T00:00:00Z") == instant{951'782'400'000});
  CHECK(from_rfc3339("2026-01-31T12:00:00.5Z") == from_rfc3339("2026-01-31T13:30:00.5+01:30"));
  CHECK(from_rfc3339("2026-01-31T12:00:00.1239Z") == instant{1'769'860'800'123});
  CHECK(from_rfc3339("2026-01-31T00:30:00-01:00") == from_rfc3339("2026-01-31t01:30:00z"));
}

TEST_CASE("a time survives its text") {
  CHECK(to_rfc3339({1'769'860'800'007}) == "2026-01-31T12:00:00.007Z");
  CHECK(to_rfc3339({0}) == "1970-01-01T00:00:00.000Z");
  for (std::int64_t at = 0; at < 253'402'300'799'999; at += 86'399'999'777) {
    const auto read = from_rfc3339(to_rfc3339({at}));
    if (read != instant{at}) FAIL(to_rfc3339({at}));
  }
  CHECK(to_rfc3339({253'402'300'799'999}) == "9999-12-31T23:59:59.999Z");
}

TEST_CASE("instants and durations add up") {
  CHECK((instant{5} + milliseconds{7}) - instant{2} == milliseconds{10});
  CHECK(instant{5} - milliseconds{7} == instant{-2});
}
