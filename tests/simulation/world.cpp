#include "tests/simulation/world.hpp"

#include <algorithm>
#include <utility>

#include "cluster/directory.hpp"
#include "cluster/joining.hpp"

namespace resalehub::simulation {
namespace {

constexpr virtual_ns tick_ns = 50 * millisecond_ns;
constexpr virtual_ns look_ns = 20 * millisecond_ns;
/// A slow disk holds the gate open through which a promise escapes that it has not kept yet.
const std::vector<virtual_ns> disk_paces{1, 1, 1, 4, 20};

/// A process without a number: it only asks to be let in.
class deaf_listener final : public link_listener {
 public:
  void connected(node_number, std::uint64_t) override {}
  void disconnected(node_number) override {}
  void arrived(node_number, std::uint64_t, std::string) override {}
  void introduced(std::string, std::string, std::function<void(std::string)>) override {}
};

node_actors_options options_for(const run_options& of) {
  node_actors_options out;
  out.pace.tick = milliseconds{tick_ns / millisecond_ns};
  out.controlling.failure = milliseconds{2000};
  out.controlling.replace = milliseconds{8000};
  if (of.sizes == constants::small) {
    out.log_kept_bytes = 4096 * of.partitions;
    out.sync_every_bytes = 16'384;
    out.entities_memory_bytes = 8'192 * of.partitions;
    out.limits.outbox_in_flight = 4;
    out.limits.batch_bytes_max = 2048;
  }
  return out;
}

store_options stores_for() {
  store_options out;
  out.cache_bytes = 1u << 20;
  out.write_buffer_bytes = 1u << 20;
  return out;
}

}  // namespace

/// Somebody who waits for a node's answer.
struct world::pending {
  machine_number at = 0;
  entity_id to;
  std::function<void(client_answer)> heard;
  std::function<void(client_rows)> rows;
};

class world::client_sink final : public answer_sink {
 public:
  client_sink(world& of, machine_number at, std::uint64_t life)
      : world_(of), at_(at), life_(life) {}
  void deliver(std::vector<answered_ask> batch) override {
    for (auto& one : batch) {
      auto found = taken(one.ticket);
      if (!found) continue;
      if (one.outcome) look_at(*one.outcome, found->to);
      auto told = std::make_shared<client_answer>(std::move(one.outcome));
      world_.time_.after(0, [heard = std::move(found->heard), told] { heard(std::move(*told)); });
    }
  }
  void deliver_scan(answered_scan scan) override {
    auto found = taken(scan.ticket);
    if (!found) return;
    auto told = std::make_shared<client_rows>(std::move(scan.outcome));
    world_.time_.after(0, [heard = std::move(found->rows), told] { heard(std::move(*told)); });
  }

 private:
  /// A2: an answer shows nothing that is not committed.
  void look_at(const answer& given, const entity_id& of) {
    const auto partition = partition_of(of.slot, world_.options_.partitions);
    const auto committed = world_.watch_.committed_version(partition, of);
    if (given.version > committed)
      world_.violated("A2", "version " + std::to_string(given.version) + " of " + to_text(of) +
                                " is shown, and " + std::to_string(committed) + " is committed");
  }

  /// Nothing that a dying node says is heard.
  std::optional<pending> taken(std::uint64_t ticket) {
    auto& machine = world_.at(at_);
    if (machine.lives != life_ || !machine.running || !machine.running->failure().empty())
      return std::nullopt;
    auto found = world_.clients_.extract(ticket);
    if (found.empty()) return std::nullopt;
    return std::move(found.mapped());
  }

