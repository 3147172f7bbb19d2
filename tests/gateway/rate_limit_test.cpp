#include "gateway/rate_limit.hpp"

#include <catch2/catch.hpp>

using namespace resalehub;

namespace {

rate_rules five_logins() {
  rate_rules rules{};
  rules[static_cast<std::size_t>(rate_class::login)] = {.permits = 5, .window_s = 60};
  return rules;
}

}  // namespace

TEST_CASE("the sixth in a minute waits, and is told how long") {
  rate_limit limits{five_logins(), 100};
  for (int i = 0; i < 5; ++i) {
    const auto verdict = limits.take(rate_class::login, "a", 1'000'000);
    REQUIRE(verdict.allowed);
    CHECK(verdict.remaining == 4 - i);
  }
  const auto refused = limits.take(rate_class::login, "a", 1'000'000);
  REQUIRE_FALSE(refused.allowed);
  CHECK(refused.retry_after_ms == 12'000);
  CHECK(refused.remaining == 0);
  CHECK(limits.take(rate_class::login, "b", 1'000'000).allowed);
  CHECK_FALSE(limits.take(rate_class::login, "a", 12'900'000).allowed);
  CHECK(limits.take(rate_class::login, "a", 13'000'000).allowed);
  CHECK_FALSE(limits.take(rate_class::login, "a", 13'000'000).allowed);
}

TEST_CASE("a class without a rule is not limited, and one class is not another") {
  rate_limit limits{five_logins(), 100};
  for (int i = 0; i < 1000; ++i) CHECK(limits.take(rate_class::read, "a", 0).allowed);
  CHECK(limits.size() == 0);
  CHECK(limits.take(rate_class::login, "a", 0).allowed);
}

TEST_CASE("there are never more buckets than allowed") {
  rate_limit limits{five_logins(), 100};
  for (int i = 0; i < 10'000; ++i) limits.take(rate_class::login, std::to_string(i), 0);
  CHECK(limits.size() <= 100);
}

TEST_CASE("the fields say policy and state") {
  const rate_rule rule{.permits = 5, .window_s = 60};
  CHECK(policy_field(rate_class::login, rule) == "\"login\";q=5;w=60");
  CHECK(limit_field(rate_class::login, {.rule = rule, .remaining = 3, .reset_s = 24}) ==
        "\"login\";r=3;t=24");
}
