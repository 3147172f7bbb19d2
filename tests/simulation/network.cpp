#include "tests/simulation/network.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "tests/simulation/network_parts.hpp"

namespace resalehub::simulation {

network::network(timeline& time, trace& log, network_options options)
    : time_(time), log_(log), options_(std::move(options)) {}
network::~network() = default;

network::station& network::at(machine_number machine) {
  auto& found = stations_[machine];
  if (!found) found = std::make_unique<station>();
  return *found;
}

network::link& network::link_between(machine_number a, machine_number b) {
  check(a != b, "a machine needs no link to itself");
  const auto key = std::minmax(a, b);
  auto& found = links_[{key.first, key.second}];
  if (!found) found = std::make_unique<link>(key.first, key.second, options_);
  return *found;
}

bool network::alive(const side& of) {
  const auto& there = at(of.machine);
  return there.door != nullptr && there.process == of.process;
}

bool network::blocked(const link& of, int from) {
  const auto sender = of.ends[from].machine;
  const auto receiver = of.ends[1 - from].machine;
  return at(sender).paused || weather_.between(sender, receiver).blocked;
}

virtual_ns network::way_time(link& of, int from) {
  auto& sender = of.ends[from];
  const auto state = weather_.between(sender.machine, of.ends[1 - from].machine);
  return sender.path.time_of(options_.way) + state.extra_ns;
}

void network::tell(machine_number machine, std::uint64_t process,
                   std::function<void(endpoint&)> what) {
  auto& there = at(machine);
  if (there.door == nullptr || there.process != process) return;
  if (!there.paused) return what(*there.door);
  there.owed.push_back([this, machine, process, what = std::move(what)] {
    tell(machine, process, what);
  });
}

// -- traffic --------------------------------------------------------------------------------------

bool network::send(machine_number from, machine_number to, lane way, std::string message) {
  auto& between = link_between(from, to);
  const int index = between.ends[0].machine == from ? 0 : 1;
  auto& sender = between.ends[index];
  if (!sender.told_open || !alive(sender)) return ++figures_.refused, false;
  if (between.now != link::phase::up) {
    ++figures_.lost;  // the connection is over, but the sender has not heard of it
    ++figures_.sent;
    return true;
  }
  if (!sender.out.queue(way, message)) return ++figures_.refused, false;
  ++figures_.sent;
  pump(between, index);
  return true;
}

void network::pump(link& of, int from) {
  auto& sender = of.ends[from];
  while (sender.out.has_queued() && sender.out.free_at() <= time_.now()) {
    const auto state = weather_.between(sender.machine, of.ends[1 - from].machine);
    auto end = fate::whole;
    if (sender.luck.chance(state.corrupting_per_million)) end = fate::corrupted;
    if (sender.luck.chance(state.vanishing_per_million)) end = fate::vanished;
    if (sender.luck.chance(state.losing_per_million)) end = fate::lost;
    const auto due = sender.out.depart(
        {time_.now(), way_time(of, from), state.bytes_per_second, end});
    time_.at(due, [this, &of, from, born = of.generation] {
      if (of.generation == born) drain(of, from);
    });
  }
  if (!sender.out.has_queued() || sender.pumping) return;
  sender.pumping = true;
  time_.at(sender.out.free_at(), [this, &of, from, born = of.generation] {
    if (of.generation != born) return;
    of.ends[from].pumping = false;
    pump(of, from);
  });
}

/// What is due arrives, unless it cannot: then it waits for the way to open or the silence to be
/// noticed.
void network::drain(link& of, int from) {
  const auto born = of.generation;
  while (of.generation == born && of.now == link::phase::up) {
    auto& sender = of.ends[from];
    if (sender.deaf || blocked(of, from) || at(of.ends[1 - from].machine).paused) return;
    auto one = sender.out.arrive(time_.now());
    if (!one) return;
    deliver(of, from, std::move(*one));
  }
}

void network::deliver(link& of, int from, frame_under_way one) {
  auto& sender = of.ends[from];
  auto& receiver = of.ends[1 - from];
  auto& message = one.what.message;
  switch (one.end) {
    case fate::lost: ++figures_.lost; return break_link(of, 1 - from);
    case fate::vanished:
      ++figures_.vanished;
      sender.deaf = true;
      return await_silence(of, from);
    case fate::corrupted: {
      const auto checksum = hash_of(message);
      const auto other_bits = static_cast<char>(1 + sender.luck.below(255));
      if (message.empty()) message = "x";
      else message[sender.luck.below(message.size())] ^= other_bits;
      check(hash_of(message) != checksum, "a frame's checksum shows one wrong byte");
      ++figures_.corruption_caught;
      return break_link(of, 1 - from);
    }
    case fate::whole: break;
  }
  ++figures_.arrived;
  log_.note({time_.now(), receiver.machine, "arrived", sender.machine, message.size(),
             hash_of(message)});
  if (weather_.between(sender.machine, receiver.machine).doubling_per_million > 0) {
    constexpr std::size_t recent_max = 16;
    if (sender.recent.size() == recent_max) sender.recent.pop_front();
    sender.recent.push_back(message);
  }
  auto* door = alive(receiver) ? at(receiver.machine).door : nullptr;
  if (door != nullptr) door->arrived(sender.machine, sender.who, std::move(message));
}

void network::ask(question what, std::function<void(std::string)> answered) {
  auto& between = link_between(what.from, what.to);
  const int from = between.ends[0].machine == what.from ? 0 : 1;
  const auto process = at(what.from).process;
  const auto way = way_time(between, from);
  time_.after(way, [this, &between, from, process, what = std::move(what),
                    answered = std::move(answered)] {
    auto& there = at(what.to);
    if (blocked(between, from) || there.door == nullptr || there.paused) return;
    auto reply = [this, &between, from, process, answered](std::string text) {
      time_.after(way_time(between, 1 - from), [this, &between, from, process, answered,
                                                text = std::move(text)] {
        if (blocked(between, 1 - from)) return;
        const auto asker = between.ends[from].machine;
        tell(asker, process, [answered, text](endpoint&) { answered(text); });
      });
    };
    there.door->asked(what.name, what.request, std::move(reply));
  });
}

// -- what goes wrong ------------------------------------------------------------------------------

weather::number network::begin(const fault& trouble) {
  const auto which = weather_.begin(trouble);
  reconsider();
  return which;
}

void network::end(weather::number which) {
  weather_.end(which);
  reconsider();
}

void network::reset(machine_set some, machine_set others) {
  for (auto& [machines, of] : links_) {
    const auto [low, high] = machines;
    const bool meant = (some.has(low) && others.has(high)) || (some.has(high) && others.has(low));
    if (meant && of->now == link::phase::up) break_link(*of, 0);
  }
}

void network::pause(machine_number machine) {
  at(machine).paused = true;
  reconsider();
}

void network::resume(machine_number machine) {
  auto& there = at(machine);
  there.paused = false;
  // Told in this order, and before what waits in the buffers of its connections.
  for (auto& word : there.owed) time_.after(0, std::move(word));
  there.owed.clear();
  reconsider();
}

void network::heal() {
  weather_.clear();
  for (auto& [machine, there] : stations_)
    if (there->paused) resume(machine);
  reconsider();
}

}  // namespace resalehub::simulation
