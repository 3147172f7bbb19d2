// Groups in bad weather, replayed from a seed: messages are lost, repeated and overtaken, members
// restart without what was not synced, state transfers break off, logs are cut, members change.

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <map>
#include <tuple>

#include "tests/support/raft_member.hpp"

namespace resalehub {
namespace {

using testing::member;

/// What a state store keeps through a restart.
struct synced_state {
  std::uint64_t index = 0;
  std::uint64_t term = 0;
  std::vector<std::string> written;
  membership members;
};

/// A member whose disk is slower than its group.
struct sailor {
  member core;  ///< `disk` is what is synced
  std::deque<raft_ready> unsynced;
  std::deque<raft_ready> unapplied;
  synced_state synced;
  std::uint64_t term = 0;  ///< in which it has drawn how long it waits
  std::map<std::uint64_t, std::uint64_t> reads;  ///< context -> what it has to see at least
};

struct storm {
  std::map<member_number, sailor> crew;
  std::vector<raft_message> wire;
  std::map<std::uint64_t, std::tuple<std::uint64_t, std::uint8_t, std::string>> agreed;
  std::map<std::uint64_t, membership> agreed_members;
  std::uint64_t committed = 0;  ///< handed out by anybody
  std::uint64_t state;
  std::uint64_t proposed = 0;
  std::uint64_t contexts = 0;
  std::uint64_t reads = 0;
  std::uint64_t changes = 0;
  std::uint64_t transfers = 0;
  std::string transcript;
  bool calm = false;

  explicit storm(std::uint64_t seed) : state(seed) {
    for (member_number number = 1; number <= 5; ++number) {
      auto& core = crew[number].core;
      core.options.member = number;
      core.options.election_ticks = 6;
      if (number <= 3) core.options.members = {.voters = {1, 2, 3}};
      crew[number].synced.members = core.options.members;
      core.start();
    }
  }

  std::uint64_t draw(std::uint64_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % below;
  }
  sailor& any() { return crew.at(1 + draw(crew.size())); }

  // -- a member's round --------------------------------------------------------------------------

  void carry_out(sailor& one, raft_ready ready) {
    INFO("member " << one.core.options.member << ": " << one.core.group->failure());
    REQUIRE(one.core.group->failure().empty());
    for (auto& message : ready.messages) {
      transcript += message.bytes;
      wire.push_back(std::move(message));
    }
    for (const auto& entry : ready.committed) agree(entry);
    if (!ready.committed.empty()) {
      const auto last = ready.committed.back().index;
      committed = std::max(committed, last);
      if (ready.members) CHECK(*ready.members == one.core.group->members());
      const auto [place, fresh] = agreed_members.emplace(last, one.core.group->members());
      CHECK(place->second == one.core.group->members());
    }
    for (const auto& read : ready.reads) {
      CHECK(read.index >= one.reads.at(read.context));
      ++reads;
    }
    auto& behind = one.core.behind;
    behind.insert(behind.end(), ready.behind.begin(), ready.behind.end());
    if (!ready.committed.empty()) one.unapplied.push_back(ready);
    if (ready.must_persist) one.unsynced.push_back(std::move(ready));
  }

  void agree(const log_entry& entry) {
    const auto [place, fresh] =
        agreed.emplace(entry.index, std::tuple(entry.term, entry.type, *entry.data));
    CHECK(place->second == std::tuple(entry.term, entry.type, *entry.data));
  }

  void drain(sailor& one) {
    while (one.core.group->has_ready()) carry_out(one, one.core.group->take_ready());
  }

  void sync_log(sailor& one, std::size_t readies) {
    std::uint64_t number = 0;
    for (; readies > 0 && !one.unsynced.empty(); --readies) {
      one.core.store(one.unsynced.front());
      number = one.unsynced.front().number;
      one.unsynced.pop_front();
    }
    if (number != 0) carry_out(one, one.core.group->persisted(number));
  }

  void apply(sailor& one, std::size_t readies) {
    auto& core = one.core;
    for (; readies > 0 && !one.unapplied.empty(); --readies) {
      const auto& ready = one.unapplied.front();
      for (const auto& entry : ready.committed) {
        REQUIRE(entry.index == core.applied_index + 1);
        core.applied_index = entry.index;
        core.options.applied_term = entry.term;
        if (carries_writes(entry)) core.applied_data.push_back(*entry.data);
      }
      if (ready.members) core.options.members = *ready.members;
      core.group->applied(core.applied_index);
      one.unapplied.pop_front();
    }
  }

  static void sync_state(sailor& one) {
    const auto& core = one.core;
    one.synced = {core.applied_index, core.options.applied_term, core.applied_data,
                  core.options.members};
  }

  void restart(sailor& one) {
    auto& core = one.core;
    one.unsynced.clear();
    one.unapplied.clear();
    core.behind.clear();
    core.applied_index = one.synced.index;
    core.applied_data = one.synced.written;
    core.options.members = one.synced.members;
    core.options.applied_term = one.synced.term;
    core.reset_log();
    core.start();
  }

  // -- weather -----------------------------------------------------------------------------------

  void deliver() {
    if (wire.empty()) return;
    const auto place = draw(3) == 0 ? draw(wire.size()) : 0;
    const auto message = wire[place];
    const auto fate = calm ? 2 : draw(12);
    if (fate != 0) wire.erase(wire.begin() + static_cast<std::ptrdiff_t>(place));  // 0: repeated
    if (fate == 1) return;
    auto& receiver = crew.at(message.to);
    receiver.core.group->step(message.bytes);
    drain(receiver);
  }

