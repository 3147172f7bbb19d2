#include "cluster/node_actors.hpp"

#include <algorithm>
#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <utility>

#include "base/message_pack.hpp"
#include "cluster/joining.hpp"
#include "cluster/list_actor.hpp"
#include "cluster/ticker_actor.hpp"

namespace resalehub {
namespace {

problem too_many() { return {code::overloaded, "too many requests wait for this partition"}; }

/// Turns the record's answer to a joiner into all that it needs to begin.
class welcome_sink final : public answer_sink {
 public:
  welcome_sink(const node_actors_options& options, std::function<void(std::string)> reply)
      : cluster_(options.cluster), secret_(options.secret), reply_(std::move(reply)) {}

  void deliver(std::vector<answered_ask> batch) override {
    for (auto& one : batch) reply_(encoded(said(std::move(one.outcome))));
  }
  void deliver_scan(answered_scan) override { fail("a joiner asks for no lists"); }

 private:
  join_answer said(result<answer> outcome) const {
    join_answer out;
    controller::welcome welcome;
    if (!outcome) {
      out.refused = std::move(outcome).problem();
    } else if (!unpack(outcome->bytes, welcome)) {
      out.refused = problem{code::internal, "the record's answer could not be read"};
    } else if (welcome.number == 0) {
      out.replaces = welcome.replaces;
      out.refused = problem{code::shard_unavailable, "another node has this name"};
    } else {
      out.cluster = cluster_;
      out.secret = secret_;
      out.node = welcome.number;
      out.partitions = welcome.partitions;
      out.known.version = 1;  // below every one that is told later
      for (const auto& other : welcome.peers)
        out.known.nodes.push_back({other.number, other.name, {}, other.address, {}, {}, "active"});
    }
    return out;
  }

  const std::string cluster_;
  const std::string secret_;
  std::function<void(std::string)> reply_;
};

}  // namespace

/// Pushes go to who watches here, and to the other nodes for those who watch there.
class node_actors::all_watchers final : public push_sink {
 public:
  all_watchers(push_sink* here, const caf::actor& door) : here_(here), door_(door) {}
  void publish(std::vector<push> batch) override {
    caf::anon_send(door_, remote_pushes{batch});
    if (here_) here_->publish(std::move(batch));
  }

