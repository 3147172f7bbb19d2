#include "config/metric.hpp"

#include <catch2/catch.hpp>
#include <thread>

using namespace resalehub;

namespace {
bool shows(const metric_registry& registry, const std::string& line) {
  return ("\n" + registry.exposition()).find("\n" + line + "\n") != std::string::npos;
}
}  // namespace

TEST_CASE("label values without end are counted together") {
  metric_registry registry;
  counter requests{registry, {.name = "requests", .help = "requests", .labels = {"route"}}};
  for (std::size_t i = 0; i < metric_cells_max + 50; ++i) requests.at({std::to_string(i)}).add();
  CHECK(shows(registry, "resalehub_requests_total{route=\"0\"} 1"));
  CHECK(shows(registry, "resalehub_requests_total{route=\"other\"} 50"));
}

TEST_CASE("a label value cannot forge a line") {
  metric_registry registry;
  counter requests{registry, {.name = "requests", .help = "requests", .labels = {"route"}}};
  requests.at({"a\"} 1\nforged 2"}).add();
  CHECK_FALSE(shows(registry, "forged 2\"} 1"));
  CHECK(shows(registry, "resalehub_requests_total{route=\"a\\\"} 1\\nforged 2\"} 1"));
}

TEST_CASE("counters, gauges and histograms are exposed with unit and help") {
  metric_registry registry;
  struct measured {
    counter sent;
    gauge awake;
    histogram took;
  } all{{registry, {.name = "sent", .unit = metric_unit::bytes, .help = "bytes sent"}},
        {registry, {.name = "awake", .help = "entities awake", .labels = {"kind"}}},
        {registry,
         {.name = "commit", .unit = metric_unit::microseconds, .help = "time of a commit"},
         {100, 1'000'000}}};
  all.sent.add(5);
  all.awake.at({"cart"}).set(3);
  all.awake.at({"cart"}).add(-1);
  all.took.record(100);
  all.took.record(101);
  all.took.record(2'000'000);
  CHECK(shows(registry, "# HELP resalehub_sent_bytes_total bytes sent"));
  CHECK(shows(registry, "# TYPE resalehub_sent_bytes_total counter"));
  CHECK(shows(registry, "resalehub_sent_bytes_total 5"));
  CHECK(shows(registry, "resalehub_awake{kind=\"cart\"} 2"));
  CHECK(shows(registry, "resalehub_commit_seconds_bucket{le=\"1\"} 2"));
  CHECK(shows(registry, "resalehub_commit_seconds_bucket{le=\"+Inf\"} 3"));
  CHECK(shows(registry, "resalehub_commit_seconds_count 3"));
}

TEST_CASE("a metric that is gone is no longer shown") {
  metric_registry registry;
  { const gauge once{registry, {.name = "once", .help = "once"}}; }
  CHECK(registry.exposition().empty());
}

TEST_CASE("nothing counted at once is lost") {
  metric_registry registry;
  counter hits{registry, {.name = "hits", .help = "hits"}};
  std::thread other{[&] {
    for (int i = 0; i < 100'000; ++i) hits.add();
  }};
  for (int i = 0; i < 100'000; ++i) hits.add();
  other.join();
  CHECK(shows(registry, "resalehub_hits_total 200000"));
}
