#include "cluster/controller.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "base/json.hpp"
#include "base/typed_entity.hpp"

namespace resalehub::controller {

namespace {

using decided = result<decision<event>>;

// -- what is said ---------------------------------------------------------------------------------

/// Printable ASCII without spaces, and not too long; or what is wrong with it.
std::optional<problem> refusal_of(std::string_view field, std::string_view value,
                                  std::size_t bytes_min, std::size_t bytes_max) {
  const bool fits =
      value.size() >= bytes_min && value.size() <= bytes_max &&
      std::all_of(value.begin(), value.end(), [](char c) { return c > ' ' && c < 127; });
  if (fits) return std::nullopt;
  return field_refused("/" + std::string{field}, code::validation_failed,
                       "printable ASCII without spaces, " + std::to_string(bytes_min) + " to " +
                           std::to_string(bytes_max) + " characters");
}

template <class Command>
std::optional<problem> refusal_of_words(const Command& c) {
  auto refused = refusal_of("key", c.key, 1, key_bytes_max);
  if (!refused) refused = refusal_of("region", c.region, 0, region_bytes_max);
  if (!refused) refused = refusal_of("address", c.address, 1, address_bytes_max);
  if (!refused) refused = refusal_of("http", c.http, 0, address_bytes_max);
  if (!refused) refused = refusal_of("admin", c.admin, 0, address_bytes_max);
  if constexpr (requires { c.name; })
    if (!refused) refused = refusal_of("name", c.name, 1, name_bytes_max);
  return refused;
}

problem gone_for_ever() {
  return {code::gone, "this node was removed: with an empty data directory it joins as another"};
}
problem no_such_node() { return {code::not_found, "there is no node of this number"}; }

decision<event> so(std::vector<event> events) { return {std::move(events), {said{}}, {}, {}}; }

// -- what is known --------------------------------------------------------------------------------

template <class Matches>
const node* node_where(const state& s, Matches matches) {
  const auto found = std::find_if(s.nodes.begin(), s.nodes.end(), matches);
  return found != s.nodes.end() ? &*found : nullptr;
}
const node* node_of_number(const state& s, node_number number) {
  return node_where(s, [&](const node& one) { return one.number == number; });
}

bool is_removed(const node& one) { return one.standing == node_standing::removed; }

template <class Said>
bool is_where(const node& known, const Said& c) {
  return known.region == c.region && known.address == c.address && known.http == c.http &&
         known.admin == c.admin;
}

bool holds_replica(const state& s, node_number number) {
  const auto there = [&](const std::vector<member_number>& members) {
    return std::any_of(members.begin(), members.end(),
                       [&](member_number one) { return node_of(one) == number; });
  };
  return std::any_of(s.partitions.begin(), s.partitions.end(), [&](const partition_members& p) {
    return there(p.members.voters) || there(p.members.learners) || there(p.members.outgoing);
  });
}

/// How many may hold replicas when this one does not.
std::size_t others_in(const state& s, node_number number, node_standing standing) {
  return static_cast<std::size_t>(
      std::count_if(s.nodes.begin(), s.nodes.end(), [&](const node& one) {
        return one.number != number && one.standing == standing;
      }));
}

std::string welcome_of(const state& s, node_number number) {
  welcome made{number, 0, s.partitions_count, {}};
  for (const auto& one : s.nodes)
    if (one.number != number && !is_removed(one))
      made.peers.push_back({one.number, one.name, one.address});
  return packed(made);
}

// -- decide: nodes --------------------------------------------------------------------------------

decision<event> welcomed(state s, node_number number, std::vector<event> events) {
  for (const auto& one : events) apply(s, one);
  return {std::move(events), {said{welcome_of(s, number)}}, {}, {}};
}

decided on(const state& s, const join& c) {
  if (auto refused = refusal_of_words(c)) return *std::move(refused);
  if (const auto* known = node_where(s, [&](const node& one) { return one.key == c.key; })) {
    if (is_removed(*known)) return gone_for_ever();
    if (known->name != c.name)
      return problem{code::already_exists, "this data directory joined under another name"};
    if (is_where(*known, c)) return welcomed(s, known->number, {});
    return welcomed(s, known->number,
                    {moved{known->number, c.region, c.address, c.http, c.admin}});
  }
  if (s.nodes.size() == nodes_max)
    return problem{code::limit_exceeded, "this cluster has had too many nodes"};
  std::vector<event> events;
  if (s.partitions_count == 0) {
    if (c.partitions == 0)
      return problem{code::shard_unavailable, "the first node of this cluster has yet to join"};
    if (c.partitions > partitions_max)
      return field_refused("/partitions", code::out_of_range, "1 to 32768 partitions");
    events.push_back(founded{c.partitions});
  }
  const auto* lost = node_where(
      s, [&](const node& one) { return one.name == c.name && !is_removed(one); });
  if (lost != nullptr && lost->number != c.replaces)
    return decision<event>{{}, {said{packed(welcome{0, lost->number, 0, {}})}}, {}, {}};
  if (lost != nullptr) events.push_back(removed{lost->number});
  events.push_back(
      joined{s.next_number, c.key, c.name, c.region, c.address, c.http, c.admin});
  return welcomed(s, s.next_number, std::move(events));
}

decided on(const state& s, const announce& c) {
  if (auto refused = refusal_of_words(c)) return *std::move(refused);
  const auto* known = node_of_number(s, c.number);
  if (known == nullptr) return no_such_node();
  if (known->key != c.key)
    return problem{code::forbidden, "this number belongs to another data directory"};
  if (is_removed(*known)) return gone_for_ever();
  if (is_where(*known, c)) return so({});
  return so({moved{c.number, c.region, c.address, c.http, c.admin}});
}

decided on(const state& s, const drain& c) {
  const auto* known = node_of_number(s, c.node);
  if (known == nullptr) return no_such_node();
  if (is_removed(*known)) return gone_for_ever();
  if (known->standing == node_standing::draining) return so({});
  if (others_in(s, c.node, node_standing::active) == 0)
    return problem{code::invalid_transition, "no other node could take over"};
  return so({drain_begun{c.node}});
}

decided on(const state& s, const keep& c) {
  const auto* known = node_of_number(s, c.node);
  if (known == nullptr) return no_such_node();
  if (is_removed(*known)) return gone_for_ever();
  if (known->standing == node_standing::active) return so({});
  return so({drain_ended{c.node}});
}

decided on(const state& s, const remove& c) {
  const auto* known = node_of_number(s, c.node);
  if (known == nullptr) return no_such_node();
  if (is_removed(*known)) return so({});
  if (known->standing != node_standing::draining)
    return problem{code::invalid_transition, "a node is drained before it is removed"};
  if (holds_replica(s, c.node))
    return problem{code::invalid_transition, "this node holds replicas still"};
  return so({removed{c.node}});
}

decided on(const state& s, const forsake& c) {
  const auto* known = node_of_number(s, c.node);
  if (known == nullptr) return no_such_node();
  if (is_removed(*known)) return so({});
  if (others_in(s, c.node, node_standing::active) == 0)
    return problem{code::invalid_transition, "no other node could take over"};
  return so({removed{c.node}});
}

// -- decide: partitions ---------------------------------------------------------------------------

bool is_list(const state& s, const std::vector<member_number>& members) {
  return members.size() <= members_max &&
         std::adjacent_find(members.begin(), members.end(), std::greater_equal<>{}) ==
             members.end() &&
         std::all_of(members.begin(), members.end(), [&](member_number one) {
           return node_of(one) != 0 && node_of(one) < s.next_number;
         });
}

const partition_members* noted_of(const state& s, placement::partition_number partition) {
  const auto found = std::lower_bound(
      s.partitions.begin(), s.partitions.end(), partition,
      [](const partition_members& one, auto wanted) { return one.partition < wanted; });
  return found != s.partitions.end() && found->partition == partition ? &*found : nullptr;
}

decided on(const state& s, const note& c) {
  if (c.changed.size() > noted_max)
    return problem{code::limit_exceeded, "too many partitions at once"};
  for (const auto& one : c.changed) {
    if (one.partition >= s.partitions_count)
      return field_refused("/changed", code::out_of_range, "there is no such partition");
    if (one.members.voters.empty() || !is_list(s, one.members.voters) ||
        !is_list(s, one.members.learners) || !is_list(s, one.members.outgoing))
      return field_refused("/changed", code::validation_failed,
                           "members are sorted, on nodes that have joined, and one of them votes");
  }
  auto changed = c.changed;
  std::stable_sort(changed.begin(), changed.end(), [](const auto& a, const auto& b) {
    return std::pair{a.partition, b.index} < std::pair{b.partition, a.index};
  });
  noted made;
  for (auto& one : changed) {
    const auto* known = noted_of(s, one.partition);
    if (known != nullptr && known->index >= one.index) continue;
    if (!made.changed.empty() && made.changed.back().partition == one.partition) continue;
    made.changed.push_back(std::move(one));
  }
  if (made.changed.empty()) return so({});
  return so({std::move(made)});
}

}  // namespace

result<decision<event>> decide(const state& s, const command& c, const context& ctx) {
  if (!ctx.by.is_nobody())
    return problem{code::not_found, "this id names nothing that you may see"};
  return std::visit([&](const auto& one) { return on(s, one); }, c);
}

// -- apply ----------------------------------------------------------------------------------------

namespace {

void stand(state& s, node_number number, node_standing standing) {
  for (auto& one : s.nodes)
    if (one.number == number) one.standing = standing;
}

void fold(state& s, const founded& e) { s.partitions_count = e.partitions; }
void fold(state& s, const joined& e) {
  s.nodes.push_back({e.number, e.name, e.key, e.region, e.address, e.http, e.admin,
                     node_standing::active});
  s.next_number = e.number + 1;
}
void fold(state& s, const moved& e) {
  for (auto& one : s.nodes) {
    if (one.number != e.number) continue;
    one.region = e.region;
    one.address = e.address;
    one.http = e.http;
    one.admin = e.admin;
  }
}
void fold(state& s, const drain_begun& e) { stand(s, e.node, node_standing::draining); }
void fold(state& s, const drain_ended& e) { stand(s, e.node, node_standing::active); }
void fold(state& s, const removed& e) { stand(s, e.node, node_standing::removed); }
void fold(state& s, const noted& e) {
  for (const auto& one : e.changed) {
    const auto at = std::lower_bound(
        s.partitions.begin(), s.partitions.end(), one.partition,
        [](const partition_members& known, auto wanted) { return known.partition < wanted; });
    if (at != s.partitions.end() && at->partition == one.partition) *at = one;
    else s.partitions.insert(at, one);
  }
}

view view_of(const state& s) {
  view made{s.partitions_count, {}, s.partitions, s.version};
  for (const auto& one : s.nodes)
    made.nodes.push_back({one.number, one.name, one.region, one.address, one.http, one.admin,
                          one.standing});
  return made;
}

}  // namespace

void apply(state& s, const event& e) {
  std::visit([&](const auto& one) { fold(s, one); }, e);
  ++s.version;
}

// -- ask, show, index -----------------------------------------------------------------------------

result<answer> ask(const state& s, const query&, const context& ctx) {
  if (!ctx.by.is_nobody())
    return problem{code::not_found, "this id names nothing that you may see"};
  return answer{packed(view_of(s)), false, s.version, false};
}

std::string show(const state& s, const entity_id& viewer) {
  return viewer.is_nobody() ? to_json(view_of(s)) : std::string{};
}

void index(const state&, std::vector<index_row>&) {}

// -- kind -----------------------------------------------------------------------------------------

namespace {

inline constexpr rules_of<state, command, event, query> rules{decide, apply, ask, show, index};

}  // namespace
}  // namespace resalehub::controller

namespace resalehub {

entity_id controller_id() {
  ulid only{};
  only.back() = 1;
  return {kind_prefix{"ctl"}, 0, only};
}

const entity_kind* controller_kind() {
  using namespace controller;
  static const auto made =
      make_kind<state, command, event, query, controller::rules>("ctl", "controller", {"key"});
  return &made;
}

}  // namespace resalehub
