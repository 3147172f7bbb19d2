#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "storage/applier.hpp"
#include "storage/log_writer.hpp"
#include "tests/storage/store_samples.hpp"

// A node of four groups is driven by chance over a forgetful disk, and each time it comes back it
// is compared with a model in plain maps.

using namespace resalehub;
using namespace resalehub::samples;

namespace {

constexpr group_number groups = 4;

/// A partition's contents as plain maps.
class plain_state : public write_visitor {
 public:
  void put(family where, std::string_view key, std::string_view value) override {
    of(where)[std::string(key)] = value;
  }
  void erase(family where, std::string_view key) override { of(where).erase(std::string(key)); }
  void erase_range(family where, std::string_view from, std::string_view to) override {
    auto& rows = of(where);
    rows.erase(rows.lower_bound(std::string(from)), rows.lower_bound(std::string(to)));
  }
  row_list rows(family where) const {
    const auto& found = contents_[static_cast<int>(where)];
    return {found.begin(), found.end()};
  }

 private:
  std::map<std::string, std::string>& of(family where) {
    return contents_[static_cast<int>(where)];
  }
  std::map<std::string, std::string> contents_[family_count];
};

struct model_entry {
  std::uint64_t term = 0;
  std::shared_ptr<const std::string> list;
};

struct model_group {
  std::vector<model_entry> entries;  ///< all there ever were, from index 1
  std::uint64_t term = 1;
  std::uint64_t acknowledged = 0;
  std::uint64_t submitted = 0;  ///< to the applier; never replaced from here on
  std::uint64_t applied = 0;
  std::uint64_t covered = 0;
  std::uint64_t cut_asked = 0;
};

class driven_node {
 public:
  driven_node(std::uint64_t seed, unsigned steps_per_end)
      : draw_(seed), steps_per_end_(steps_per_end), disk_(forgetful_env::make()) {
    boot();
  }

  void step() {
    if (draw_() % steps_per_end_ == 0)
      return come_back(draw_() % 4 == 0 ? disk_->after_kill() : disk_->after_crash(draw_()));
    const auto dice = draw_() % 95;
    const auto group = static_cast<group_number>(draw_() % groups);
    if (dice < 40)
      append(group);
    else if (dice < 60)
      writer_->run_once();
    else if (dice < 75)
      submit(group);
    else if (dice < 88)
      applier_->run_once();
    else if (dice < 91)
      applier_->sync_now();
    else
      cut(group);
  }
  std::uint64_t files_reused() const { return files_reused_; }
  int crashes() const { return crashes_; }

 private:
  void append(group_number number) {
    auto& group = model_[number];
    // Now and then a new leader replaces what is not committed.
    if (draw_() % 8 == 0 && group.entries.size() > group.submitted) {
      group.entries.resize(group.submitted +
                           draw_() % (group.entries.size() - group.submitted));
      ++group.term;
    }
    std::vector<log_entry> list;
    for (auto count = 1 + draw_() % 4; count > 0; --count) {
      group.entries.push_back({group.term, shared(random_writes(draw_, number).take())});
      list.push_back({.index = group.entries.size(), .term = group.term,
                      .data = group.entries.back().list});
    }
    // A reader may count on nothing beyond: the replaced entries are no longer acknowledged.
    group.acknowledged = std::min(group.acknowledged, list.front().index - 1);
    const auto ready = list.back().index;
    auto append = entries(number, ready, std::move(list));
    append.hard = hard_state{group.term, 1, group.submitted};
    writer_->submit(std::move(append));
  }

  void submit(group_number number) {
    auto& group = model_[number];
    if (group.acknowledged <= group.submitted) return;
    const auto to = group.submitted + 1 + draw_() % (group.acknowledged - group.submitted);
    submit_until(number, to);
  }

  void submit_until(group_number number, std::uint64_t to) {
    auto& group = model_[number];
    applied_entries entries{number, to, group.entries[to - 1].term, {}};
    for (auto index = group.submitted + 1; index <= to; ++index)
      entries.lists.push_back(group.entries[index - 1].list);
    group.submitted = to;
    applier_->submit(std::move(entries));
  }

  void cut(group_number number) {
    auto& group = model_[number];
    if (group.covered <= group.cut_asked) return;
    group.cut_asked += 1 + draw_() % (group.covered - group.cut_asked);
    writer_->submit(samples::cut(number, group.cut_asked, group.entries[group.cut_asked - 1].term));
  }

  // -- the end of a process and the next one ------------------------------------------------------

  void boot() {
    auto log = log_store::open(on(*disk_, "/log"));
    if (!log) FAIL(log.problem().detail);
    auto state = state_store::open(on(*disk_, "/state"));
    if (!state) FAIL(state.problem().detail);
    log_ = std::move(log).value();
    state_ = std::move(state).value();
    writer_ = make_inline_log_writer(*log_, [this](std::vector<durable_append> reached) {
      for (const auto& append : reached) durable(model_[append.group], append.ready);
    });
    applier_ = make_inline_applier(*state_, 4000, [this](std::vector<applied_notice> said) {
      for (const auto& notice : said) {
        auto& group = model_[notice.partition];
        (notice.covered ? group.covered : group.applied) = notice.index;
      }
      if (!said.empty() && !said[0].covered) moments_.push_back(applied_now());
    });
    moments_ = {applied_now()};
  }

