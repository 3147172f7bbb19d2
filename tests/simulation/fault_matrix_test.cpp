// Every type of message under every fault at the level of actors: a small market day in which one
// message of that type is hit, and afterwards all answers and all sums are right. The table is
// docs/fault-matrix.md.

#include <catch2/catch.hpp>
#include <fstream>
#include <iostream>
#include <sstream>

#include "tests/simulation/example/account.hpp"
#include "tests/simulation/kit.hpp"
#include "tests/simulation/register_entity.hpp"

using namespace resalehub;
using namespace resalehub::simulation;
using namespace resalehub::simulation::example;

namespace {

struct cell_fault {
  std::string_view title;
  actor_fault (*make)(const message_match& which);
};
constexpr std::array columns{
    cell_fault{"dropped", drop},
    cell_fault{"delayed", [](const message_match& m) { return delay(m, milliseconds{700}); }},
    cell_fault{"duplicated", duplicate},
    cell_fault{"reordered", reorder},
    cell_fault{"receiver killed before",
               [](const message_match& m) { return kill_receiver(m, moment::before); }},
    cell_fault{"receiver killed after commit",
               [](const message_match& m) { return kill_receiver(m, moment::committed); }},
    cell_fault{"handler throws", [](const message_match& m) { return throw_in(m); }},
    cell_fault{"sender's node crashes after", crash_sender},
};

using why_empty = std::array<std::string_view, columns.size()>;
constexpr std::string_view commits_nothing = "a question commits nothing";
constexpr std::string_view stays = "it does not travel: the partition of the entity hands it over";

struct matrix_row {
  message_match which;
  cluster_options options;
  void (*day)(test_cluster& market, const actor_fault& fault);
  why_empty empty{};
};

account_id account(slot_number place) {
  return {place, derived_ulid("account", std::to_string(place))};
}
constexpr slot_number first_place = 5, other_place = 20'000;  // in two partitions

state seen(test_cluster& market, const account_id& which) {
  state out;
  const auto said = market.query(which, query{look{}});
  REQUIRE((said && unpack(said->bytes, out)));
  return out;
}

void settle(test_cluster& market) {
  for (const auto place : {first_place, other_place})
    market.pass_until("nothing is under way",
                      [&] { return seen(market, account(place)).under_way_minor == 0; });
}

/// The balances that all clients must find, in the entities and in the list of each.
void find(test_cluster& market, std::array<std::int64_t, 2> balances) {
  std::size_t n = 0;
  for (const auto place : {first_place, other_place}) {
    CHECK(seen(market, account(place)).balance_minor == balances[n]);
    scan rows;
    rows.index = "balances";
    rows.place = place;
    const auto found = market.list(rows);
    REQUIRE(found.size() == 1);
    CHECK(found.front().key == std::to_string(balances[n++]));
  }
}

/// Money goes to and fro, a register is written and read, lists are looked at, everywhere at once.
void an_ordinary_day(test_cluster& market, const actor_fault& fault) {
  const auto anna = account(first_place), ben = account(other_place);
  const registers::register_id shelf{other_place, derived_ulid("shelf")};
  REQUIRE(market.ask(anna, command{deposit{100}}));
  REQUIRE(market.ask(ben, command{deposit{100}}));
  REQUIRE(market.ask(shelf, registers::command{registers::write{1'000}}));
  market.inject(fault);
  constexpr std::uint64_t rounds = 8;
  for (std::uint64_t round = 1; round <= rounds; ++round) {
    const asking through{.at = static_cast<machine_number>(1 + round % 3)};
    const std::vector<told> all{
        market.tell(anna, command{deposit{5}}, through),
        market.tell(anna, command{transfer{ben, 3}}),
        market.tell(ben, command{transfer{anna, 1}}, through),
        market.tell(shelf, registers::command{registers::write{round}}, through),
    };
    for (const auto& one : all) REQUIRE(market.wait(one));
    const auto read = market.query(shelf, registers::query{registers::read{}}, through);
    REQUIRE(read);
    CHECK(registers::value_in(read->bytes) == round);
    CHECK(read->version == round + 1);
    scan rows;
    rows.index = "values";
    rows.place = other_place;
    const auto found = market.list(rows);
    REQUIRE(found.size() == 1);
    CHECK(found.front().key == std::to_string(round));
  }
  settle(market);
  find(market, {100 + 3 * rounds, 100 + 2 * rounds});
}

/// A machine is lost, others take its place, and it comes back when nobody needs it any more.
void a_day_with_a_loss(test_cluster& market, const actor_fault& fault) {
  const auto anna = account(first_place), ben = account(other_place);
  std::int64_t paid_in = 0;
  const auto pay_in = [&] {
    std::vector<told> all;
    for (int n = 0; n < 10; ++n) {
      all.push_back(market.tell(anna, command{deposit{1}}));
      all.push_back(market.tell(ben, command{deposit{1}}));
      ++paid_in;
    }
    for (const auto& one : all) REQUIRE(market.wait(one));
  };
  for (int n = 0; n < 6; ++n) pay_in();
  machine_number lost = 0;
  market.pass_until("some machine holds and does not lead", [&] {
    const auto now = market.placement();
    for (const auto voter : now[0].voters)
      if (voter != now[0].leader && voter != now[1].leader) lost = voter;
    return lost != 0;
  });
  market.inject(fault);
  market.stop(lost);
  pay_in();
  const auto holds = [&] {
    for (const auto& place : market.placement()) {
      if (place.leader == 0 || place.voters.size() != 3) return true;
      for (const auto voter : place.voters)
        if (voter == lost) return true;
    }
    return false;
  };
  market.pass_until("the lost machine is replaced", [&] { return !holds(); });
  pay_in();
  market.start(lost);
  for (int n = 0; n < 12; ++n) {
    pay_in();
    market.pass(milliseconds{1'000});
  }
  find(market, {paid_in, paid_in});
}

template <class Message>
matrix_row ordinary(why_empty empty = {}) {
  return {message<Message>(), {}, an_ordinary_day, empty};
}
template <class Message>
matrix_row with_a_loss() {
  return {message<Message>(), {.machines = 4, .sizes = constants::small}, a_day_with_a_loss, {}};
}

std::vector<matrix_row> rows() {
  const why_empty question{"", "", "", "", "", commits_nothing, "", ""};
  const why_empty at_home{stays, stays, stays, stays, stays, "", "", stays};
  return {
      ordinary<raft_steps>(),
      with_a_loss<still_member>(),
      with_a_loss<retired_member>(),
      ordinary<remote_ask>(),
      ordinary<remote_answers>(),
      ordinary<remote_scan>(),
      ordinary<remote_rows>(),
      ordinary<leading>(),
      ordinary<remote_pushes>(),
      with_a_loss<transfer_part>(),
      with_a_loss<transfer_taken>(),
      ordinary<node_report>(),
      with_a_loss<group_order>(),
      with_a_loss<roster>(),
      ordinary<registers::write>(),
      ordinary<registers::read>(question),
      ordinary<deposit>(),
      ordinary<transfer>(),
      ordinary<credit>(),
      ordinary<answered>(at_home),
      ordinary<look>(question),
  };
}

/// Empty when all was right.
std::string exercise(const matrix_row& row, const cell_fault& column, std::uint64_t seed) {
  auto options = row.options;
  options.seed = seed;
  test_cluster market(options);
  market.register_kind(kind());
  market.register_kind(registers::kind());
  INFO(row.which.type << " " << column.title << ", seed " << seed);
  try {
    row.day(market, column.make(row.which));
    if (!market.all_injected()) return "it was not hit: " + market.story();
  } catch (const cluster_failed& why) {
    return why.what();
  }
  return {};
}

/// What came of each cell: of the rows in their order, each column.
using cells = std::vector<std::array<bool, columns.size()>>;

std::string table_of(const std::vector<matrix_row>& all, const cells& passed) {
  std::ostringstream out;
  out << "| message |";
  for (const auto& column : columns) out << ' ' << column.title << " |";
  out << "\n| --- |";
  for (std::size_t n = 0; n < columns.size(); ++n) out << " --- |";
  std::vector<std::string_view> reasons;
  for (std::size_t at = 0; at < all.size(); ++at) {
    out << "\n| `" << all[at].which.type << "` |";
    for (std::size_t column = 0; column < columns.size(); ++column) {
      const auto why = all[at].empty[column];
      if (why.empty()) {
        out << (passed[at][column] ? " passed |" : " FAILED |");
        continue;
      }
      auto found = std::find(reasons.begin(), reasons.end(), why);
      if (found == reasons.end()) found = reasons.insert(reasons.end(), why);
      out << " - (" << 1 + (found - reasons.begin()) << ") |";
    }
  }
  out << "\n\nEmpty cells:\n";
  for (std::size_t n = 0; n < reasons.size(); ++n)
    out << "\n" << n + 1 << ". " << reasons[n] << ".";
  out << "\n";
  return out.str();
}

}  // namespace

TEST_CASE("every type of message is hit by every fault of actors, and all answers are right") {
  const auto all = rows();
  constexpr std::uint64_t seeds = 2;
  cells passed(all.size());
  for (std::size_t at = 0; at < all.size(); ++at)
    for (std::size_t n = 0; n < columns.size(); ++n) {
      passed[at][n] = all[at].empty[n].empty();
      for (std::uint64_t seed = 1; passed[at][n] && seed <= seeds; ++seed) {
        const auto wrong = exercise(all[at], columns[n], seed);
        INFO(all[at].which.type << " " << columns[n].title << ", seed " << seed);
        CHECK(wrong == "");
        passed[at][n] = wrong.empty();
      }
    }
  const auto table = table_of(all, passed);
  std::cout << table;
  std::ifstream file(RESALEHUB_DOCS "/fault-matrix.md");
  std::ostringstream page;
  page << file.rdbuf();
  INFO(table);
  CHECK(page.str().find(table) != std::string::npos);
}
