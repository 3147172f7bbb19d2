#include "cluster/front_door_actor.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <utility>

#include "cluster/list_actor.hpp"
#include "cluster/partition_actor.hpp"

namespace resalehub {
namespace {

/// Between two times that peers are told again what is led here: what was lost is made good.
constexpr int beats_between_tellings = 10;

problem too_many() { return {code::overloaded, "too many requests wait for this partition"}; }

/// Answers to asks of a peer go back over its link.
class peer_sink final : public answer_sink {
 public:
  peer_sink(const outbound& out, node_number peer) : out_(out), peer_(peer) {}
  void deliver(std::vector<answered_ask> batch) override {
    remote_answers said;
    for (auto& [ticket, outcome] : batch) {
      remote_answer one{ticket, {}, {}, {}};
      if (outcome) {
        one.given = std::move(*outcome);
      } else {
        one.replayed = outcome.problem().replayed;
        one.refused = std::move(outcome).problem();
      }
      said.answers.push_back(std::move(one));
    }
    (void)out_.send(peer_, lane::urgent, said);
  }
  void deliver_scan(answered_scan scan) override {
    remote_rows said{scan.ticket, {}, {}, {}};
    if (scan.outcome) said.rows = std::move(*scan.outcome);
    else said.refused = std::move(scan.outcome).problem();
    (void)out_.send(peer_, lane::urgent, said);
  }

 private:
  const outbound& out_;
  const node_number peer_;
};

/// Rows of our own replicas come back as a peer's would.
class own_rows_sink final : public answer_sink {
 public:
  explicit own_rows_sink(caf::actor_addr door) : door_(std::move(door)) {}
  void deliver(std::vector<answered_ask>) override { fail("rows are no answers"); }
  void deliver_scan(answered_scan scan) override {
    remote_rows said{scan.ticket, {}, {}, {}};
    if (scan.outcome) said.rows = std::move(*scan.outcome);
    else said.refused = std::move(scan.outcome).problem();
    if (auto door = caf::actor_cast<caf::actor>(door_)) caf::anon_send(door, std::move(said));
  }

