#include <catch2/catch.hpp>
#include <map>

#include "base/check.hpp"
#include "storage/failure.hpp"
#include "tests/storage/store_samples.hpp"

// A full disk, failing reads and rotten bits: the right contents come back, or the store refuses or
// fails. Never others.

using namespace resalehub;
using namespace resalehub::samples;

namespace {

constexpr auto driven = forgetful_env::background::driven;

struct ended_node {
  std::string sentence;
};

class nodes_end_alone {
 public:
  nodes_end_alone()
      : before_(storage_fails_by([](const auto& sentence) { throw ended_node{sentence}; })) {}
  ~nodes_end_alone() { storage_fails_by(std::move(before_)); }

 private:
  storage_failure_act before_;
};

/// Every row of a partition.
row_list rows_read(const state_store& store, family where) {
  const auto prefix = keys::partition_prefix(1);
  return rows(store, {where, prefix, keys::after_prefix(prefix)});
}

enum class outcome { right, refused, failed };

/// One group's log and state, and what they must hold.
class checked_node {
 public:
  explicit checked_node(std::uint64_t seed) : draw_(seed), disk_(forgetful_env::make(driven)) {}
  ~checked_node() { close(); }

  forgetful_env& disk() { return *disk_; }
  std::uint64_t acknowledged() const { return acknowledged_; }

  outcome open() {
    auto log = log_store::open(on(*disk_, "/log"));
    if (!log) return outcome::refused;
    log_ = std::move(log).value();
    auto state = state_store::open(on(*disk_, "/state"));
    if (!state) return outcome::refused;
    state_ = std::move(state).value();
    return outcome::right;
  }

  void write(int rounds) {
    for (int i = 0; i < rounds; ++i) {
      const auto index = lists_.size() + 1;
      lists_.push_back(shared(random_writes(draw_, 1).take()));
      const log_append appends[] = {
          entries(1, index, {{.index = index, .term = 1, .data = lists_.back()}})};
      log_->append(appends);
      disk_->run_background();
      acknowledged_ = index;
      const applied_entries round[] = {{1, index, 1, {lists_.back()}, {}}};
      state_->apply(round);
      disk_->run_background();
    }
  }

  /// The log has every acknowledged entry, and the state is what its position says.
  void compare() {
    const auto found = log_->load(1);
    REQUIRE(found.entries.size() >= acknowledged_);
    REQUIRE(found.entries.size() <= lists_.size());
    for (std::size_t i = 0; i < found.entries.size(); ++i)
      REQUIRE(*found.entries[i].data == *lists_[i]);
    const auto applied = state_->applied(1).index;
    REQUIRE(applied <= lists_.size());
    const auto truth_disk = forgetful_env::make(driven);
    const auto truth = std::move(state_store::open(on(*truth_disk, "/truth"))).value();
    for (std::uint64_t index = 1; index <= applied; ++index) {
      const applied_entries round[] = {{1, index, 1, {lists_[index - 1]}, {}}};
      truth->apply(round);
      truth_disk->run_background();
    }
    for (int i = 0; i < family_count; ++i) {
      const auto stored = rows_read(*state_, static_cast<family>(i));  // may end the node
      REQUIRE(stored == rows_read(*truth, static_cast<family>(i)));
    }
  }

  /// The process ends; the next one finds what the old one wrote.
  void next_process() {
    auto next = disk_->after_kill();
    close();
    disk_ = std::move(next);
  }

  /// What was not acknowledged may be gone.
  void forget_unacknowledged() {
    const auto found = log_->load(1);
    REQUIRE(found.entries.size() >= acknowledged_);
    lists_.resize(found.entries.size());
    while (state_->applied(1).index < lists_.size()) {
      const auto index = state_->applied(1).index + 1;
      const applied_entries round[] = {{1, index, 1, {lists_[index - 1]}, {}}};
      state_->apply(round);
      disk_->run_background();
    }
  }

