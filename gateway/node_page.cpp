#include "gateway/node_page.hpp"

#include <atomic>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "config/metric.hpp"

namespace resalehub {
namespace {

/// A counter or gauge of another floor, copied when the page is asked for.
struct copied_figure {
  const char* name;
  const char* help;
  host_figures::counter host_figures::*which;
};

constexpr copied_figure host_counters[] = {
    {"commits", "decisions that wrote something", &host_figures::commits},
    {"batches", "log entries that decisions were gathered into", &host_figures::batches},
    {"batch_bytes", "bytes of those entries", &host_figures::batch_bytes},
    {"reads", "linearizable reads", &host_figures::reads},
    {"replays", "answers from request records", &host_figures::replays},
    {"activations", "entities woken", &host_figures::activations},
    {"passivations", "entities put to sleep for want of memory", &host_figures::passivations},
    {"entity_failures", "entity actors that died", &host_figures::actor_failures},
    {"deliveries", "outbox deliveries that ended", &host_figures::deliveries},
    {"delivery_retries", "outbox attempts to be repeated", &host_figures::retries},
    {"timers_fired", "durable timers that fired", &host_figures::timers_fired},
    {"asks_expired", "asks whose deadline passed", &host_figures::expired},
};
constexpr copied_figure host_gauges[] = {
    {"entities_awake", "entities awake now", &host_figures::awake},
    {"entities_awake_bytes", "their estimated memory", &host_figures::awake_bytes},
};

class shown_node final : public node_page {
 public:
  shown_node()
      : requests_(registry_, {"http_requests", metric_unit::none, "requests by route and status",
                              {"method", "route", "status"}}),
        latency_(registry_,
                 {"http_request_duration", metric_unit::microseconds, "from head to answer",
                  {"route"}},
                 latency_bounds_us()) {
    for (const auto& figure : host_counters)
      counters_.push_back(std::make_unique<counter>(
          registry_, metric_words{figure.name, metric_unit::none, figure.help, {}}));
    for (const auto& figure : host_gauges)
      gauges_.push_back(std::make_unique<gauge>(
          registry_, metric_words{figure.name, metric_unit::none, figure.help, {}}));
    for (auto [name, help] : {std::pair{"log_syncs", "syncs of the log"},
                              std::pair{"log_entries", "entries those made durable"},
                              std::pair{"log_appends", "appends of groups gathered into them"},
                              std::pair{"log_bytes", "bytes of those entries"}})
      log_counters_.push_back(std::make_unique<counter>(
          registry_, metric_words{name, metric_unit::none, help, {}}));
  }

  void show(const node& running) override { node_.store(&running); }
  void stop_being_ready() override { leaving_.store(true); }
  bool ready() const override {
    const auto* running = node_.load();
    return running != nullptr && !leaving_.load() && running->ready();
  }

  std::uint32_t leader_of(std::uint16_t partition) const override {
    const auto* running = node_.load();
    return running != nullptr ? running->leader_of(partition) : 0;
  }

  std::string metrics_text() const override {
    if (const auto* running = node_.load()) copy(*running);
    return registry_.exposition();
  }

  void count_request(std::string_view method, std::string_view route, int status,
                     std::int64_t took_us) override {
    // A route's name is one literal; finding a cell takes a lock and copies: once a thread.
    using key = std::tuple<const shown_node*, const char*, const char*, int>;
    thread_local std::map<key, cells> found;
    auto& here = found[{this, method.data(), route.data(), status}];
    if (here.requests == nullptr) {
      here.requests =
          &requests_.at({std::string(method), std::string(route), std::to_string(status)});
      here.latency = &latency_.at({std::string(route)});
    }
    here.requests->add();
    here.latency->record(took_us);
  }

 private:
  struct cells {
    counter_cell* requests = nullptr;
    histogram_cell* latency = nullptr;
  };
  static void bring_to(counter& shown, std::uint64_t value) {
    shown.at({}).raise_to(static_cast<std::int64_t>(value));
  }

  void copy(const node& running) const {
    const auto& figures = running.figures();
    for (std::size_t i = 0; i < counters_.size(); ++i)
      bring_to(*counters_[i], (figures.*host_counters[i].which).load(std::memory_order_relaxed));
    for (std::size_t i = 0; i < gauges_.size(); ++i)
      gauges_[i]->set(static_cast<std::int64_t>(
          (figures.*host_gauges[i].which).load(std::memory_order_relaxed)));
    const auto log = running.log_figures();
    bring_to(*log_counters_[0], log.syncs);
    bring_to(*log_counters_[1], log.entries);
    bring_to(*log_counters_[2], log.appends);
    bring_to(*log_counters_[3], log.bytes);
  }

  metric_registry registry_;
  counter requests_;
  histogram latency_;
  std::vector<std::unique_ptr<counter>> counters_;
  std::vector<std::unique_ptr<gauge>> gauges_;
  std::vector<std::unique_ptr<counter>> log_counters_;
  std::atomic<const node*> node_{nullptr};
  std::atomic<bool> leaving_{false};
};

}  // namespace

std::unique_ptr<node_page> node_page::make() { return std::make_unique<shown_node>(); }

}  // namespace resalehub
