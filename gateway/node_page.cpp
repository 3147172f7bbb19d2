#include "gateway/node_page.hpp"

#include <atomic>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "cluster/tls_link_hello.hpp"
#include "config/metric.hpp"
#include "gateway/session_loop.hpp"

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
    {"asks_routed", "asks sent on to another node", &host_figures::routed},
    {"peer_messages_sent", "messages to other nodes", &host_figures::messages_sent},
    {"peer_messages_refused", "messages not sent: no link, or a full queue",
     &host_figures::messages_refused},
    {"peer_messages_unread", "messages of other nodes that were not understood",
     &host_figures::messages_unread},
    {"elections_won", "elections of partitions that this node won", &host_figures::elections},
    {"transfers_received", "copies of partitions that arrived here", &host_figures::transfers},
};
constexpr copied_figure host_gauges[] = {
    {"entities_awake", "entities awake now", &host_figures::awake},
    {"entities_awake_bytes", "their estimated memory", &host_figures::awake_bytes},
    {"leaderships", "partitions that this node leads", &host_figures::leaderships},
    {"replicas", "partitions that this node holds", &host_figures::replicas},
    {"members_behind", "other members of led partitions that have not caught up",
     &host_figures::members_behind},
    {"members_silent", "other members of led partitions that are not heard",
     &host_figures::members_silent},
};

/// Of the public listener.
struct edge_figure {
  const char* name;
  const char* help;
  std::atomic<std::uint64_t> edge_counts::*which;
};
constexpr edge_figure edge_counters[] = {
    {"connections_accepted", "connections of clients", &edge_counts::accepted},
    {"connections_turned_away", "connections over a limit", &edge_counts::turned_away},
    {"requests_cut_short", "clients that left inside a request", &edge_counts::cut_short},
    {"requests_timed_out", "requests that did not arrive in time", &edge_counts::timed_out},
    {"tls_handshakes_failed", "TLS handshakes that failed", &edge_counts::handshakes_failed},
    {"clients_stalled", "clients that did not read their answers", &edge_counts::stalled},
    {"websockets_opened", "WebSockets of clients", &edge_counts::websockets},
    {"websockets_slow", "WebSockets closed because the client did not read",
     &edge_counts::slow_consumers},
};

/// Of the links to other nodes.
struct link_figure {
  const char* name;
  metric_unit unit;
  const char* help;
  link_figures::count link_figures::*which;
};
constexpr link_figure link_counters[] = {
    {"link_connections", metric_unit::none, "links that were made", &link_figures::connections},
    {"link_accepted", metric_unit::none, "connections that other nodes made",
     &link_figures::accepted},
    {"link_sent", metric_unit::bytes, "sent over links", &link_figures::bytes_sent},
    {"link_received", metric_unit::bytes, "received over links", &link_figures::bytes_received},
    {"link_messages_sent", metric_unit::none, "messages in those", &link_figures::messages_sent},
    {"link_messages_received", metric_unit::none, "messages in those",
     &link_figures::messages_received},
    {"link_sends_refused", metric_unit::none, "messages without a link, or with a full one",
     &link_figures::sends_refused},
    {"link_certificate_reloads", metric_unit::none, "certificates read anew",
     &link_figures::reloads},
    {"link_certificate_reloads_failed", metric_unit::none, "bad certificates that were left",
     &link_figures::reloads_failed},
};

/// All that is shown of the links; zero where there are none.
class link_page {
 public:
  explicit link_page(metric_registry& registry)
      : up_(registry, {"links_up", metric_unit::none, "links to other nodes now", {}}),
        half_open_(registry, {"link_half_open", metric_unit::none,
                              "connections that have not said who they are", {}}),
        faults_(registry, {"link_faults", metric_unit::none, "links that ended or never were",
                           {"fault"}}) {
    for (const auto& figure : link_counters)
      counters_.push_back(std::make_unique<counter>(
          registry, metric_words{figure.name, figure.unit, figure.help, {}}));
  }

  void copy(const link_figures& links) {
    up_.set(static_cast<std::int64_t>(links.connected));
    half_open_.set(static_cast<std::int64_t>(links.half_open));
    for (std::size_t i = 0; i < counters_.size(); ++i)
      counters_[i]->at({}).raise_to(static_cast<std::int64_t>(links.*link_counters[i].which));
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<link_fault>>([&](auto fault) {
      if (fault.value != link_fault::none)
        faults_.at({fault.name}).raise_to(static_cast<std::int64_t>(links.of(fault.value)));
    });
  }

