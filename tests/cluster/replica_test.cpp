// One replica between ports that only note what it asks for.

#include "cluster/replica.hpp"

#include <catch2/catch.hpp>

#include "tests/support/actor_world.hpp"

namespace resalehub {
namespace {

struct noted_writer final : log_writer {
  std::vector<log_append> appends;
  void submit(log_append append) override { appends.push_back(std::move(append)); }
};

struct noted_applier final : applier {
  std::vector<transfer_chunk> chunks;
  int drops = 0;
  void submit(applied_entries) override {}
  void submit(transfer_chunk chunk) override { chunks.push_back(std::move(chunk)); }
  void drop(keys::partition_number) override { ++drops; }
  void sync_now() override {}
};

struct noted_links final : links {
  std::vector<node_message> sent;
  void start(link_listener&) override {}
  void stop() override {}
  void know(std::vector<peer>) override {}
  bool send(node_number, lane, std::string message) override {
    sent.push_back(*message_from(message));
    return true;
  }
};

struct noted_owner final : replica_owner {
  int leading = 0;
  std::uint64_t commits_to = 0;
  std::vector<code> following;
  std::vector<node_number> leaders;
  void committed(std::uint64_t index) override { commits_to = index; }
  void applied(std::uint64_t) override {}
  void confirmed(std::uint64_t) override {}
  void leads() override { ++leading; }
  void follows(const problem& why) override { following.push_back(why.code); }
  void leader_told(const leader_hint& who) override { leaders.push_back(who.node); }
};

constexpr keys::partition_number partition = 3;
constexpr member_number source = member_of(1, 1);

struct lone_replica {
  explicit lone_replica(node_number node)
      : disk(forgetful_env::make()),
        store(state_store::open({.directory = "/state", .env = disk->env()}).value()),
        one({.partition = partition, .node = node, .founder = node == 1},
            {&writer, &applies, store.get(), &out, &entropy, &figures}, owner) {
    one.open({});
  }

  /// Until nothing waits to be written.
  void settle() {
    for (one.drain(); settled < writer.appends.size(); one.drain())
      if (const auto ready = writer.appends[settled++].ready; ready != 0) one.durable(ready);
  }

  void add(member_number member) { one.arrived(raft_steps{partition, source, member, {}}); }

  void send_chunk(member_number to, std::uint64_t session, std::uint64_t number) {
    transfer_part part{session, number, source, to, {}};
    part.chunk.partition = partition;
    part.chunk.as_of = {.index = 10, .term = 2};
    one.arrived(std::move(part));
  }

  /// Passes on what it said of the log; counts what it sent of the state.
  void say_to(lone_replica& to) {
    for (const auto& message : std::exchange(way.sent, {})) {
      transfers += std::holds_alternative<transfer_part>(message) ? 1 : 0;
      if (const auto* steps = std::get_if<raft_steps>(&message)) to.one.arrived(*steps);
    }
  }

  /// How many chunks of a session the source was told to be there.
  std::uint64_t taken(std::uint64_t session) const {
    std::uint64_t most = 0;
    for (const auto& message : way.sent)
      if (const auto* said = std::get_if<transfer_taken>(&message); said && !said->ended)
        if (said->session == session) most = std::max(most, said->number);
    return most;
  }

  std::unique_ptr<forgetful_env> disk;
  std::unique_ptr<state_store> store;
  noted_writer writer;
  std::size_t settled = 0;
  int transfers = 0;
  noted_applier applies;
  noted_links way;
  noted_owner owner;
  testing::test_entropy entropy{1};
  host_figures figures;
  outbound out{way, figures};
  replica one;
};

}  // namespace

TEST_CASE("a member that comes back is filled though a chunk of its former life was under way") {
  lone_replica node(2);
  const auto former = member_of(2, 5), next = member_of(2, 9);
  node.add(former);
  node.send_chunk(former, 1, 1);
  REQUIRE(node.applies.chunks.size() == 1);
  const entries_applied chunk_written{.chunks = 1};
  SECTION("written after its group failed") {
    node.one.applied({.index = 1000});  // what was never committed
    node.one.drain();
    REQUIRE_FALSE(node.one.exists());
    node.one.applied(chunk_written);
    node.add(next);
    node.one.durable(node.writer.appends.back().ready);
  }
  if (node.one.exists()) node.one.arrived(retired_member{partition, former});
  SECTION("written before the end of that life is durable") {
    node.one.applied(chunk_written);
    node.one.durable(node.writer.appends.back().ready);
  }
  SECTION("written after it") {
    node.one.durable(node.writer.appends.back().ready);
    node.one.applied(chunk_written);
  }
  REQUIRE(node.applies.drops == 1);
  node.one.applied({.covered = true});  // its rows are gone

  node.add(next);
  node.send_chunk(next, 2, 1);
  REQUIRE(node.applies.chunks.size() == 2);
  node.one.applied(chunk_written);
  CHECK(node.taken(2) == 1);
}

TEST_CASE("a leader whose group has failed leads no more, and says so") {
  lone_replica node(1);
  node.settle();
  REQUIRE(node.one.is_leader());
  REQUIRE(node.owner.leaders.back() == 1);
  node.one.applied({.index = node.owner.commits_to});
  REQUIRE(node.owner.leading == 1);
  node.one.applied({.index = 1000});  // what was never committed
  node.one.drain();
  CHECK_FALSE(node.one.exists());
  CHECK_FALSE(node.one.is_leader());
  CHECK_FALSE(node.one.readable());
  CHECK(node.owner.following == std::vector{code::shard_unavailable});
  CHECK(node.owner.leaders.back() == 0);
}

TEST_CASE("a leader whose own state is a mixture transfers it when it is whole") {
  lone_replica leader(1), added(2);
  leader.settle();
  REQUIRE(leader.one.is_leader());
  group_order order{.partition = partition, .index = leader.one.members_index()};
  order.voters = {source};
  order.added = {2};
  leader.one.carry_out(order);
  leader.settle();
  leader.one.applied({.index = leader.owner.commits_to, .mixed_until = 1000});

  const auto pass = [&] {
    for (int ticks = 0; ticks < 20; ++ticks) {
      leader.one.tick();
      leader.settle();
      leader.say_to(added);
      added.settle();
      added.say_to(leader);
      leader.settle();
    }
    return leader.transfers;
  };
  CHECK(pass() == 0);
  leader.one.applied({.index = leader.owner.commits_to});
  CHECK(pass() > 0);
}

}  // namespace resalehub