 private:
  push_sink* here_;
  const caf::actor& door_;
};

node_actors::node_actors(const node_actors_options& options, const node_actors_ports& ports)
    : options_(options),
      ports_(ports),
      out_(*ports.way, figures_),
      watchers_(std::make_unique<all_watchers>(ports.watchers, front_door_)),
      waiting_(options.partitions + 2),
      readable_(options.partitions),
      leads_(options.partitions) {}

node_actors::~node_actors() = default;

// -- start and end --------------------------------------------------------------------------------

void node_actors::make_threads() {
  writer_ = ports_.make_writer(*ports_.log, [this](std::vector<durable_append> appends) {
    for (const auto& append : appends)
      if (append.ready != 0)
        caf::anon_send(partitions_[append.group], append_durable{append.ready});
  });
  applier_ = ports_.make_applier(
      *ports_.state, options_.sync_every_bytes, [this](std::vector<applied_notice> notices) {
        for (const auto& notice : notices)
          caf::anon_send(partitions_[notice.partition],
                         entries_applied{notice.index, notice.term, notice.covered,
                                         notice.chunks, notice.mixed_until});
      });
}

host_ports node_actors::host_ports_of() {
  return {ports_.clock, ports_.entropy, ports_.state,   this,
          watchers_.get(), ports_.kinds, ports_.outside, &figures_, &room_};
}

std::shared_ptr<partition_setup> node_actors::setup_for(keys::partition_number number) {
  auto setup = std::make_shared<partition_setup>();
  const auto& pace = options_.pace;
  setup->options = {number,
                    options_.self,
                    options_.founder,
                    pace.election_ticks,
                    pace.heartbeat_ticks,
                    pace.silent_ticks,
                    options_.log_kept_bytes / options_.partitions};
  setup->stored = ports_.log->load(number);
  setup->replica = {writer_.get(), applier_.get(), ports_.state,
                    &out_,         ports_.entropy, &figures_};
  setup->ports = host_ports_of();
  setup->limits = options_.limits;
  setup->limits.memory_bytes = options_.entities_memory_bytes / options_.partitions;
  setup->waiting = &waiting_[number];
  setup->readable = &readable_[number];
  setup->doors.ask_elsewhere = [this](resalehub::ask request) {
    ++waiting_[door_place()];  // it was admitted before
    caf::anon_send(front_door_, std::move(request));
  };
  setup->doors.list_elsewhere = [this](scan request) {
    ++waiting_[door_place()];
    caf::anon_send(front_door_, std::move(request));
  };
  setup->doors.leader_told = [this](const leader_hint& who) {
    caf::anon_send(front_door_, who);
  };
  setup->doors.tell_all = [this](const node_message& what) {
    caf::anon_send(front_door_, told_all{what});
  };
  setup->doors.leadership_changed = [this](keys::partition_number which, bool leads) {
    leads_[which].store(leads, std::memory_order_relaxed);
  };
  setup->doors.broken = ports_.broken;
  return setup;
}

/// No actor runs before the first message: all handles are in place when one does.
void node_actors::start() {
  make_threads();
  auto& system = *ports_.system;
  for (std::uint32_t p = 0; p < options_.partitions; ++p)
    partitions_.push_back(system.spawn<partition_actor, caf::lazy_init>(
        setup_for(static_cast<keys::partition_number>(p))));
  lists_ = system.spawn<list_actor, caf::lazy_init>(list_actor::setup{
      ports_.state, &readable_, &waiting_[options_.partitions], ports_.broken});
  controller_setup_ = std::make_shared<controller_setup>(
      controller_setup{options_.self, options_.introduction, options_.founder, host_ports_of(),
                       options_.controlling, partitions_, {}, &announced_, ports_.broken,
                       ports_.refused});
  controller_ = system.spawn<controller_actor, caf::lazy_init>(controller_setup_);
  door_setup_ = std::make_shared<front_door_setup>(
      front_door_setup{options_.self, options_.asks_per_partition_max, host_ports_of(),
                       options_.routing, &out_, ports_.way, partitions_, lists_, controller_,
                       &waiting_, &readable_, &led_, &stays_, ports_.watchers, ports_.known,
                       ports_.keep, ports_.broken});
  front_door_ = system.spawn<front_door_actor, caf::lazy_init>(door_setup_);
  controller_setup_->front_door = front_door_;
  for (const auto& partition : partitions_) caf::anon_send(partition, partition_flush{});
  caf::anon_send(front_door_, front_door_beat{});
}

void node_actors::begin_ticking() {
  ticker_ = ports_.system->spawn<ticker_actor>([this] { beat(); }, options_.pace.tick);
}

void node_actors::beat() {
  for (const auto& partition : partitions_) caf::anon_send(partition, partition_tick{});
  caf::anon_send(front_door_, front_door_beat{});
  caf::anon_send(controller_, controller_beat{});
}

void node_actors::hand_over(std::shared_ptr<handover_round> round) {
  caf::anon_send(controller_, node_leaves{});
  for (const auto& partition : partitions_) caf::anon_send(partition, handover_wanted{round});
}

void node_actors::end_actors(ending how) {
  const auto reason =
      how == ending::at_once ? caf::exit_reason::kill : caf::exit_reason::user_shutdown;
  for (auto* one : {&ticker_, &lists_, &controller_})
    if (*one) caf::anon_send_exit(*one, reason);
  for (const auto& partition : partitions_) caf::anon_send_exit(partition, reason);
  if (front_door_) caf::anon_send_exit(front_door_, reason);
}

void node_actors::stop() {
  end_actors(ending::in_order);
  ports_.system->await_all_actors_done();
  writer_.reset();
  applier_.reset();
}

bool node_actors::ready() const {
  if (led_.load(std::memory_order_relaxed) != options_.partitions) return false;
  if (!stays_.load(std::memory_order_relaxed)) return false;
  const auto room = room_.load(std::memory_order_relaxed);
  const bool leads = std::find(leads_.begin(), leads_.end(), true) != leads_.end();
  return room == disk_room::enough || (room == disk_room::scarce && leads);
}

// -- doors ----------------------------------------------------------------------------------------

/// A mailbox has no bound of its own: count before sending.
bool node_actors::admitted(std::size_t place) {
  auto& waiting = waiting_[place];
  if (waiting.fetch_add(1, std::memory_order_relaxed) < options_.asks_per_partition_max)
    return true;
  waiting.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

/// The usual way is the short one: to the partition that leads here. All others go through the
/// front door.
void node_actors::ask(resalehub::ask request) {
  const auto partition = partition_of(request.to.slot, options_.partitions);
  const bool here = leads_[partition].load(std::memory_order_relaxed);
  if (admitted(here ? partition : door_place()))
    return caf::anon_send(here ? partitions_[partition] : front_door_, std::move(request));
  if (request.sink) request.sink->deliver({{request.ticket, too_many()}});
}

void node_actors::list(scan request) {
  const auto partition = request.place ? partition_of(*request.place, options_.partitions) : 0;
  const bool here = request.place && leads_[partition].load(std::memory_order_relaxed);
  if (admitted(here ? partition : door_place()))
    return caf::anon_send(here ? partitions_[partition] : front_door_, std::move(request));
  request.sink->deliver_scan({request.ticket, too_many()});
}

void node_actors::survey(surveyed told) {
  caf::anon_send(front_door_, survey_wanted{std::move(told)});
}

void node_actors::order(node_number leader, group_order what) {
  caf::anon_send(front_door_, told_one{leader, node_message{std::move(what)}});
}

waiting_asks node_actors::waiting() const {
  waiting_asks now;
  for (std::uint32_t p = 0; p < options_.partitions; ++p) {
    const std::uint64_t here = waiting_[p].load(std::memory_order_relaxed);
    now.partitions += here;
    now.partitions_most = std::max(now.partitions_most, here);
  }
  now.lists = waiting_[options_.partitions].load(std::memory_order_relaxed);
  now.front_door = waiting_[door_place()].load(std::memory_order_relaxed);
  return now;
}

void node_actors::connected(node_number from, std::uint64_t incarnation) {
  caf::anon_send(front_door_, peer_connected{from, incarnation});
}

void node_actors::disconnected(node_number from) {
  caf::anon_send(front_door_, peer_disconnected{from});
}

void node_actors::arrived(node_number from, std::uint64_t, std::string message) {
  caf::anon_send(front_door_, peer_said{from, std::move(message)});
}

void node_actors::introduced(std::string name, std::string request,
                             std::function<void(std::string)> reply) {
  auto join = join_from(request);
  if (!join) return;
  if (!announced_.load(std::memory_order_relaxed)) {
    // The founder is the first in its record. Said at once: who hears nothing waits long.
    join_answer not_yet;
    not_yet.refused = problem{code::shard_unavailable, "That node is only starting itself."};
    reply(encoded(not_yet));
    return;
  }
  join->name = std::move(name);
  join->partitions = 0;  // the founder's word alone
  resalehub::ask question;
  question.to = controller_id();
  question.request = ports_.entropy->fresh_request();
  question.body = packed(controller::command{std::move(*join)});
  question.deadline = ports_.clock->steady() + milliseconds{5000};
  question.sink = std::make_shared<welcome_sink>(options_, std::move(reply));
  ask(std::move(question));
}

}  // namespace resalehub
