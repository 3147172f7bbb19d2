#pragma once
/// What the node counts: counters, gauges, histograms, declared as members of a struct that a room
/// keeps. Any thread may count (an atomic addition); a metric without labels is one cell, one with
/// labels gives a cell for each set of values: keep the reference, finding it takes a lock.
/// Names get the prefix "resalehub_" and their unit behind; counters "_total".

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace prometheus {
struct MetricFamily;
}

namespace resalehub {

class any_metric;

/// All metrics of a node; outlives them.
class metric_registry {
 public:
  /// Prometheus' text format, sorted by name.
  std::string exposition() const;

 private:
  friend class any_metric;
  mutable std::mutex mutex_;
  std::map<std::string, any_metric*> metrics_;
};

enum class metric_unit {
  none,
  bytes,
  microseconds,  ///< counted in these, shown as seconds
};

struct metric_words {
  std::string_view name;  ///< "http_requests"
  metric_unit unit = metric_unit::none;
  std::string_view help;
  std::vector<std::string> labels;
};

using label_values = std::vector<std::string>;

/// Beyond this many sets of label values, further ones are counted together as "other".
inline constexpr std::size_t metric_cells_max = 1000;

class any_metric {
 public:
  any_metric(metric_registry& registry, metric_words words, std::string_view ending);
  any_metric(const any_metric&) = delete;
  any_metric& operator=(const any_metric&) = delete;
  virtual ~any_metric();

  virtual void collect(prometheus::MetricFamily& into) const = 0;
  const std::string& name() const { return name_; }

 protected:
  metric_words words_;

 private:
  metric_registry& registry_;
  std::string name_;
};

// -- cells ----------------------------------------------------------------------------------------

/// Only grows.
class counter_cell {
 public:
  void add(std::int64_t by = 1) { value_.fetch_add(by, std::memory_order_relaxed); }
  /// Of what is counted elsewhere: never goes back.
  void raise_to(std::int64_t value) {
    auto now = value_.load(std::memory_order_relaxed);
    while (now < value && !value_.compare_exchange_weak(now, value, std::memory_order_relaxed)) {
    }
  }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

class gauge_cell {
 public:
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t by = 1) { value_.fetch_add(by, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

class histogram_cell {
 public:
  explicit histogram_cell(const std::vector<std::int64_t>& bounds);
  void record(std::int64_t value);
  std::uint64_t count_in(std::size_t bucket) const {
    return buckets_[bucket].load(std::memory_order_relaxed);
  }
  std::int64_t sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  const std::vector<std::int64_t>& bounds_;
  std::unique_ptr<std::atomic<std::uint64_t>[]> buckets_;  ///< one more than bounds
  std::atomic<std::int64_t> sum_{0};
};

/// The cells of one metric by their label values. A cell stays where it is for ever.
template <class Cell>
class metric_cells {
 public:
  template <class Make>
  Cell& find_or_make(const label_values& values, Make&& make) {
    const std::lock_guard lock{mutex_};
    const auto found = cells_.find(values);
    if (found != cells_.end()) return *found->second;
    const bool full = cells_.size() >= metric_cells_max;
    auto& cell = cells_[full ? label_values(values.size(), "other") : values];
    if (!cell) cell = make();
    return *cell;
  }
  template <class Visit>
  void visit(Visit&& visit) const {
    const std::lock_guard lock{mutex_};
    for (const auto& [values, cell] : cells_) visit(values, *cell);
  }

 private:
  mutable std::mutex mutex_;
  std::map<label_values, std::unique_ptr<Cell>> cells_;
};

// -- metrics --------------------------------------------------------------------------------------

class counter final : public any_metric {
 public:
  counter(metric_registry& registry, metric_words words);
  counter_cell& at(const label_values& values);
  void add(std::int64_t by = 1) { only_->add(by); }  ///< of one without labels
  void collect(prometheus::MetricFamily& into) const override;

 private:
  metric_cells<counter_cell> cells_;
  counter_cell* only_ = nullptr;
};

class gauge final : public any_metric {
 public:
  gauge(metric_registry& registry, metric_words words);
  gauge_cell& at(const label_values& values);
  void set(std::int64_t value) { only_->set(value); }  ///< of one without labels
  void add(std::int64_t by = 1) { only_->add(by); }
  void collect(prometheus::MetricFamily& into) const override;

 private:
  metric_cells<gauge_cell> cells_;
  gauge_cell* only_ = nullptr;
};

/// Upper bounds, ascending: 50 us to 10 s.
std::vector<std::int64_t> latency_bounds_us();
/// 1, 2, 4, ... 2^count-1: sizes of batches and queues.
std::vector<std::int64_t> doubling_bounds(int count);

class histogram final : public any_metric {
 public:
  histogram(metric_registry& registry, metric_words words, std::vector<std::int64_t> bounds);
  histogram_cell& at(const label_values& values);
  void record(std::int64_t value) { only_->record(value); }  ///< of one without labels
  void collect(prometheus::MetricFamily& into) const override;

 private:
  std::vector<std::int64_t> bounds_;
  metric_cells<histogram_cell> cells_;
  histogram_cell* only_ = nullptr;
};

}  // namespace resalehub
