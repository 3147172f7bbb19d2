#include "config/metric.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <limits>

#include "base/check.hpp"

namespace resalehub {
namespace {

std::string_view ending_of(metric_unit unit) {
  switch (unit) {
    case metric_unit::none: return "";
    case metric_unit::bytes: return "_bytes";
    case metric_unit::microseconds: return "_seconds";
  }
  return "";
}

double shown(std::int64_t value, metric_unit unit) {
  return unit == metric_unit::microseconds ? static_cast<double>(value) * 1e-6
                                           : static_cast<double>(value);
}

prometheus::ClientMetric labelled(const metric_words& words, const label_values& values) {
  prometheus::ClientMetric out;
  for (std::size_t i = 0; i < values.size(); ++i)
    out.label.push_back({words.labels[i], values[i]});
  return out;
}

void check_values(const metric_words& words, const label_values& values) {
  check(values.size() == words.labels.size(), "a metric's cell has a value for every label");
}

}  // namespace

// -- registry -------------------------------------------------------------------------------------

std::string metric_registry::exposition() const {
  std::vector<prometheus::MetricFamily> families;
  {
    const std::lock_guard lock{mutex_};
    for (const auto& [name, metric] : metrics_) metric->collect(families.emplace_back());
  }
  return prometheus::TextSerializer{}.Serialize(families);
}

any_metric::any_metric(metric_registry& registry, metric_words words, std::string_view ending)
    : words_(std::move(words)), registry_(registry), name_("resalehub_") {
  name_.append(words_.name).append(ending_of(words_.unit)).append(ending);
  const std::lock_guard lock{registry_.mutex_};
  check(registry_.metrics_.emplace(name_, this).second, "a metric's name is its own");
}

any_metric::~any_metric() {
  const std::lock_guard lock{registry_.mutex_};
  registry_.metrics_.erase(name_);
}

// -- counter --------------------------------------------------------------------------------------

counter::counter(metric_registry& registry, metric_words words)
    : any_metric(registry, std::move(words), "_total") {
  if (words_.labels.empty()) only_ = &at({});
}

counter_cell& counter::at(const label_values& values) {
  check_values(words_, values);
  return cells_.find_or_make(values, [] { return std::make_unique<counter_cell>(); });
}

void counter::collect(prometheus::MetricFamily& into) const {
  into.name = name();
  into.help = words_.help;
  into.type = prometheus::MetricType::Counter;
  cells_.visit([&](const label_values& values, const counter_cell& cell) {
    auto& metric = into.metric.emplace_back(labelled(words_, values));
    metric.counter.value = shown(cell.value(), words_.unit);
  });
}

// -- gauge ----------------------------------------------------------------------------------------

gauge::gauge(metric_registry& registry, metric_words words)
    : any_metric(registry, std::move(words), "") {
  if (words_.labels.empty()) only_ = &at({});
}

gauge_cell& gauge::at(const label_values& values) {
  check_values(words_, values);
  return cells_.find_or_make(values, [] { return std::make_unique<gauge_cell>(); });
}

void gauge::collect(prometheus::MetricFamily& into) const {
  into.name = name();
  into.help = words_.help;
  into.type = prometheus::MetricType::Gauge;
  cells_.visit([&](const label_values& values, const gauge_cell& cell) {
    auto& metric = into.metric.emplace_back(labelled(words_, values));
    metric.gauge.value = shown(cell.value(), words_.unit);
  });
}

// -- histogram ------------------------------------------------------------------------------------

std::vector<std::int64_t> latency_bounds_us() {
  return {50,     100,    200,     500,     1'000,   2'000,     5'000,     10'000,    20'000,
          50'000, 100'000, 200'000, 500'000, 1'000'000, 2'000'000, 5'000'000, 10'000'000};
}

std::vector<std::int64_t> doubling_bounds(int count) {
  std::vector<std::int64_t> out;
  for (int i = 0; i < count; ++i) out.push_back(std::int64_t{1} << i);
  return out;
}

histogram_cell::histogram_cell(const std::vector<std::int64_t>& bounds)
    : bounds_(bounds),
      buckets_(std::make_unique<std::atomic<std::uint64_t>[]>(bounds.size() + 1)) {}

void histogram_cell::record(std::int64_t value) {
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  buckets_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

histogram::histogram(metric_registry& registry, metric_words words,
                     std::vector<std::int64_t> bounds)
    : any_metric(registry, std::move(words), ""), bounds_(std::move(bounds)) {
  check(std::is_sorted(bounds_.begin(), bounds_.end()), "a histogram's bounds ascend");
  if (words_.labels.empty()) only_ = &at({});
}

histogram_cell& histogram::at(const label_values& values) {
  check_values(words_, values);
  return cells_.find_or_make(values, [&] { return std::make_unique<histogram_cell>(bounds_); });
}

void histogram::collect(prometheus::MetricFamily& into) const {
  into.name = name();
  into.help = words_.help;
  into.type = prometheus::MetricType::Histogram;
  cells_.visit([&](const label_values& values, const histogram_cell& cell) {
    auto& metric = into.metric.emplace_back(labelled(words_, values));
    std::uint64_t below = 0;
    for (std::size_t i = 0; i <= bounds_.size(); ++i) {
      below += cell.count_in(i);
      const double bound = i < bounds_.size() ? shown(bounds_[i], words_.unit)
                                              : std::numeric_limits<double>::infinity();
      metric.histogram.bucket.push_back({below, bound});
    }
    metric.histogram.sample_count = below;
    metric.histogram.sample_sum = shown(cell.sum(), words_.unit);
  });
}

}  // namespace resalehub