 private:
  gauge up_;
  gauge half_open_;
  counter faults_;
  std::vector<std::unique_ptr<counter>> counters_;
};

class shown_node final : public node_page {
 public:
  shown_node()
      : requests_(registry_, {"http_requests", metric_unit::none, "requests by route and status",
                              {"method", "route", "status"}}),
        latency_(registry_,
                 {"http_request_duration", metric_unit::microseconds, "from head to answer",
                  {"route", "status"}},
                 latency_bounds_us()),
        disk_free_(registry_, {"disk_free", metric_unit::bytes, "free on the data's disk", {}}) {
    for (const auto& figure : host_counters)
      counters_.push_back(std::make_unique<counter>(
          registry_, metric_words{figure.name, metric_unit::none, figure.help, {}}));
    for (const auto& figure : edge_counters)
      edge_counters_.push_back(std::make_unique<counter>(
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
    for (auto [name, help] :
         {std::pair{"asks_waiting", "asks that no partition has taken on yet"},
          std::pair{"asks_waiting_most", "... of the partition with the most"},
          std::pair{"lists_waiting", "lists that nobody has begun"},
          std::pair{"routing_waiting", "asks on their way to other nodes' partitions"},
          std::pair{"ready", "whether this node serves"},
          std::pair{"disk_room", "0: enough, 1: others lead, 2: no commands, 3: takes nothing in"}})
      own_gauges_.push_back(std::make_unique<gauge>(
          registry_, metric_words{name, metric_unit::none, help, {}}));
  }

  void show(const node& running) override { node_.store(&running); }
  void show(const edge_counts& of_public_listener) override { edge_.store(&of_public_listener); }
  void stop_being_ready() override { leaving_.store(true); }
  bool ready() const override {
    const auto* running = node_.load();
    return running != nullptr && !leaving_.load() && running->ready();
  }

  std::string why_not_ready() const override {
    const auto* running = node_.load();
    if (running == nullptr || leaving_.load() || running->disk().room == disk_room::enough)
      return node_page::why_not_ready();
    return "The disk of this node has too little room: " +
           std::to_string(running->disk().free_bytes) + " bytes are free.";
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
      here.latency = &latency_.at({std::string(route), std::to_string(status)});
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
    if (const auto* edge = edge_.load())
      for (std::size_t i = 0; i < edge_counters_.size(); ++i)
        bring_to(*edge_counters_[i],
                 (edge->*resalehub::edge_counters[i].which).load(std::memory_order_relaxed));
    const auto waiting = running.waiting();
    std::size_t next = 0;
    for (const auto now : {waiting.partitions, waiting.partitions_most, waiting.lists,
                           waiting.front_door, std::uint64_t{ready()},
                           static_cast<std::uint64_t>(running.disk().room)})
      own_gauges_[next++]->set(static_cast<std::int64_t>(now));
    disk_free_.set(static_cast<std::int64_t>(running.disk().free_bytes));
    links_->copy(running.links_figures());
    const auto log = running.log_figures();
    bring_to(*log_counters_[0], log.syncs);
    bring_to(*log_counters_[1], log.entries);
    bring_to(*log_counters_[2], log.appends);
    bring_to(*log_counters_[3], log.bytes);
  }

  metric_registry registry_;
  const std::unique_ptr<link_page> links_ = std::make_unique<link_page>(registry_);
  counter requests_;
  histogram latency_;
  mutable gauge disk_free_;
  std::vector<std::unique_ptr<counter>> counters_;
  std::vector<std::unique_ptr<gauge>> gauges_;
  std::vector<std::unique_ptr<counter>> log_counters_;
  std::vector<std::unique_ptr<gauge>> own_gauges_;
  std::vector<std::unique_ptr<counter>> edge_counters_;
  std::atomic<const edge_counts*> edge_{nullptr};
  std::atomic<const node*> node_{nullptr};
  std::atomic<bool> leaving_{false};
};

}  // namespace

std::unique_ptr<node_page> node_page::make() { return std::make_unique<shown_node>(); }

}  // namespace resalehub
