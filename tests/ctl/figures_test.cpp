#include <catch2/catch.hpp>

#include "ctl_figures.hpp"

using namespace resalehub;

namespace {

page_figures page(std::map<double, std::int64_t> within) {
  page_figures out;
  out.answered_within = std::move(within);
  return out;
}

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("what is no metrics page has no figures") {
  for (const std::string_view text :
       {"", "\n\n", "{}", "resalehub_commits_total", "resalehub_commits_total x",
        "# resalehub_commits_total 5", "other_commits_total 5",
        "resalehub_http_request_duration_seconds_bucket{route=\"/\",le=\"x\"} 5"}) {
    CAPTURE(text);
    const auto figures = figures_from(text);
    CHECK(figures.commits == 0);
    CHECK(figures.answered_within.empty());
  }
}

TEST_CASE("no time is told of no requests, nor one beyond the last bound") {
  CHECK_FALSE(p99_us_between({}, {}));
  CHECK_FALSE(p99_us_between(page({{0.1, 5}, {infinity, 5}}), page({{0.1, 5}, {infinity, 5}})));
  CHECK_FALSE(p99_us_between({}, page({{0.1, 0}, {infinity, 5}})));
}

TEST_CASE("a page's figures are read, buckets of all routes together") {
  const auto figures = figures_from(
      "# HELP resalehub_commits_total decisions\n# TYPE resalehub_commits_total counter\n"
      "resalehub_commits_total 17\nresalehub_reads_total 1e3\nresalehub_log_syncs_total 4\n"
      "resalehub_entities_awake 6\nresalehub_entities_awake_bytes 999\n"
      "resalehub_http_request_duration_seconds_bucket{route=\"/\",status=\"\",le=\"0.001\"} 2\n"
      "resalehub_http_request_duration_seconds_bucket{route=\"/b\",status=\"\",le=\"0.001\"} 3\n"
      "resalehub_http_request_duration_seconds_bucket{route=\"/b\",status=\"\",le=\"+Inf\"} 4\n");
  CHECK(figures.commits == 17);
  CHECK(figures.reads == 1000);
  CHECK(figures.syncs == 4);
  CHECK(figures.awake == 6);
  CHECK(figures.answered_within == std::map<double, std::int64_t>{{0.001, 5}, {infinity, 4}});
}

TEST_CASE("the p99 is of the requests since the last look alone") {
  const auto before = page({{0.001, 1000}, {0.01, 1000}, {infinity, 1000}});
  CHECK(p99_us_between(before, page({{0.001, 1099}, {0.01, 1100}, {infinity, 1100}})) == 1000);
  CHECK(p99_us_between(before, page({{0.001, 1098}, {0.01, 1100}, {infinity, 1100}})) == 10'000);
}

TEST_CASE("figures are told per second, and a node that starts anew counts from nothing") {
  page_figures before, after;
  before.commits = 100;
  after.commits = 400;
  before.reads = 500;
  after.reads = 20;
  top_line line;
  compare(before, after, 2000, line);
  CHECK(line.commits_per_s == 150);
  CHECK(line.reads_per_s == 10);
  CHECK(line.syncs_per_s == 0);
}

TEST_CASE("a table's columns are as wide as what stands in them") {
  CHECK(table_of({"NODE", "N"}, {{"n1", "5"}, {"a-long-one", "17"}}) ==
        "NODE         N\nn1           5\na-long-one  17\n");
  CHECK(table_of({"NODE", "N"}, {}) == "NODE  N\n");
  top_line line;
  line.node = "n1";
  line.state = "active";
  line.p99_us = 12'345;
  CHECK(table_of({line}).find("12.3") != std::string::npos);
}
