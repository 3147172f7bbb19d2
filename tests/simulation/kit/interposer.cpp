#include "tests/simulation/kit/interposer.hpp"

#include <caf/actor_cast.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/send.hpp>
#include <utility>

#include "cluster/directory.hpp"
#include "tests/simulation/kit/interposed_node.hpp"

namespace resalehub::simulation {
namespace {

constexpr virtual_ns held_ns_max = 500 * millisecond_ns;

/// Which entities have events in a commit.
class committed_entities final : public write_visitor {
 public:
  void put(family where, std::string_view key, std::string_view) override {
    if (where == family::events) found.insert(entity_in(key));
  }
  void erase(family, std::string_view) override {}
  void erase_range(family, std::string_view, std::string_view) override {}

  std::set<entity_id> found;

 private:
  /// See storage/keys.hpp: partition u16, slot u16, ulid 16 bytes, kind u32, version u64.
  static entity_id entity_in(std::string_view key) {
    const auto number = [&](std::size_t from, std::size_t bytes) {
      std::uint64_t value = 0;
      for (std::size_t n = from; n < from + bytes; ++n)
        value = value << 8 | static_cast<std::uint8_t>(key[n]);
      return value;
    };
    entity_id id;
    id.slot = static_cast<slot_number>(number(2, 2));
    for (std::size_t n = 0; n < id.unique.size(); ++n)
      id.unique[n] = static_cast<std::uint8_t>(key[4 + n]);
    id.kind = kind_prefix{static_cast<std::uint32_t>(number(20, 4))};
    return id;
  }
};

/// For a copy, whose answer nobody waits for.
class nobody final : public answer_sink {
 public:
  void deliver(std::vector<answered_ask>) override {}
  void deliver_scan(answered_scan) override {}
};

}  // namespace

node_seams interposer::seams() {
  node_seams out;
  out.make_actors = [this](process& of, const node_actors_options& options,
                           const node_actors_ports& ports) -> std::unique_ptr<node_actors> {
    throwing_.erase(of.machine());
    end_after_commit_.erase(of.machine());
    return std::make_unique<interposed_node>(*this, of, options, ports);
  };
  out.before_turn = [this](process& of, caf::resumable& job) {
    acting_ = &of;
    const auto* actor = dynamic_cast<caf::scheduled_actor*>(&job);
    acting_actor_ = actor != nullptr ? actor->address() : caf::actor_addr{};
    acting_name_ = actor != nullptr ? actor->name() : "";
    ++turns_;
    while (!after_turns_.empty() && after_turns_.begin()->first <= turns_)
      in_->time().after(0, after_turns_.extract(after_turns_.begin()).mapped());
  };
  out.after_turn = [this](process&) { acting_ = nullptr; };
  return out;
}

void interposer::after_turns(std::uint64_t nth, std::function<void()> what) {
  after_turns_.emplace(turns_ + nth, std::move(what));
}

std::vector<std::string> interposer::translated(const process& from, node_number to,
                                                std::string message) {
  if (!translation_) return {std::move(message)};
  return translation_(from.machine(), machine_of(to), std::move(message));
}

machine_number interposer::machine_of(node_number node) const {
  for (machine_number machine = 1; machine <= in_->machines(); ++machine)
    if (in_->at(machine).memory.node == node) return machine;
  return 0;
}

// -- what was injected ----------------------------------------------------------------------------

void interposer::inject(const actor_fault& fault) { armed_.push_back({fault}); }

void interposer::kill_partition(keys::partition_number partition, int nth) {
  partition_kills_.push_back({partition, nth});
}

void interposer::tell(const std::string& injected) {
  const auto ms = in_->time().now() / millisecond_ns;
  story_.push_back(std::to_string(ms) + " ms: " + injected);
  in_->log().note({in_->time().now(), 0, "injected", 0, 0, 0, injected});
}

std::vector<std::string> interposer::waiting() const {
  std::vector<std::string> out;
  for (const auto& one : armed_)
    if (one.hits < one.fault.which.which.times) out.push_back(to_text(one.fault));
  for (const auto& [machine, one] : throwing_)
    out.push_back("at machine " + std::to_string(machine) + ", " + one.why);
  for (const auto& machine : end_after_commit_)
    out.push_back("machine " + std::to_string(machine) + " ends with its next commit");
  for (const auto& who : dies_with_commit_) out.push_back(to_text(who) + " dies with its commit");
  for (const auto& one : partition_kills_)
    out.push_back("partition " + std::to_string(one.partition) + " is killed");
  return out;
}

void interposer::forget_waiting() {
  armed_.clear();
  partition_kills_.clear();
  stalls_.clear();
  dies_with_commit_.clear();
  end_after_commit_.clear();
  throwing_.clear();
}

const actor_fault* interposer::hit(std::string_view type,
                                   const std::function<bool(const actor_fault&)>& suits) {
  for (auto& one : armed_) {
    const auto& which = one.fault.which;
    if (which.type != type || one.hits == which.which.times || !suits(one.fault)) continue;
    if (++one.seen < which.which.nth) continue;
    ++one.hits;
    tell(to_text(one.fault));
    return &one.fault;
  }
  return nullptr;
}

void interposer::hold(std::string way, std::function<void()> go) {
  const auto number = next_held_++;
  held_[number] = {std::move(way), std::move(go)};
  in_->time().after(held_ns_max, [this, number] {
    auto found = held_.extract(number);
    if (!found.empty()) found.mapped().go();
  });
}

/// Something else has passed: what was held comes behind it.
void interposer::release(const std::string& way) {
  for (auto at = held_.begin(); at != held_.end();) {
    if (at->second.way != way) {
      ++at;
      continue;
    }
    in_->time().after(microsecond_ns, std::move(at->second.go));
    at = held_.erase(at);
  }
}

// -- ends -----------------------------------------------------------------------------------------

void interposer::end_node(machine_number machine, const std::string& why) {
  auto& of = in_->at(machine);
  const auto life = of.lives;
  in_->time().after(0, [this, &of, life, why] {
    if (of.lives != life || !of.running) return;
    in_->log().note({in_->time().now(), of.number, "ended", 0, 0, 0, why});
    in_->crash(of);
    in_->time().after(second_ns, [this, &of] { in_->start(of); });
  });
}

bool interposer::kill_entity(const entity_id& who) {
  const auto found = awake_.find(who);
  if (found == awake_.end() || !in_->up(found->second.machine)) return false;
  if (!caf::actor_cast<caf::actor>(found->second.actor)) return false;
  kill(found->second);
  return true;
}

void interposer::kill(const awake_at& who) {
  if (auto actor = caf::actor_cast<caf::actor>(who.actor))
    caf::anon_send_exit(actor, caf::exit_reason::kill);
}

// -- asks -----------------------------------------------------------------------------------------

bool interposer::suits_ask(const actor_fault& fault, machine_number at,
                           const resalehub::ask& request) const {
  const auto& which = fault.which.which;
  if (fault.which.how != carried::to_entity) return false;
  if (which.to.is_nobody() ? kind(request.to.kind) == nullptr : which.to != request.to)
    return false;
  if (which.from != 0 && which.from != at) return false;
  switch (fault.what) {
    case fault_action::throw_in: return false;
    case fault_action::kill_receiver: {
      const auto found = awake_.find(request.to);
      return fault.when == moment::before && found != awake_.end() &&
             in_->up(found->second.machine) &&
             caf::actor_cast<caf::actor>(found->second.actor);
    }
    case fault_action::duplicate: return request.mode != ask_mode::command;
    case fault_action::drop:
    case fault_action::delay:
    case fault_action::reorder:
    case fault_action::refuse:
    case fault_action::crash_sender: return true;
  }
  fail("an action is one of those above");
}

bool interposer::asked(interposed_node& at, resalehub::ask& request) {
  if (!at.of().failure().empty()) return false;
  acts(at.of());
  const auto machine = at.of().machine();
  release(to_text(request.to));
  const auto* fault = hit(type_in(request.body), [&](const actor_fault& one) {
    return suits_ask(one, machine, request);
  });
  if (fault == nullptr) return false;
  switch (fault->what) {
    case fault_action::drop: return lose(at, request), true;
    case fault_action::delay:
      in_->time().after(fault->later.count() * millisecond_ns, at.asking(request));
      return true;
    case fault_action::reorder: return hold(to_text(request.to), at.asking(request)), true;
    case fault_action::refuse:
      in_->time().after(0, at.refusing(request, {fault->why, "refused by an injected fault"}));
      return true;
    case fault_action::duplicate: {
      auto copy = request;
      copy.sink = std::make_shared<nobody>();
      in_->time().after(microsecond_ns, at.asking(std::move(copy)));
      return false;
    }
    case fault_action::crash_sender: return end_node(machine, "its message is on its way"), false;
    case fault_action::kill_receiver: return kill_entity(request.to), false;
    case fault_action::throw_in: return false;
  }
  fail("an action is one of those above");
}

/// Nobody hears of it but its sender, when the deadline has passed.
void interposer::lose(interposed_node& at, resalehub::ask request) {
  const auto left = request.deadline - at.ports().clock->steady();
  const auto wait = std::max<virtual_ns>(0, left.count() * millisecond_ns);
  in_->time().after(wait, at.refusing(request, {code::deadline_exceeded, "no answer in time"}));
}

// -- entities -------------------------------------------------------------------------------------

void interposer::considers(const entity_id& who, std::string_view type, stage how_far) {
  if (acting_ == nullptr || !acting_->failure().empty()) return;
  const auto machine = acting_->machine();
  const awake_at here{machine, acting_actor_};
  awake_[who] = here;
  leads_[partition_of(who.slot, in_->options().partitions)] = machine;
  const auto* fault = hit(type, [&](const actor_fault& one) {
    const auto& which = one.which.which;
    if (one.which.how != carried::to_entity) return false;
    if (!which.to.is_nobody() && which.to != who) return false;
    const bool before = one.what == fault_action::throw_in && one.when == moment::before;
    const bool after = one.when != moment::before && (one.what == fault_action::throw_in ||
                                                      one.what == fault_action::kill_receiver);
    return how_far == stage::before ? before : after;
  });
  if (fault == nullptr) return;
  if (fault->what == fault_action::throw_in) throw injected_failure(to_text(*fault));
  if (fault->when == moment::decided) kill(here);
  else dies_with_commit_.insert(who);
}

void interposer::commits(process& at, const applied_entries& entries) {
  if (!at.failure().empty()) return;
  if (end_after_commit_.erase(at.machine()) > 0)
    throw injected_failure("it is killed with its next commit");
  committed_entities written;
  for (const auto& list : entries.lists) (void)visit(*list, written);
  for (const auto& who : written.found) {
    const auto found = awake_.find(who);
    if (found == awake_.end() || found->second.machine != at.machine()) continue;
    if (dies_with_commit_.erase(who) > 0) kill(found->second);
  }
  const auto leads = leads_.find(entries.partition);
  if (written.found.empty() || leads == leads_.end() || leads->second != at.machine()) return;
  for (auto one = partition_kills_.begin(); one != partition_kills_.end(); ++one) {
    if (one->partition != entries.partition || --one->commits_left > 0) continue;
    const auto why = "partition " + std::to_string(one->partition) + " is killed at a commit";
    partition_kills_.erase(one);
    tell(why);
    throw injected_failure(why);
  }
}

// -- stores ---------------------------------------------------------------------------------------

void interposer::stall(machine_number machine, storage_step step, stall_plan how) {
  stalls_.push_back({machine, step, how});
}

void interposer::stores(process& at, storage_step step) {
  acts(at);
  for (auto one = stalls_.begin(); one != stalls_.end(); ++one) {
    if (one->machine != at.machine() || one->step != step || --one->how.nth > 0) continue;
    auto& of = in_->at(at.machine());
    const auto until = in_->time().now() + one->how.time.count() * millisecond_ns;
    of.stalled_until = std::max(of.stalled_until, until);
    tell("the disk of machine " + std::to_string(at.machine()) + " stalls for " +
         std::to_string(one->how.time.count()) + " ms");
    stalls_.erase(one);
    return;
  }
}

}  // namespace resalehub::simulation