 private:
  caf::actor_addr door_;
};

}  // namespace

front_door_actor::front_door_actor(caf::actor_config& config,
                                   std::shared_ptr<front_door_setup> setup)
    : event_based_actor(config),
      setup_(std::move(setup)),
      where_(static_cast<std::uint32_t>(setup_->partitions.size())),
      router_(setup_->self, where_, setup_->ports, setup_->limits),
      own_rows_(std::make_shared<own_rows_sink>(address())) {}

caf::behavior front_door_actor::make_behavior() {
  break_with(*this, setup_->broken);
  adopt(std::exchange(setup_->known, {}));
  auto& waiting = (*setup_->waiting)[where_.partitions() + 1];
  return {[this, &waiting](ask& request) {
            waiting.fetch_sub(1, std::memory_order_relaxed);
            route(std::move(request));
          },
          [this, &waiting](scan& request) {
            waiting.fetch_sub(1, std::memory_order_relaxed);
            route(std::move(request));
          },
          [this](remote_rows& rows) {
            router_.rows(std::move(rows), *this);
          },
          [this](leader_hint hint) {
            // Our own replica knows best whether it leads; others' ignorance says nothing of us.
            if (hint.node == 0) where_.doubt(hint.partition, setup_->self);
            learn(hint);
            count_led();
            if (hint.node == setup_->self) tell_peers(leading{{hint}});
            router_.deliver();
          },
          [this](told_all& message) { tell_peers(message.what); },
          [this](told_one& message) {
            if (message.to != setup_->self) (void)send(message.to, message.what);
            else std::visit([this](auto& what) { take(setup_->self, what); }, message.what);
          },
          [this](peer_connected peer) {
            connected_.insert(peer.node);
            pushes_missed_ = true;
            tell_what_we_lead(peer.node);
            if (roster_.version > 0) (void)send(peer.node, roster_);
          },
          [this](peer_disconnected peer) {
            connected_.erase(peer.node);
            router_.lost(peer.node, *this);
            for (const auto& partition : setup_->partitions)
              caf::anon_send(partition, peer_lost{peer.node});
            router_.deliver();
          },
          [this](peer_said& said) {
            hear(said);
            router_.deliver();
          },
          [this](remote_pushes& made) { tell_peers(made); },
          [this](roster& known) { adopt(std::move(known)); },
          [this](survey_wanted& wanted) { wanted.told(survey()); },
          [this](front_door_beat) { beat(); }};
}

void front_door_actor::on_exit() {
  router_.refuse_all({code::shard_unavailable, "this node is stopping"});
  router_.deliver();
}

void front_door_actor::beat() {
  router_.tick(*this);
  router_.deliver();
  count_led();
  make_good_pushes();
  if (++beats_ % beats_between_tellings != 0) return;
  for (const auto peer : connected_) tell_what_we_lead(peer);
}

void front_door_actor::make_good_pushes() {
  if (std::exchange(pushes_missed_, false) && setup_->watchers) setup_->watchers->missed();
  std::erase_if(pushes_owed_, [this](node_number peer) {
    return !connected_.contains(peer) || send(peer, remote_pushes{{}, true});
  });
}

void front_door_actor::count_led() {
  std::uint32_t led = 0;
  for (keys::partition_number p = 0; p < where_.partitions(); ++p) led += where_.leader(p) != 0;
  setup_->led->store(led, std::memory_order_relaxed);
}

cluster_survey front_door_actor::survey() const {
  cluster_survey seen{setup_->self, {}, {connected_.begin(), connected_.end()}};
  for (keys::partition_number p = 0; p < where_.partitions(); ++p)
    seen.leaders.push_back(where_.leader(p));
  return seen;
}

// -- the router's ways ----------------------------------------------------------------------------

bool front_door_actor::admitted(std::size_t place) {
  auto& waiting = (*setup_->waiting)[place];
  if (waiting.fetch_add(1, std::memory_order_relaxed) < setup_->asks_per_partition_max)
    return true;
  waiting.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

void front_door_actor::ask_here(ask request) {
  const auto partition = partition_of(request.to.slot, where_.partitions());
  if (admitted(partition)) caf::anon_send(setup_->partitions[partition], std::move(request));
  else if (request.sink) request.sink->deliver({{request.ticket, too_many()}});
}

void front_door_actor::list_here(scan request) {
  const auto partition = partition_of(*request.place, where_.partitions());
  if (admitted(partition)) caf::anon_send(setup_->partitions[partition], std::move(request));
  else request.sink->deliver_scan({request.ticket, too_many()});
}

void front_door_actor::rows_here(const remote_scan& request) {
  if (admitted(where_.partitions())) caf::anon_send(setup_->lists, list_part{request, own_rows_});
  else own_rows_->deliver_scan({request.ticket, too_many()});
}

bool front_door_actor::readable_here(keys::partition_number partition) const {
  return (*setup_->readable)[partition].load(std::memory_order_relaxed);
}

bool front_door_actor::send(node_number to, const node_message& message) {
  return connected_.contains(to) && setup_->out->send(to, lane::urgent, message);
}

/// What a partition here could not take on: our own goes on its way, a peer's is told the way.
void front_door_actor::route(ask request) {
  if (request.from_node == 0) {
    router_.ask(std::move(request), *this);
    return router_.deliver();
  }
  remote_answers said;
  const auto partition = partition_of(request.to.slot, where_.partitions());
  said.answers.push_back({request.ticket, {}, {}, where_.hint(partition)});
  (void)send(request.from_node, said);
}

void front_door_actor::route(scan request) {
  if (request.from_node == 0) return router_.list(std::move(request), *this);
  const auto partition = partition_of(*request.place, where_.partitions());
  (void)send(request.from_node, remote_rows{request.ticket, {}, {}, where_.hint(partition)});
}

// -- what is known --------------------------------------------------------------------------------

void front_door_actor::learn(const leader_hint& hint) {
  if (!where_.learn(hint)) return;
  pushes_missed_ = true;
  if (hint.partition == 0) caf::anon_send(setup_->controller, hint);
  router_.found(hint.partition, *this);
}

void front_door_actor::tell_peers(const node_message& message) {
  const bool pushes = std::holds_alternative<remote_pushes>(message);
  for (const auto peer : connected_)
    if (!send(peer, message) && pushes) pushes_owed_.insert(peer);
}

void front_door_actor::tell_what_we_lead(node_number to) {
  leading all;
  for (keys::partition_number p = 0; p < where_.partitions(); ++p)
    if (where_.leader(p) == setup_->self) all.partitions.push_back(where_.hint(p));
  if (!all.partitions.empty()) (void)send(to, all);
}

void front_door_actor::adopt(roster heard) {
  if (heard.version <= roster_.version) return;
  roster_ = std::move(heard);
  setup_->keep(roster_);
  for (const auto& one : roster_.nodes)
    if (one.node == setup_->self)
      setup_->stays->store(one.standing == "active", std::memory_order_relaxed);
  setup_->way->know(peers_of(roster_, setup_->self));
}

// -- what peers say -------------------------------------------------------------------------------

void front_door_actor::hear(peer_said& said) {
  auto message = message_from(said.bytes);
  if (!message) return count(setup_->ports.figures, &host_figures::messages_unread);
  std::visit([&](auto& what) { take(said.node, what); }, *message);
}

template <class Message>
void front_door_actor::pass_on(keys::partition_number partition, Message message) {
  if (partition < setup_->partitions.size())
    caf::anon_send(setup_->partitions[partition], std::move(message));
}

void front_door_actor::take(node_number, raft_steps& what) {
  pass_on(what.partition, std::move(what));
}
void front_door_actor::take(node_number from, still_member& what) {
  pass_on(what.partition, still_member_asked{what, from});
}
void front_door_actor::take(node_number, retired_member& what) { pass_on(what.partition, what); }
void front_door_actor::take(node_number, transfer_part& what) {
  pass_on(what.chunk.partition, std::move(what));
}
void front_door_actor::take(node_number, transfer_taken& what) { pass_on(what.partition, what); }
void front_door_actor::take(node_number, group_order& what) {
  pass_on(what.partition, std::move(what));
}

void front_door_actor::take(node_number from, remote_ask& what) {
  ask request;
  request.to = what.to;
  request.by = what.by;
  request.mode = what.mode;
  request.request = what.request;
  request.fingerprint = what.fingerprint;
  request.refusal_kept = what.refusal_kept;
  request.body = std::move(what.body);
  request.deadline = setup_->ports.clock->steady() + milliseconds{what.left_ms};
  request.expected_version = what.expected_version;
  request.trace = std::move(what.trace);
  request.ticket = what.ticket;
  request.sink = std::make_shared<peer_sink>(*setup_->out, from);
  request.from_node = from;
  ask_here(std::move(request));
}

void front_door_actor::take(node_number from, remote_answers& what) {
  for (const auto& one : what.answers)
    if (one.elsewhere) learn(*one.elsewhere);
  router_.answered(from, std::move(what), *this);
}

void front_door_actor::take(node_number from, remote_scan& what) {
  auto sink = std::make_shared<peer_sink>(*setup_->out, from);
  if (!what.settled) {
    if (admitted(where_.partitions()))
      return caf::anon_send(setup_->lists, list_part{std::move(what), std::move(sink)});
    return sink->deliver_scan({what.ticket, too_many()});
  }
  if (what.partitions.size() != 1 || what.partitions.front() >= where_.partitions()) return;
  scan request;
  request.index = std::move(what.index);
  request.from = std::move(what.from);
  request.to = std::move(what.to);
  request.descending = what.descending;
  request.limit = what.limit;
  request.place = first_slot_of(what.partitions.front(), where_.partitions());
  request.deadline = setup_->ports.clock->steady() + milliseconds{what.left_ms};
  request.ticket = what.ticket;
  request.sink = std::move(sink);
  request.from_node = from;
  list_here(std::move(request));
}

void front_door_actor::take(node_number, remote_rows& what) {
  router_.rows(std::move(what), *this);
}

void front_door_actor::take(node_number from, leading& what) {
  for (auto& hint : what.partitions)
    if (hint.node == from) learn(hint);
}

void front_door_actor::take(node_number, remote_pushes& what) {
  pushes_missed_ = pushes_missed_ || what.missed;
  if (setup_->watchers && !what.pushes.empty())
    setup_->watchers->publish(std::move(what.pushes));
}

void front_door_actor::take(node_number from, node_report& what) {
  caf::anon_send(setup_->controller, peer_reported{from, std::move(what)});
}

void front_door_actor::take(node_number, roster& what) { adopt(std::move(what)); }

}  // namespace resalehub
