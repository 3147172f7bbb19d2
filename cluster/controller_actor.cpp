#include "cluster/controller_actor.hpp"

#include <algorithm>
#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <utility>

#include "base/log.hpp"
#include "base/message_pack.hpp"
#include "cluster/host_figures.hpp"

namespace resalehub {
namespace {

constexpr milliseconds record_deadline{5000};

enum ticket : std::uint64_t { announcing = 1, looking, noting };

/// Brings the record's answers into this actor's mailbox.
class record_sink final : public answer_sink {
 public:
  explicit record_sink(caf::actor_addr to) : to_(std::move(to)) {}
  void deliver(std::vector<answered_ask> batch) override {
    if (auto there = caf::actor_cast<caf::actor>(to_)) caf::anon_send(there, std::move(batch));
  }
  void deliver_scan(answered_scan) override { fail("a controller asks for no lists"); }

 private:
  caf::actor_addr to_;
};

bool holds(const std::vector<member_number>& list, member_number member) {
  return std::find(list.begin(), list.end(), member) != list.end();
}

placement::group_view view_of(const group_report& said, std::uint64_t load) {
  placement::group_view group{said.partition, said.members, said.leader, said.index, {}, load};
  std::set<member_number> all;
  for (const auto* list : {&said.members.voters, &said.members.learners, &said.members.outgoing})
    all.insert(list->begin(), list->end());
  all.erase(said.leader);
  for (const auto member : all)
    group.progress.push_back({member, holds(said.active, member), holds(said.caught_up, member)});
  return group;
}

}  // namespace

controller_actor::controller_actor(caf::actor_config& config,
                                   std::shared_ptr<controller_setup> setup)
    : event_based_actor(config),
      setup_(std::move(setup)),
      sink_(std::make_shared<record_sink>(address())) {}

caf::behavior controller_actor::make_behavior() {
  break_with(*this, setup_->broken);
  return {[this](leader_hint zero) {
            const bool ran = runs_cluster();
            zero_ = zero;
            if (ran || !runs_cluster()) return;
            since_us_ = now_us();
            reports_.clear();
            told_.clear();
          },
          [this](partition_report& said) {
            if (said.held) own_.holds.push_back(said.partition);
            if (said.leads) own_.leads.push_back(std::move(*said.leads));
          },
          [this](peer_reported& said) {
            if (runs_cluster()) reports_[said.node] = {std::move(said.report), now_us()};
          },
          [this](std::vector<answered_ask>& answers) {
            for (const auto& answer : answers) heard(answer);
          },
          [this](node_leaves) {
            if (!std::exchange(leaving_, true)) report();
          },
          [this](controller_beat) {
            if (++beats_ % setup_->limits.round_ticks == 0) round();
          }};
}

// -- every node -----------------------------------------------------------------------------------

void controller_actor::round() {
  report();
  if (!setup_->announced->load(std::memory_order_relaxed)) announce();
  if (runs_cluster()) look();
}

/// What was gathered since the last round goes out, and is asked for anew.
void controller_actor::report() {
  measure();
  own_.leaving = leaving_;
  own_.crowded = !has_room(setup_->ports, disk_room::enough);
  if (zero_.node != 0)
    caf::anon_send(setup_->front_door, told_one{zero_.node, node_message{std::move(own_)}});
  own_ = {};
  for (const auto& partition : setup_->partitions)
    caf::anon_send(partition, report_wanted{caf::actor_cast<caf::actor>(this)});
}

/// For the metrics page: what is held and led here, and how others follow it.
void controller_actor::measure() const {
  auto* figures = setup_->ports.figures;
  if (figures == nullptr) return;
  std::uint64_t behind = 0;
  std::uint64_t silent = 0;
  for (const auto& group : own_.leads) {
    for (const auto& one : resalehub::view_of(group, 0).progress) {
      behind += !one.caught_up;
      silent += !one.active;
    }
  }
  figures->leaderships.store(own_.leads.size(), std::memory_order_relaxed);
  figures->replicas.store(own_.holds.size(), std::memory_order_relaxed);
  figures->members_behind.store(behind, std::memory_order_relaxed);
  figures->members_silent.store(silent, std::memory_order_relaxed);
}

/// The founder joins its own cluster; all others have joined before they began.
void controller_actor::announce() {
  const auto& who = setup_->introduction;
  if (setup_->founder) return ask_record(announcing, ask_mode::command,
                                         packed(controller::command{who}));
  const controller::announce said{setup_->self, who.key,  who.region,
                                  who.address,  who.http, who.admin};
  ask_record(announcing, ask_mode::command, packed(controller::command{said}));
}

void controller_actor::ask_record(std::uint64_t ticket, ask_mode mode, std::string body) {
  if (!asked_.insert(ticket).second) return;
  ask request;
  request.to = controller_id();
  request.mode = mode;
  request.body = std::move(body);
  request.deadline = setup_->ports.clock->steady() + record_deadline;
  request.ticket = ticket;
  request.sink = sink_;
  setup_->ports.asker->ask(std::move(request));
}

void controller_actor::heard(const answered_ask& answer) {
  asked_.erase(answer.ticket);
  if (answer.ticket == announcing) {
    const bool over = answer.outcome.ok() || !answer.outcome.problem().retryable();
    setup_->announced->store(over, std::memory_order_relaxed);
    if (!answer.outcome.ok() && over) {
      log_event(log_level::error, "node_refused", {{"why", answer.outcome.problem().detail}});
      setup_->refused(answer.outcome.problem());
    }
  } else if (answer.ticket == looking && answer.outcome && runs_cluster()) {
    controller::view view;
    if (unpack(answer.outcome->bytes, view)) run_cluster(view);
  }
}

// -- the node that runs the cluster ---------------------------------------------------------------

void controller_actor::look() {
  ask_record(looking, ask_mode::query, packed(controller::query{controller::read{}}));
}

void controller_actor::run_cluster(const controller::view& view) {
  tell_roster(view);
  note_members(view);
  const auto reports = newest_reports();
  for (const auto& what : placement::orders_for(view_of(view)))
    if (const auto found = reports.find(what.partition); found != reports.end())
      order(what, *found->second);
}

void controller_actor::tell_roster(const controller::view& view) {
  roster now{view.version, {}};
  for (const auto& node : view.nodes)
    now.nodes.push_back({node.number, node.name, node.region, node.address, node.http, node.admin,
                         std::string(name_of(node.standing))});
  if (now.nodes == told_) return;
  told_ = now.nodes;
  caf::anon_send(setup_->front_door, now);
  caf::anon_send(setup_->front_door, told_all{node_message{std::move(now)}});
}

std::map<keys::partition_number, const group_report*> controller_actor::newest_reports() const {
  std::map<keys::partition_number, const group_report*> newest;
  for (const auto& [node, heard] : reports_) {
    if (now_us() - heard.at_us > setup_->limits.failure.count() * 1000) continue;
    for (const auto& group : heard.report.leads) {
      auto& at = newest[group.partition];
      if (at == nullptr || at->index < group.index) at = &group;
    }
  }
  return newest;
}

void controller_actor::note_members(const controller::view& view) {
  std::map<keys::partition_number, std::uint64_t> known;
  for (const auto& one : view.partitions) known[one.partition] = one.index;
  controller::note news;
  for (const auto& [partition, group] : newest_reports())
    if (group->index > known[partition] && news.changed.size() < controller::noted_max)
      news.changed.push_back({partition, group->members, group->index});
  if (!news.changed.empty())
    ask_record(noting, ask_mode::command, packed(controller::command{std::move(news)}));
}

/// A node counts as heard from the moment at which this one began to run the cluster.
placement::cluster_view controller_actor::view_of(const controller::view& view) const {
  placement::cluster_view all;
  all.options = setup_->limits.placement;
  for (const auto& node : view.nodes) {
    const auto found = reports_.find(node.number);
    const auto heard_us = found == reports_.end() ? since_us_ : found->second.at_us;
    const auto silent_ms = (now_us() - heard_us) / 1000;
    const bool reachable =
        found != reports_.end() && silent_ms <= setup_->limits.failure.count() &&
        !found->second.report.leaving;
    const bool dead = silent_ms > setup_->limits.replace.count();
    const bool crowded = found != reports_.end() && found->second.report.crowded;
    all.nodes.push_back({node.number, node.region, node.standing, reachable, dead, crowded});
  }
  const auto reports = newest_reports();
  for (const auto& [partition, group] : reports)
    all.groups.push_back(resalehub::view_of(*group, group->load));
  for (const auto& noted : view.partitions)  // counts for the balance, and is left alone
    if (!reports.contains(noted.partition))
      all.groups.push_back({noted.partition, noted.members, 0, noted.index, {}, 0});
  return all;
}

void controller_actor::order(const placement::order& what, const group_report& from) {
  group_order out{what.partition, what.index, order_kind::change, {}, {}, {}, 0};
  if (const auto* added = std::get_if<placement::add_learner>(&what.what)) {
    out.voters = from.members.voters;
    out.learners = from.members.learners;
    out.added = {added->node};
  } else if (const auto* settled = std::get_if<placement::settle>(&what.what)) {
    out.voters = settled->voters;
    out.learners = settled->learners;
  } else if (const auto* moved = std::get_if<placement::lead>(&what.what)) {
    out.what = order_kind::lead;
    out.to = moved->member;
  }
  caf::anon_send(setup_->front_door, told_one{node_of(from.leader), node_message{std::move(out)}});
}

}  // namespace resalehub
