#include "cluster/router.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/bug.hpp"
#include "cluster/host_figures.hpp"

namespace resalehub {
namespace {

problem no_leader() { return {code::shard_unavailable, "this partition has no leader now"}; }
problem too_many() { return {code::overloaded, "too many requests wait for other nodes"}; }
problem too_late() { return {code::deadline_exceeded, "the answer did not come in time"}; }

bool harmless_twice(ask_mode mode) { return mode != ask_mode::command; }

remote_ask remote_form(const ask& request, std::uint64_t ticket, steady_instant now) {
  return {ticket,
          request.to,
          request.by,
          request.mode,
          request.request,
          request.fingerprint,
          request.body,
          (request.deadline - now).count(),
          request.expected_version,
          request.trace,
          request.refusal_kept};
}

}  // namespace

router::router(node_number self, directory& where, const host_ports& ports,
               const router_limits& limits)
    : self_(self),
      where_(where),
      ports_(ports),
      limits_(limits),
      next_ticket_(broken(bug::tickets_reused) ? 0 : ports.entropy->next() >> 1) {}

keys::partition_number router::place_of(const resalehub::ask& request) const {
  return partition_of(request.to.slot, where_.partitions());
}

// -- asks -----------------------------------------------------------------------------------------

void router::ask(resalehub::ask request, router_ways& ways) {
  if (where_.leader(place_of(request)) == self_) return ways.ask_here(std::move(request));
  if (under_way() >= limits_.asks_max) {
    if (request.sink) out_.add(request.sink, request.ticket, too_many());
    return;
  }
  const auto ticket = ++next_ticket_;
  const auto now = ports_.clock->steady();
  asks_.emplace(ticket, journey{std::move(request), now + limits_.leader_wait, 0, now});
  go(ticket, ways);
}

void router::go(std::uint64_t ticket, router_ways& ways) {
  const auto found = asks_.find(ticket);
  auto& entry = found->second;
  if (entry.at != 0) leave(entry);
  const auto now = ports_.clock->steady();
  if (entry.ask.deadline <= now) return finish(ticket, too_late());
  const auto leader = where_.leader(place_of(entry.ask));
  if (leader == 0) return;
  if (leader == self_) {
    auto request = std::move(entry.ask);
    asks_.erase(found);
    return ways.ask_here(std::move(request));
  }
  if (!ways.send(leader, remote_form(entry.ask, ticket, now))) return;  // the next tick tries again
  entry.at = leader;
  entry.sent_at = now;
  entry.sent_before = true;
  count(ports_.figures, &host_figures::routed);
}

void router::finish(std::uint64_t ticket, result<answer> outcome) {
  auto entry = asks_.extract(ticket);
  auto& request = entry.mapped().ask;
  if (request.sink) out_.add(request.sink, request.ticket, std::move(outcome));
}

void router::answered(node_number from, remote_answers said, router_ways& ways) {
  for (auto& one : said.answers) {
    const auto found = asks_.find(one.ticket);
    if (found == asks_.end() || found->second.at != from) continue;
    if (one.elsewhere) {
      where_.doubt(one.elsewhere->partition, from);
      where_.learn(*one.elsewhere);
      found->second.sent_before = false;
      go(one.ticket, ways);
    } else if (one.given) {
      finish(one.ticket, std::move(*one.given));
    } else if (one.refused) {
      // Its leader fell while it was at work: whoever leads next may be asked again.
      const bool again = one.refused->code == code::shard_unavailable &&
                         harmless_twice(found->second.ask.mode);
      one.refused->replayed = one.replayed;
      if (!again) finish(one.ticket, std::move(*one.refused));
      else leave(found->second);
    }
  }
}

/// Who was asked before and is silent may have been cut off: what it has not committed by now it
/// never will, and what it has the new leader knows.
void router::found(keys::partition_number partition, router_ways& ways) {
  const auto leader = where_.leader(partition);
  std::vector<std::uint64_t> asks, lists;
  for (const auto& [ticket, entry] : asks_) {
    if (place_of(entry.ask) != partition) continue;
    const bool overtaken = leader != 0 && entry.at != leader && harmless_twice(entry.ask.mode);
    if (entry.at == 0 || overtaken) asks.push_back(ticket);
  }
  for (const auto ticket : asks) go(ticket, ways);
  for (const auto& [number, list] : lists_)
    if (std::count(list.waiting.begin(), list.waiting.end(), partition) > 0)
      lists.push_back(number);
  for (const auto number : lists) ask_parts(number, ways);
}

void router::lost(node_number peer, router_ways& ways) {
  std::vector<std::uint64_t> unsure, parts;
  for (auto& [ticket, entry] : asks_) {
    if (entry.at != peer) continue;
    leave(entry);
    if (!harmless_twice(entry.ask.mode)) unsure.push_back(ticket);
  }
  for (const auto ticket : unsure)
    finish(ticket, problem{code::shard_unavailable, "the node that was asked was lost"});
  for (keys::partition_number p = 0; p < where_.partitions(); ++p) where_.doubt(p, peer);
  for (const auto& [number, list] : lists_)
    for (const auto& [ticket, at] : list.at)
      if (at.node == peer) parts.push_back(ticket);
  for (const auto ticket : parts) part_failed(ticket, ways);
}

// -- lists ----------------------------------------------------------------------------------------

void router::list(scan request, router_ways& ways) {
  if (request.place && where_.leader(partition_of(*request.place, where_.partitions())) == self_)
    return ways.list_here(std::move(request));
  if (under_way() >= limits_.asks_max)
    return request.sink->deliver_scan({request.ticket, too_many()});
  const auto number = ++next_ticket_;
  auto& list = lists_[number];
  list.patient_until = ports_.clock->steady() + limits_.leader_wait;
  if (request.place) {
    list.waiting.push_back(partition_of(*request.place, where_.partitions()));
  } else {
    for (keys::partition_number p = 0; p < where_.partitions(); ++p) list.waiting.push_back(p);
  }
  list.request = std::move(request);
  ask_parts(number, ways);
}

/// From replicas of this node where they follow their leaders, else from the leaders.
void router::ask_parts(std::uint64_t number, router_ways& ways) {
  auto& list = lists_.at(number);
  std::map<node_number, std::vector<keys::partition_number>> by_node;
  for (const auto partition : std::exchange(list.waiting, {})) {
    const auto leader = where_.leader(partition);
    const bool here = !list.request.place && ways.readable_here(partition);
    if (here) by_node[self_].push_back(partition);
    else if (leader == 0 || (leader == self_ && !list.request.place))
      list.waiting.push_back(partition);
    else by_node[leader].push_back(partition);
  }
  for (auto& [node, partitions] : by_node) {
    if (node == self_ && list.request.place) {
      auto request = std::move(list.request);
      lists_.erase(number);
      return ways.list_here(std::move(request));
    }
    ask_part(number, node, std::move(partitions), ways);
  }
}

void router::ask_part(std::uint64_t number, node_number at,
                      std::vector<keys::partition_number> partitions, router_ways& ways) {
  auto& list = lists_.at(number);
  const auto& request = list.request;
  const remote_scan part{++next_ticket_,
                         request.index,
                         request.from,
                         request.to,
                         request.descending,
                         request.limit,
                         request.place.has_value(),
                         std::move(partitions),
                         (request.deadline - ports_.clock->steady()).count()};
  if (at != self_ && !ways.send(at, part)) {
    list.waiting.insert(list.waiting.end(), part.partitions.begin(), part.partitions.end());
    return;
  }
  list.parts.emplace(part.ticket, part.partitions);
  list.at.emplace(part.ticket, asked_node{at, ports_.clock->steady()});
  part_of_.emplace(part.ticket, number);
  if (at == self_) ways.rows_here(part);
}

void router::part_failed(std::uint64_t ticket, router_ways&) {
  const auto number = part_of_.extract(ticket).mapped();
  auto& list = lists_.at(number);
  const auto partitions = list.parts.extract(ticket);
  wait_for_another(list.at.extract(ticket).mapped().since, list.patient_until);
  list.waiting.insert(list.waiting.end(), partitions.mapped().begin(), partitions.mapped().end());
}

void router::rows(remote_rows said, router_ways& ways) {
  const auto found = part_of_.find(said.ticket);
  if (found == part_of_.end()) return;
  const auto number = found->second;
  auto& list = lists_.at(number);
  if (said.elsewhere) {
    for (const auto partition : list.parts.at(said.ticket))
      where_.doubt(partition, list.at.at(said.ticket).node);
    where_.learn(*said.elsewhere);
    return part_failed(said.ticket, ways);  // asked again with the next tick
  }
  if (said.refused) {
    if (said.refused->code == code::shard_unavailable) return part_failed(said.ticket, ways);
    return finish_list(number, std::move(*said.refused));
  }
  part_of_.erase(found);
  list.parts.erase(said.ticket);
  list.at.erase(said.ticket);
  list.rows.insert(list.rows.end(), std::make_move_iterator(said.rows.begin()),
                   std::make_move_iterator(said.rows.end()));
  finish_if_whole(number);
}

void router::finish_if_whole(std::uint64_t number) {
  auto& list = lists_.at(number);
  if (!list.parts.empty() || !list.waiting.empty()) return;
  const bool descending = list.request.descending;
  std::sort(list.rows.begin(), list.rows.end(), [&](const listed_row& a, const listed_row& b) {
    const auto left = std::tie(a.key, a.partition);
    const auto right = std::tie(b.key, b.partition);
    return descending ? right < left : left < right;
  });
  if (list.rows.size() > list.request.limit) list.rows.resize(list.request.limit);
  finish_list(number, std::move(list.rows));
}

void router::finish_list(std::uint64_t number, result<std::vector<listed_row>> outcome) {
  auto list = lists_.extract(number);
  for (const auto& [ticket, partitions] : list.mapped().parts) part_of_.erase(ticket);
  const auto& request = list.mapped().request;
  request.sink->deliver_scan({request.ticket, std::move(outcome)});
}

// -- time -----------------------------------------------------------------------------------------

void router::tick(router_ways& ways) {
  expire(ports_.clock->steady());
  std::vector<std::uint64_t> asks, lists;
  for (const auto& [ticket, entry] : asks_)
    if (entry.at == 0) asks.push_back(ticket);
  for (const auto ticket : asks) go(ticket, ways);
  for (const auto& [number, list] : lists_)
    if (!list.waiting.empty()) lists.push_back(number);
  for (const auto number : lists) ask_parts(number, ways);
}

/// Nobody is asked for ever who refuses at once every time.
void router::wait_for_another(steady_instant since, steady_instant& patient_until) const {
  const auto now = ports_.clock->steady();
  const auto half = limits_.leader_wait / 2;
  if (now - since >= half) patient_until = std::max(patient_until, now + half);
}

void router::leave(journey& entry) const {
  entry.at = 0;
  wait_for_another(entry.sent_at, entry.patient_until);
}

void router::expire(steady_instant now) {
  std::vector<std::pair<std::uint64_t, problem>> asks, lists;
  for (const auto& [ticket, entry] : asks_) {
    if (entry.ask.deadline <= now) asks.emplace_back(ticket, too_late());
    else if (entry.at == 0 && entry.patient_until <= now) asks.emplace_back(ticket, no_leader());
  }
  for (auto& [ticket, why] : asks) finish(ticket, std::move(why));
  for (const auto& [number, list] : lists_) {
    if (list.request.deadline <= now) lists.emplace_back(number, too_late());
    else if (!list.waiting.empty() && list.patient_until <= now)
      lists.emplace_back(number, no_leader());
  }
  for (auto& [number, why] : lists) finish_list(number, std::move(why));
}

void router::refuse_all(const problem& why) {
  while (!asks_.empty()) finish(asks_.begin()->first, why);
  while (!lists_.empty()) finish_list(lists_.begin()->first, why);
}

}  // namespace resalehub