  /// The ready's number is the index of its last entry. It may have been replaced since.
  static void durable(model_group& group, std::uint64_t last) {
    group.acknowledged = std::min<std::uint64_t>(last, group.entries.size());
  }

  std::vector<std::uint64_t> applied_now() const {
    std::vector<std::uint64_t> now;
    for (group_number number = 0; number < groups; ++number)
      now.push_back(state_->applied(number).index);
    return now;
  }

  void come_back(std::unique_ptr<forgetful_env> next) {
    ++crashes_;
    files_reused_ += disk_->files_reused();
    const auto moments = moments_;
    // What was not handed over to the log never happened.
    writer_.reset();
    applier_.reset();
    const auto last_written = written_lists();
    log_.reset();
    state_.reset();
    disk_ = std::move(next);
    boot();
    CHECK(std::find(moments.begin(), moments.end(), applied_now()) != moments.end());
    for (group_number number = 0; number < groups; ++number) {
      compare_log(number, last_written[number]);
      compare_state(number);
      replay(number);
    }
    applier_->run_once();
    for (group_number number = 0; number < groups; ++number) compare_state(number);
  }

  std::vector<stored_log> written_lists() const {
    std::vector<stored_log> logs;
    for (group_number number = 0; number < groups; ++number) logs.push_back(log_->load(number));
    return logs;
  }

  /// Every written append was synced and acknowledged, so all of it is there but perhaps a cut.
  void compare_log(group_number number, const stored_log& before) {
    auto& group = model_[number];
    const auto found = log_->load(number);
    CHECK(found.cut_index <= group.covered);
    CHECK(found.cut_index <= state_->applied(number).index);
    CHECK(found.cut_index <= before.cut_index);
    CHECK(found.hard.term == before.hard.term);
    const auto last = found.cut_index + found.entries.size();
    CHECK(last == before.cut_index + before.entries.size());
    CHECK(last >= group.submitted);
    for (const auto& entry : before.entries) {
      const auto& kept = found.entries[entry.index - found.cut_index - 1];
      CHECK((kept.index == entry.index && kept.term == entry.term && *kept.data == *entry.data));
    }
    for (const auto& entry : found.entries)
      if (entry.index <= group.submitted)
        CHECK(*entry.data == *group.entries[entry.index - 1].list);
    adopt(group, found);
  }

  /// The log is the truth: the model forgets what was only queued.
  static void adopt(model_group& group, const stored_log& found) {
    group.entries.resize(found.cut_index);
    for (const auto& entry : found.entries) group.entries.push_back({entry.term, entry.data});
    group.acknowledged = group.entries.size();
    group.term = std::max(group.term, found.hard.term) + 1;
    group.cut_asked = found.cut_index;
  }

  void compare_state(group_number number) {
    auto& group = model_[number];
    const auto position = state_->applied(number);
    CHECK(position.index >= group.covered);
    REQUIRE(position.index <= group.entries.size());
    plain_state expected;
    for (std::uint64_t index = 1; index <= position.index; ++index)
      REQUIRE(visit(*group.entries[index - 1].list, expected));
    if (position.index > 0) CHECK(position.term == group.entries[position.index - 1].term);
    const auto prefix = keys::partition_prefix(number);
    for (int i = 0; i < family_count; ++i) {
      const auto where = static_cast<family>(i);
      auto rows_expected = expected.rows(where);
      CHECK(rows(*state_, {where, prefix, keys::after_prefix(prefix)}) == rows_expected);
      for (const auto& [key, value] : rows_expected) CHECK(state_->get(where, key) == value);
      std::reverse(rows_expected.begin(), rows_expected.end());
      CHECK(rows(*state_, {where, prefix, keys::after_prefix(prefix),
                           state_store::order::descending}) == rows_expected);
    }
  }

  /// From the log, behind what the state has.
  void replay(group_number number) {
    auto& group = model_[number];
    const auto committed = group.submitted;
    group.submitted = group.applied = group.covered = state_->applied(number).index;
    if (committed > group.submitted) submit_until(number, committed);
  }

  std::mt19937_64 draw_;
  const unsigned steps_per_end_;
  std::unique_ptr<forgetful_env> disk_;
  std::unique_ptr<log_store> log_;
  std::unique_ptr<state_store> state_;
  std::unique_ptr<inline_log_writer> writer_;
  std::unique_ptr<inline_applier> applier_;
  model_group model_[groups];
  std::vector<std::vector<std::uint64_t>> moments_;  ///< positions after each round
  std::uint64_t files_reused_ = 0;
  int crashes_ = 0;
};

}  // namespace

TEST_CASE("after any crash the log has all it acknowledged and the state is a prefix", "[crash]") {
  std::uint64_t files_reused = 0;
  int crashes = 0;
  const auto drive = [&](std::uint64_t seed, unsigned steps_per_end, int steps) {
    INFO("seed " << seed);
    driven_node node(seed, steps_per_end);
    for (int i = 0; i < steps; ++i) node.step();
    files_reused += node.files_reused();
    crashes += node.crashes();
  };
  for (std::uint64_t seed = 1; seed <= 6; ++seed) drive(seed, 20, 400);
  // Long enough between two ends for buffers to be flushed and files to be used again.
  for (std::uint64_t seed = 7; seed <= 12; ++seed) drive(seed, 500, 2500);
  CHECK(crashes > 100);
  CHECK(files_reused > 0);
}
