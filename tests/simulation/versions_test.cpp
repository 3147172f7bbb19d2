// Nodes of different versions in one cluster: an old one that does not know some fields, and a new
// one that adds fields and a kind of message that nobody else knows.

#include <catch2/catch.hpp>

#include "tests/simulation/example/account.hpp"
#include "tests/simulation/kit.hpp"

using namespace resalehub;
using namespace resalehub::simulation;
using namespace resalehub::simulation::example;

/// Words of a node from before there were traces, loads and regions.
namespace old_peer {

enum class ask_mode : std::uint8_t { command, keyed, query };
BOOST_DESCRIBE_ENUM(ask_mode, command, keyed, query)

struct remote_ask {
  std::uint64_t ticket = 0;
  entity_id to;
  entity_id by;
  ask_mode mode = ask_mode::command;
  request_id request;
  std::uint64_t fingerprint = 0;
  std::string body;
  std::int64_t left_ms = 0;
};
BOOST_DESCRIBE_STRUCT(remote_ask, (), (ticket, to, by, mode, request, fingerprint, body, left_ms))

struct group_report {
  keys::partition_number partition = 0;
  membership members;
  member_number leader = 0;
  std::uint64_t index = 0;
  std::vector<member_number> active;
  std::vector<member_number> caught_up;
};
BOOST_DESCRIBE_STRUCT(group_report, (), (partition, members, leader, index, active, caught_up))
struct node_report {
  std::vector<group_report> leads;
};
BOOST_DESCRIBE_STRUCT(node_report, (), (leads))

struct known_node {
  node_number node = 0;
  std::string name;
  std::string address;
  std::string standing;
};
BOOST_DESCRIBE_STRUCT(known_node, (), (node, name, address, standing))
struct roster {
  std::uint64_t version = 0;
  std::vector<known_node> nodes;
};
BOOST_DESCRIBE_STRUCT(roster, (), (version, nodes))

}  // namespace old_peer

/// Words of a node that is ahead of the others.
namespace new_peer {

struct raft_steps {
  keys::partition_number partition = 0;
  member_number from = 0;
  member_number to = 0;
  std::vector<std::string> steps;
  std::vector<std::uint32_t> checksums = {1, 2, 3};
};
BOOST_DESCRIBE_STRUCT(raft_steps, (), (partition, from, to, steps, checksums))

struct load_of_disk {
  std::string unit = "percent";
  std::uint32_t value = 7;
};
BOOST_DESCRIBE_STRUCT(load_of_disk, (), (unit, value))
struct leader_hint {
  load_of_disk load;
  keys::partition_number partition = 0;
  node_number node = 0;
  std::uint64_t term = 0;
};
BOOST_DESCRIBE_STRUCT(leader_hint, (), (load, partition, node, term))
struct leading {
  std::vector<leader_hint> partitions;
};
BOOST_DESCRIBE_STRUCT(leading, (), (partitions))

struct gossip {  ///< nobody else knows what that is
  std::string rumour = "it will rain";
  std::vector<load_of_disk> loads = {{}, {}};
};
BOOST_DESCRIBE_STRUCT(gossip, (), (rumour, loads))

}  // namespace new_peer

namespace {

account_id account(slot_number place) {
  return {place, derived_ulid("account", std::to_string(place))};
}

struct rewritten {
  int fields = 0;
  int kinds = 0;
};

/// The message as a peer writes, or reads, it whose words are these.
template <class... Words>
std::string in_words_of(const std::string& message, rewritten& count) {
  const auto type = type_in(message);
  std::string out = message;
  const auto attempt = [&]<class Word>(Word) {
    if (type != type_name<Word>()) return;
    std::variant<Word> read;
    REQUIRE(unpack(message, read));
    out = packed(read);
    count.fields += out != message ? 1 : 0;
  };
  (attempt(Words{}), ...);
  return out;
}

std::string as_old(const std::string& message, rewritten& count) {
  return in_words_of<old_peer::remote_ask, old_peer::node_report, old_peer::roster>(message,
                                                                                    count);
}
std::string as_new(const std::string& message, rewritten& count) {
  return in_words_of<new_peer::raft_steps, new_peer::leading>(message, count);
}

/// Money goes to and fro while each node leads for a while.
void trade(test_cluster& bank) {
  const auto anna = account(5), ben = account(20'000);
  REQUIRE(bank.ask(anna, command{deposit{100}}));
  for (machine_number leads = 1; leads <= 3; ++leads) {
    bank.move_leadership(bank.partition_of(anna), leads);
    for (machine_number at = 1; at <= 3; ++at) {
      REQUIRE(bank.ask(anna, command{transfer{ben, 2}}, {.at = at}));
      REQUIRE(bank.ask(ben, command{deposit{1}}, {.at = at}));
      const auto poor = bank.ask(ben, command{transfer{anna, 1'000}}, {.at = at});
      REQUIRE_FALSE(poor);
      CHECK(poor.problem().code == code::insufficient_stock);
    }
  }
  state is;
  bank.pass_until("nothing is under way", [&] {
    const auto said = bank.query(anna, query{look{}});
    return said && unpack(said->bytes, is) && is.under_way_minor == 0;
  });
  CHECK(is.balance_minor == 100 - 9 * 2);
  const auto said = bank.query(ben, query{look{}});
  REQUIRE((said && unpack(said->bytes, is)));
  CHECK(is.balance_minor == 9 * 2 + 9);
}

}  // namespace

TEST_CASE("a node of an older version that lacks fields works with newer ones, either way") {
  const auto old = GENERATE(1u, 2u, 3u);
  test_cluster bank({.seed = 40 + old});
  bank.register_kind(kind());
  rewritten count;
  bank.faults().translate([&](machine_number from, machine_number at, std::string message) {
    if (from == old || at == old) message = as_old(message, count);
    return std::vector<std::string>{std::move(message)};
  });
  trade(bank);
  CHECK(count.fields > 20);
  // Its disk is lost: what the others need to know of it they learn in its words.
  bank.replace(old);
  bank.pass_until("the new one has taken its place", [&] {
    for (const auto& place : bank.placement())
      if (place.voters.size() != 3 || place.leader == 0) return false;
    return bank.in().at(old).memory.node > 3;
  });
  CHECK(bank.ask(account(5), command{deposit{1}}, {.at = old}));
}

TEST_CASE("a node of a newer version that adds fields and messages works with older ones") {
  const auto newer = GENERATE(1u, 2u, 3u);
  test_cluster bank({.seed = 50 + newer});
  bank.register_kind(kind());
  rewritten count;
  bank.faults().translate([&](machine_number from, machine_number, std::string message) {
    std::vector<std::string> out{std::move(message)};
    if (from != newer) return out;
    out.front() = as_new(out.front(), count);
    out.insert(out.begin(), packed(std::variant<new_peer::gossip>{}));
    ++count.kinds;
    return out;
  });
  trade(bank);
  CHECK(count.fields > 20);
  CHECK(count.kinds > 20);
  for (machine_number machine = 1; machine <= 3; ++machine) {
    const auto& figures = bank.in().at(machine).running->actors().figures();
    CHECK((figures.messages_unread > 20) == (machine != newer));
  }
}