  world& world_;
  const machine_number at_;
  const std::uint64_t life_;
};

world::world(const run_options& options, trace& log,
             std::function<const entity_kind*(kind_prefix)> kinds, node_seams seams)
    : options_(options),
      log_(log),
      ways_(time_, log, {.seed = options.seed}),
      watch_([this](std::string invariant, std::string sentence) {
        // What a rotten disk has lost is found at the next start, and the node is replaced.
        const bool rotten = std::any_of(machines_.begin(), machines_.end(),
                                        [](const auto& one) { return one->rotten; });
        if (invariant == "R8" && rotten) return;
        violated(std::move(invariant), std::move(sentence));
      }),
      around_{time_, ways_, watch_, options.seed, options_for(options), {}, stores_for(),
              std::move(seams)},
      turns_(options.seed, "world/turns"),
      costs_(options.seed, "world/costs"),
      disks_(options.seed, "world/disks"),
      chance_(options.seed, "world/chance") {
  around_.kinds = [kinds = std::move(kinds)](kind_prefix prefix) {
    return prefix == controller_kind()->prefix ? controller_kind() : kinds(prefix);
  };
  stream paces(options.seed, "world/paces");
  for (machine_number number = 1; number <= options.machines; ++number) {
    auto made = std::make_unique<machine>();
    made->number = number;
    made->disk = forgetful_env::make(forgetful_env::background::driven);
    made->memory.name = "n" + std::to_string(number);
    made->memory.key = "key-" + std::to_string(number) + "-1";
    made->clock = std::make_unique<node_clock>(time_);
    made->log_pace = paces.one_of(disk_paces);
    made->state_pace = paces.one_of(disk_paces);
    machines_.push_back(std::move(made));
  }
}

world::~world() {
  for (auto& one : machines_) one->running.reset();
}

void world::note(machine_number machine, std::string_view what, std::uint64_t first,
                 std::string text) {
  log_.note({time_.now(), machine, what, first, 0, 0, std::move(text)});
}

void world::violated(std::string invariant, std::string sentence) {
  if (broken_) return;
  for (const auto& one : machines_)
    for (keys::partition_number p = 0; p < options_.partitions && up(one->number); ++p)
      one->running->look([&] { note(one->number, "holds", 0, one->running->describe(p)); });
  note(0, "violated", 0, invariant + ": " + sentence);
  broken_ = violation{std::move(invariant), std::move(sentence)};
}

// -- processes ------------------------------------------------------------------------------------

bool world::up(machine_number number) const {
  const auto& of = *machines_.at(number - 1);
  return of.running && of.running->failure().empty();
}

void world::start(machine& of) {
  if (of.running || of.joining || of.down || of.absent) return;
  // A damaged last record of a log looks like a torn write (storage/log_store): a node whose disk
  // has rotted does not come back with it.
  if (of.rotten && options_.machines > 1) replace(of);
  if (of.memory.node == 0 && !of.memory.founder) return join(of);
  boot(of);
}

void world::boot(machine& of) {
  of.disk->set_time(static_cast<std::uint64_t>(of.clock->now().unix_ms) * 1000);
  ++of.lives;
  of.log_planned = of.state_planned = false;
  of.busy_until = time_.now();
  note(of.number, "start", of.memory.node);
  ++figures_["starts"];
  of.running = std::make_unique<process>(
      around_, process_machine{of.number, of.memory, *of.clock, *of.disk});
  if (!of.running->failure().empty()) return look_after(of);
  plan_rounds(of);
  beat(of, of.lives);
}

/// Asks one of the others after another until somebody lets it in.
void world::join(machine& of) {
  note(of.number, "join");
  ++of.lives;
  of.deaf = std::make_unique<deaf_listener>();
  of.joining = std::make_unique<simulated_links>(ways_, of.number,
                                                 identity{0, of.memory.name, of.lives});
  of.joining->start(*of.deaf);
  auto knock = std::make_shared<std::function<void()>>();
  auto replaces = std::make_shared<node_number>(0);
  const auto life = of.lives;
  *knock = [this, &of, life, replaces, again = std::weak_ptr(knock)] {
    if (of.lives != life || !of.joining) return;
    const auto other = static_cast<machine_number>(1 + chance_.below(options_.machines));
    const controller::join who{of.memory.key, of.memory.name, "", address_of(of.number), "", "",
                               options_.partitions, *replaces};
    auto heard = [this, &of, life, replaces](std::string text) {
      const auto said = join_answer_from(text);
      if (of.lives != life || !of.joining || !said) return;
      if (said->replaces != 0) *replaces = said->replaces;
      if (said->refused) return;
      of.memory.node = said->node;
      of.memory.partitions = said->partitions;
      of.memory.known = said->known;
      time_.after(0, [this, &of, life] {
        if (of.lives != life || !of.joining) return;
        of.joining.reset();
        start(of);
      });
    };
    of.joining->introduce(address_of(other), encoded(who), std::move(heard));
    time_.after(500 * millisecond_ns, [knock = again.lock()] {
      if (knock) (*knock)();
    });
  };
  (*knock)();
}

void world::crash(machine& of) {
  of.joining.reset();
  ++of.lives;
  if (!of.running) return;
  note(of.number, "crash");
  ++figures_["crashes"];
  auto found = of.disk->after_crash(disks_.next());
  of.running.reset();
  of.disk = std::move(found);
  of.paused = false;
  forget_clients(of.number);
}

void world::forget_clients(machine_number number) {
  std::vector<std::uint64_t> gone;
  for (const auto& [ticket, who] : clients_)
    if (who.at == number) gone.push_back(ticket);
  for (const auto ticket : gone) {
    auto who = std::make_shared<pending>(std::move(clients_.extract(ticket).mapped()));
    time_.after(0, [who] {
      if (who->heard) who->heard(std::nullopt);
      else who->rows(std::nullopt);
    });
  }
}

/// A new disk, and the old node's name: the record takes the old one for lost.
void world::replace(machine& of) {
  crash(of);
  note(of.number, "replace");
  of.disk = forgetful_env::make(forgetful_env::background::driven);
  watch_.replaced(of.number);
  ++of.disks;
  of.rotten = false;
  auto name = of.memory.name;
  of.memory = {};
  of.memory.name = std::move(name);
  of.memory.incarnation = of.disks * 1'000'000;
  of.memory.key = "key-" + std::to_string(of.number) + "-" + std::to_string(of.disks);
}

/// What ended by itself begins again by itself, as under a supervisor.
void world::look_after(machine& of) {
  if (!of.running || of.running->failure().empty()) return;
  note(of.number, "failed", 0, of.running->failure());
  ++figures_["nodes failed"];
  const bool rotten = of.rotten;
  crash(of);
  if (rotten && options_.machines > 1) replace(of);
  restart_later(of, 1000 * millisecond_ns);
}

bool world::look(machine& of, const std::function<void(const state_store&)>& read) {
  if (!up(of.number)) return false;
  const bool whole = of.running->look([&] { read(of.running->state()); });
  look_after(of);
  return whole;
}

void world::restart_later(machine& of, virtual_ns delay) {
  time_.after(delay, [this, &of] { start(of); });
}

// -- turns ----------------------------------------------------------------------------------------

void world::beat(machine& of, std::uint64_t life) {
  if (of.lives != life || !of.running) return;
  if (!of.paused) of.running->beat();
  time_.after(tick_ns, [this, &of, life] { beat(of, life); });
}

void world::take_turn(machine& of) {
  of.running->step(turns_);
  constexpr std::uint64_t cost_us_max = 40;
  of.busy_until = time_.now() + (2 + static_cast<virtual_ns>(costs_.below(cost_us_max))) *
                                    microsecond_ns;
  plan_rounds(of);
  look_after(of);
}

/// The log's syncs and the state's writes take their time, and longer on a disk that stalls.
void world::plan_rounds(machine& of) {
  const auto life = of.lives;
  const auto plan = [&](bool& planned, virtual_ns takes, auto round) {
    if (std::exchange(planned, true)) return;
    const auto begin = std::max(time_.now(), of.stalled_until);
    time_.at(begin + takes, [this, &of, &planned, life, round] {
      if (of.lives != life || !of.running) return;
      planned = false;
      if (!of.paused && time_.now() >= of.stalled_until) round(*of.running);
      plan_rounds(of);
      look_after(of);
    });
  };
  if (of.running->log_waits())
    plan(of.log_planned,
         (200 + static_cast<virtual_ns>(costs_.below(2000))) * microsecond_ns * of.log_pace,
         [](process& who) { who.log_round(); });
  if (of.running->state_waits())
    plan(of.state_planned,
         (50 + static_cast<virtual_ns>(costs_.below(3000))) * microsecond_ns * of.state_pace,
         [](process& who) { who.state_round(); });
}

machine* world::next_to_act() {
  std::vector<machine*> ready;
  for (auto& one : machines_)
    if (one->running && !one->paused && one->busy_until <= time_.now() && one->running->has_work())
      ready.push_back(one.get());
  return ready.empty() ? nullptr : ready[turns_.below(ready.size())];
}

void world::run_until(virtual_ns end) {
  while (!broken_ && time_.now() < end) {
    if (const auto next = time_.next_at(); next && *next <= time_.now()) {
      time_.step();
      continue;
    }
    if (auto* of = next_to_act()) {
      take_turn(*of);
      continue;
    }
    auto next = end;
    if (const auto event = time_.next_at()) next = std::min(next, *event);
    for (const auto& one : machines_)
      if (one->running && !one->paused && one->running->has_work())
        next = std::min(next, one->busy_until);
    time_.run_until(next);
  }
}

bool world::run_while_not(const std::function<bool()>& holds, virtual_ns limit) {
  const auto end = time_.now() + limit;
  while (!broken_ && time_.now() < end) {
    if (holds()) return true;
    run_for(look_ns);
  }
  return holds();
}

// -- clients --------------------------------------------------------------------------------------

void world::ask(machine_number number, resalehub::ask request,
                std::function<void(client_answer)> heard) {
  auto& of = at(number);
  if (!up(number)) {
    time_.after(millisecond_ns, [heard = std::move(heard)] { heard(std::nullopt); });
    return;
  }
  request.ticket = next_client_++;
  request.sink = std::make_shared<client_sink>(*this, number, of.lives);
  clients_[request.ticket] = {number, request.to, std::move(heard), {}};
  of.running->actors().ask(std::move(request));
}

void world::list(machine_number number, scan request, std::function<void(client_rows)> heard) {
  auto& of = at(number);
  if (!up(number)) {
    time_.after(millisecond_ns, [heard = std::move(heard)] { heard(std::nullopt); });
    return;
  }
  request.ticket = next_client_++;
  request.sink = std::make_shared<client_sink>(*this, number, of.lives);
  clients_[request.ticket] = {number, {}, {}, std::move(heard)};
  of.running->actors().list(std::move(request));
}

}  // namespace resalehub::simulation