  void close() {
    state_.reset();
    log_.reset();
  }

 private:
  std::mt19937_64 draw_;
  std::unique_ptr<forgetful_env> disk_;
  std::unique_ptr<log_store> log_;
  std::unique_ptr<state_store> state_;
  std::vector<std::shared_ptr<const std::string>> lists_;
  std::uint64_t acknowledged_ = 0;
};

outcome outcome_of(const std::function<outcome()>& work) {
  try {
    return work();
  } catch (const ended_node&) {
    return outcome::failed;
  }
}

}  // namespace

TEST_CASE("a failed flush ends the node at its next write", "[fault]") {
  const nodes_end_alone alone;
  const auto disk = forgetful_env::make(driven);
  const auto store = std::move(log_store::open(on(*disk, "/log"))).value();
  std::string sentence;
  std::uint64_t index = 0;
  const auto append = [&] {
    ++index;
    const log_append appends[] = {
        entries(1, index, {entry(index, 1, std::string(10'000, 'v'))})};
    store->append(appends);
  };
  for (int i = 0; i < 8; ++i) append();  // the last one began a flush
  disk->fail_write(1);
  REQUIRE(disk->run_background());
  try {
    append();
  } catch (const ended_node& ended) {
    sentence = ended.sentence;
  }
  CHECK(sentence.starts_with("storing in the background failed"));
}

TEST_CASE("a full disk ends the node before an acknowledgement, and room brings it back",
          "[fault]") {
  const nodes_end_alone alone;
  int ended = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    INFO("seed " << seed);
    checked_node node(seed);
    REQUIRE(node.open() == outcome::right);
    node.write(100);
    node.disk().set_capacity(node.disk().bytes_used() + 5000 * seed);
    for (int life = 0; life < 3; ++life) {
      const auto met = outcome_of([&] {
        const auto opened = node.open();
        if (opened == outcome::right) {
          node.forget_unacknowledged();
          node.write(2000);
        }
        return opened;
      });
      CHECK(met != outcome::right);
      ended += met == outcome::failed ? 1 : 0;
      node.next_process();
    }
    node.disk().set_capacity(0);
    REQUIRE(node.open() == outcome::right);
    node.forget_unacknowledged();
    node.compare();
    node.write(10);
    node.compare();
  }
  CHECK(ended > 30);
}

TEST_CASE("a failing read refuses, ends the node or does no harm", "[fault]") {
  const nodes_end_alone alone;
  std::map<outcome, int> seen;
  for (int nth = 1; nth <= 120; ++nth) {
    INFO("read " << nth);
    checked_node node(nth);
    REQUIRE(node.open() == outcome::right);
    node.write(250);
    node.next_process();
    node.disk().fail_read(nth);
    ++seen[outcome_of([&] {
      const auto opened = node.open();
      if (opened == outcome::right) node.compare();
      return opened;
    })];
    node.next_process();
    REQUIRE(node.open() == outcome::right);
    node.compare();
  }
  CHECK(seen[outcome::refused] > 0);
  CHECK(seen[outcome::failed] > 0);
  CHECK(seen[outcome::right] > 0);
}

TEST_CASE("a rotten bit is refused, ends the node or does no harm", "[fault]") {
  const nodes_end_alone alone;
  std::map<outcome, int> seen;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    checked_node node(seed);
    REQUIRE(node.open() == outcome::right);
    node.write(100 + static_cast<int>(seed) % 200);
    node.next_process();
    const auto path = node.disk().flip_bit(seed);
    INFO("seed " << seed << ", " << path);
    REQUIRE_FALSE(path.empty());
    ++seen[outcome_of([&] {
      const auto opened = node.open();
      if (opened == outcome::right) node.compare();
      return opened;
    })];
  }
  CHECK(seen[outcome::refused] > 0);
  CHECK(seen[outcome::failed] > 0);
  CHECK(seen[outcome::right] > 0);
}
