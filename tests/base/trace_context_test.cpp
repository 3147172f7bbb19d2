#include "base/trace_context.hpp"

#include <catch2/catch.hpp>

using namespace resalehub;

namespace {
constexpr std::string_view sound = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
constexpr std::string_view request = "48fd22c1de1c7f75d77d3a8de93878fa";
}  // namespace

TEST_CASE("what is no traceparent is not followed") {
  for (const std::string_view bad :
       {"", "00", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-zz",
        "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01more"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_traceparent(bad));
    CHECK(trace_id_of(bad).empty());
    CHECK(traceparent_of(bad, request) ==
          "00-48fd22c1de1c7f75d77d3a8de93878fa-d77d3a8de93878fa-00");
  }
}

TEST_CASE("a client's trace goes on in a span of our own") {
  CHECK(trace_id_of(sound) == "0af7651916cd43dd8448eb211c80319c");
  CHECK(span_id_of(sound) == "b7ad6b7169203331");
  const auto ours = traceparent_of(sound, request);
  CHECK(ours == "00-0af7651916cd43dd8448eb211c80319c-d77d3a8de93878fa-01");
  CHECK(is_traceparent(ours));
}

TEST_CASE("a later version may say more") {
  CHECK(is_traceparent("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"));
  CHECK(traceparent_of("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", request)
            .starts_with("00-0af7651916cd43dd8448eb211c80319c-"));
}