  void serve_transfers(sailor& source) {
    for (const auto to : std::exchange(source.core.behind, {})) {
      auto& receiver = crew.at(to);
      const bool newer = source.core.applied_index > receiver.core.applied_index;
      if (!calm && draw(3) == 0) {
        source.core.group->transferred(to, transfer_end::failed);
        continue;
      }
      if (newer) {
        ++transfers;
        receiver.core.take_state(source.core);
        sync_state(receiver);
        if (draw(2) == 0) receiver.core.start();  // the log's reset is lost in a crash
        restart(receiver);
      }
      source.core.group->transferred(to, transfer_end::arrived);
    }
    drain(source);
  }

  void change_members(sailor& one) {
    membership wanted;
    for (const auto& [number, other] : crew) {
      const auto part = draw(4);
      if (part < 2) wanted.voters.push_back(number);
      if (part == 2) wanted.learners.push_back(number);
    }
    if (one.core.group->change_members(wanted)) ++changes;
  }

  void cut_log(sailor& one) {
    if (one.synced.index <= one.core.disk.cut_index + 2) return;
    const auto last = one.core.disk.cut_index + one.core.disk.entries.size();
    if (last >= one.synced.index) one.core.cut_log(one.synced.index - draw(2));
  }

  void read(sailor& one) {
    const auto context = ++contexts;
    one.reads[context] = committed;
    if (!one.core.group->is_leader()) return;
    one.core.group->read_index(context);
  }

  void step() {
    for (auto times = draw(4); times > 0; --times) deliver();
    auto& one = any();
    auto& group = *one.core.group;
    switch (draw(12)) {
      case 0:
      case 1: group.tick(); break;
      case 2:
        if (group.propose("p" + std::to_string(proposed))) ++proposed;
        break;
      case 3: sync_log(one, 1 + draw(3)); break;
      case 4: sync_log(one, 99); break;
      case 5: apply(one, 1 + draw(3)); break;
      case 6: sync_state(one); break;
      case 7: serve_transfers(one); break;
      case 8: read(one); break;
      case 9:
        if (draw(6) == 0) change_members(one);
        break;
      case 10:
        if (draw(8) == 0) cut_log(one);
        break;
      default: rare(one);
    }
    drain(one);
  }

  void rare(sailor& one) {
    switch (draw(12)) {
      case 0: restart(one); break;
      case 1: one.core.group->transfer_leadership(1 + draw(crew.size())); break;
      case 2: one.core.group->unreachable(1 + draw(crew.size())); break;
      case 3: one.core.group->election_after(static_cast<int>(6 + draw(6))); break;
      case 4: wire.clear(); break;
      case 5: sync_log(one, 99); apply(one, 99); break;
      default: break;
    }
  }

  // -- afterwards --------------------------------------------------------------------------------

  sailor* leader() {
    sailor* found = nullptr;
    for (auto& [number, one] : crew) {
      const bool leads = one.core.group->is_leader();
      if (leads && (!found || one.core.group->term() > found->core.group->term())) found = &one;
    }
    return found;
  }

  void calm_down() {
    calm = true;
    for (int round = 0; round < 300; ++round) {
      for (auto& [number, one] : crew) {
        // Equal waits split the votes again and again.
        if (one.core.group->term() != one.term) {
          one.term = one.core.group->term();
          one.core.group->election_after(static_cast<int>(6 + draw(6)));
        }
        one.core.group->tick();
        drain(one);
        sync_log(one, 99);
        drain(one);
        apply(one, 99);
        serve_transfers(one);
      }
      for (int hops = 0; !wire.empty() && hops < 5000; ++hops) deliver();
      auto* first = leader();
      if (round == 200 && first) first->core.group->propose("the last");
    }
  }

  void check_agreement() {
    auto* first = leader();
    REQUIRE(first != nullptr);
    const auto& group = *first->core.group;
    CHECK_FALSE(group.members().joint());
    CHECK(first->core.applied_data.back() == "the last");
    for (const auto& other : group.progress()) {
      const auto& follower = crew.at(other.member).core;
      CHECK(follower.applied_data == first->core.applied_data);
      CHECK(follower.group->members() == group.members());
    }
    check_logs();
  }

  /// Two logs with the same term at an index are the same up to there.
  void check_logs() {
    for (auto& [number, one] : crew)
      for (auto& [other_number, other] : crew) {
        const auto& left = *one.core.group;
        const auto& right = *other.core.group;
        bool match = false;
        for (auto index = std::min(left.last_index(), right.last_index()); index > 0; --index) {
          const auto terms = std::pair(left.term_of(index), right.term_of(index));
          if (terms.first == 0 || terms.second == 0) break;
          if (match) CHECK(terms.first == terms.second);
          match = match || terms.first == terms.second;
        }
      }
  }
};

std::string weather(std::uint64_t seed, storm& one) {
  INFO("seed " << seed);
  for (int i = 0; i < 6000; ++i) {
    one.step();
    if (i % 500 == 0) one.check_logs();
  }
  one.calm_down();
  one.check_agreement();
  return one.transcript;
}

}  // namespace

TEST_CASE("members hand out the same entries through storms, and find together afterwards") {
  std::uint64_t transfers = 0;
  std::uint64_t changes = 0;
  std::uint64_t reads = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    storm one(seed);
    weather(seed, one);
    transfers += one.transfers;
    changes += one.changes;
    reads += one.reads;
  }
  CHECK(transfers > 40);
  CHECK(changes > 100);
  CHECK(reads > 200);
}

TEST_CASE("the same storm sends the same bytes") {
  storm first(77);
  storm second(77);
  storm other(78);
  const auto sent = weather(77, first);
  CHECK(sent == weather(77, second));
  CHECK(sent != weather(78, other));
}

}  // namespace resalehub
