#include <catch2/catch.hpp>

#include "storage/failure.hpp"
#include "tests/storage/store_samples.hpp"

using namespace resalehub;
using namespace resalehub::samples;

namespace {

constexpr keys::partition_number moved = 3;

std::unique_ptr<state_store> opened(forgetful_env& disk) {
  return std::move(state_store::open(on(disk, "/state"))).value();
}

void apply(state_store& store, applied_entries entries) {
  const applied_entries round[] = {std::move(entries)};
  store.apply(round);
}

/// The process ended; the next one finds this disk.
void come_back(std::unique_ptr<state_store>& store, std::unique_ptr<forgetful_env>& disk,
               std::unique_ptr<forgetful_env> next) {
  store.reset();
  disk = std::move(next);
  store = opened(*disk);
}

std::string key(keys::partition_number partition, std::string_view name) {
  return keys::partition_prefix(partition).append(name);
}

std::vector<transfer_chunk> chunks(const state_store& source, std::size_t bytes) {
  std::vector<transfer_chunk> all;
  const auto stream = source.transfer(moved);
  do all.push_back(stream->next(bytes));
  while (all.back().last == 0);
  return all;
}

std::vector<row_list> contents(const state_store& store, keys::partition_number partition) {
  const auto prefix = keys::partition_prefix(partition);
  std::vector<row_list> all;
  for (int i = 0; i < family_count; ++i)
    all.push_back(rows(store, {static_cast<family>(i), prefix, keys::after_prefix(prefix)}));
  return all;
}

/// A log of random writes; `applied_to(store, n)` carries out the entries behind what it has.
class random_log {
 public:
  random_log(std::mt19937_64& draw, std::uint64_t size) {
    for (std::uint64_t i = 0; i < size; ++i)
      lists_.push_back(shared(random_writes(draw, moved).take()));
  }
  void apply_until(state_store& store, std::uint64_t index) const {
    for (auto next = store.applied(moved).index + 1; next <= index; ++next) {
      applied_entries entries{moved, next, next / 10, {lists_[next - 1]}, {}};
      if (next % 7 == 0) entries.members = "members of " + std::to_string(next);
      apply(store, std::move(entries));
    }
  }

 private:
  std::vector<std::shared_ptr<const std::string>> lists_;
};

}  // namespace

TEST_CASE("a partition that holds nothing is moved as an empty range of each family",
          "[transfer]") {
  const auto disk = forgetful_env::make();
  const auto store = opened(*disk);
  apply(*store, {moved, 4, 2, {}, "members"});
  const auto all = chunks(*store, 100);
  REQUIRE(all.size() == family_count);
  for (int i = 0; i < family_count; ++i) {
    CHECK(all[i].where == static_cast<family>(i));
    CHECK(all[i].from == keys::partition_prefix(moved));
    CHECK(all[i].to.empty());
    CHECK(all[i].rows.empty());
    CHECK(all[i].as_of.index == 4);
    CHECK(all[i].as_of.term == 2);
    CHECK(all[i].members == "members");
    CHECK((all[i].last != 0) == (i + 1 == family_count));
  }
}

TEST_CASE("chunks hold about so many bytes and their ranges touch", "[transfer]") {
  const auto disk = forgetful_env::make();
  const auto store = opened(*disk);
  write_list list;
  for (char name = 'a'; name <= 'z'; ++name)
    list.put(family::rows, key(moved, {&name, 1}), std::string(50, 'v'));
  list.put(family::rows, key(moved - 1, "other"), "v");
  list.put(family::rows, key(moved + 1, "other"), "v");
  apply(*store, applied(moved, 1, std::move(list)));
  const auto all = chunks(*store, 200);
  std::string from = keys::partition_prefix(moved);
  int of_rows = 0;
  for (const auto& chunk : all) {
    if (chunk.where != family::rows) continue;
    ++of_rows;
    CHECK(chunk.from == from);
    CHECK(chunk.rows.size() < 300);
    from = chunk.to;
  }
  CHECK(from.empty());
  CHECK(of_rows > 5);
  CHECK(chunks(*store, 1).size() == 26 + family_count - 1);
}

TEST_CASE("a transfer sees one moment, whatever is applied meanwhile", "[transfer]") {
  const auto disk = forgetful_env::make();
  const auto store = opened(*disk);
  const auto other_disk = forgetful_env::make();
  const auto other = opened(*other_disk);
  auto first = applied(moved, 1, put(family::queue, key(moved, "a"), "old"));
  first.members = "first";
  apply(*store, std::move(first));
  const auto stream = store->transfer(moved);
  auto second = applied(moved, 2, put(family::queue, key(moved, "b"), "new"));
  second.members = "second";
  apply(*store, std::move(second));
  for (bool last = false; !last;) {
    const auto chunk = stream->next(100);
    other->take(chunk);
    last = chunk.last != 0;
  }
  CHECK(other->applied(moved).index == 1);
  CHECK(other->members(moved) == "first");
  CHECK(contents(*other, moved)[4] == row_list{{key(moved, "a"), "old"}});
}

TEST_CASE("the first chunk marks the partition as mixed, the last makes it whole", "[transfer]") {
  const auto source_disk = forgetful_env::make();
  const auto source = opened(*source_disk);
  auto entries = applied(moved, 9, put(family::records, key(moved, "a"), "new"));
  entries.members = "new members";
  apply(*source, std::move(entries));

  auto disk = forgetful_env::make();
  auto store = opened(*disk);
  write_list stale;
  for (int i = 0; i < family_count; ++i) {
    stale.put(static_cast<family>(i), key(moved, ""), "stale");
    stale.put(static_cast<family>(i), key(moved, "stale"), "stale");
    stale.put(static_cast<family>(i), key(moved + 1, "other"), "kept");
  }
  auto older = applied(moved, 2, std::move(stale));
  older.members = "old members";
  apply(*store, std::move(older));

  for (const auto& chunk : chunks(*source, 1)) {
    store->take(chunk);
    if (chunk.last != 0) break;
    CHECK(store->applied(moved).index == 2);
    CHECK(store->applied(moved).term == 1);
    CHECK(store->applied(moved).mixed_until == 9);
    CHECK(store->members(moved) == "old members");
  }
  for (int opening = 0; opening < 2; ++opening) {
    CHECK(store->applied(moved).index == 9);
    CHECK(store->applied(moved).mixed_until == 0);
    CHECK(store->members(moved) == "new members");
    CHECK(contents(*store, moved) == contents(*source, moved));
    CHECK(contents(*store, moved + 1)[0] == row_list{{key(moved + 1, "other"), "kept"}});
    store.reset();
    store = opened(*disk);
  }
}

TEST_CASE("the mark of a mixture goes when the log has reached the transfer's entry",
          "[transfer]") {
  const auto source_disk = forgetful_env::make();
  const auto source = opened(*source_disk);
  apply(*source, applied(moved, 5, put(family::records, key(moved, "a"), "5")));
  auto disk = forgetful_env::make();
  auto store = opened(*disk);
  apply(*store, applied(moved, 2, {}));
  store->take(chunks(*source, 1)[0]);
  for (std::uint64_t index = 3; index <= 5; ++index) {
    come_back(store, disk, disk->after_kill());
    CHECK(store->applied(moved).index == index - 1);
    CHECK(store->applied(moved).mixed_until == 5);
    apply(*store, applied(moved, index, {}));
  }
  CHECK(store->applied(moved).mixed_until == 0);
  come_back(store, disk, disk->after_kill());
  CHECK(store->applied(moved).mixed_until == 0);
}

TEST_CASE("a partition that is dropped half has its position still", "[transfer]") {
  struct ended {};
  const auto before = storage_fails_by([](const std::string&) { throw ended{}; });
  int halves = 0;
  for (int nth = 1; nth < 100 && halves < 100; ++nth) {
    auto disk = forgetful_env::make();
    auto store = opened(*disk);
    write_list list;
    for (int i = 0; i < 5000; ++i) list.put(family::rows, key(moved, std::to_string(i)), "v");
    list.put(family::queue, key(moved, "k"), "v");
    apply(*store, applied(moved, 3, std::move(list)));
    disk->fail_write(nth);
    bool dropped = true;
    try {
      store->drop(moved);
    } catch (const ended&) {
      dropped = false;
    }
    come_back(store, disk, disk->after_kill());
    std::size_t left = 0;
    for (const auto& found : contents(*store, moved)) left += found.size();
    INFO("write " << nth);
    CHECK(store->applied(moved).index == (dropped ? 0 : 3));
    halves += left > 0 && left < 5001;
    if (!dropped) {
      store->drop(moved);
      CHECK(contents(*store, moved) == std::vector<row_list>(family_count));
    } else {
      CHECK(left == 0);
      break;
    }
  }
  storage_fails_by(before);
  CHECK(halves > 0);
}

TEST_CASE("a dropped partition leaves nothing, and its neighbours stay", "[transfer]") {
  const auto disk = forgetful_env::make();
  auto store = opened(*disk);
  for (const auto partition : {moved - 1, moved + 0, moved + 1}) {
    const auto number = static_cast<keys::partition_number>(partition);
    write_list list;
    for (int i = 0; i < family_count; ++i) list.put(static_cast<family>(i), key(number, "k"), "v");
    auto entries = applied(number, 3, std::move(list));
    entries.members = "members";
    apply(*store, std::move(entries));
  }
  store->drop(moved);
  for (int opening = 0; opening < 2; ++opening) {
    CHECK(store->applied(moved).index == 0);
    CHECK(store->members(moved).empty());
    CHECK(contents(*store, moved) == std::vector<row_list>(family_count));
    for (const auto partition : {moved - 1, moved + 1}) {
      const auto number = static_cast<keys::partition_number>(partition);
      CHECK(store->applied(number).index == 3);
      CHECK(store->members(number) == "members");
      for (const auto& found : contents(*store, number)) CHECK(found.size() == 1);
    }
    store.reset();
    store = opened(*disk);
  }
  apply(*store, applied(moved, 1, put(family::records, key(moved, "k"), "again")));
  CHECK(store->get(family::records, key(moved, "k")) == "again");
}

TEST_CASE("an interrupted transfer and then the log end where the source is", "[transfer]") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    std::mt19937_64 draw(seed);
    const random_log log(draw, 60);
    const auto source_disk = forgetful_env::make();
    const auto source = opened(*source_disk);
    auto disk = forgetful_env::make();
    auto store = opened(*disk);

    const auto older = draw() % 30;
    const auto newer = older + 1 + draw() % 20;
    log.apply_until(*store, older);
    log.apply_until(*source, newer);
    // Several transfers may begin and end nowhere before the log is there again.
    for (auto attempts = 1 + draw() % 3; attempts > 0; --attempts) {
      const auto all = chunks(*source, 1 + draw() % 4000);
      const auto taken = draw() % all.size();
      for (std::size_t i = 0; i < taken; ++i) store->take(all[i]);
      if (draw() % 2 == 0)
        come_back(store, disk, draw() % 2 == 0 ? disk->after_kill() : disk->after_crash(draw()));
      log.apply_until(*source, std::min<std::uint64_t>(source->applied(moved).index + 3, 60));
    }
    if (draw() % 2 == 0)
      log.apply_until(*store, 60);
    else
      for (const auto& chunk : chunks(*source, 500)) store->take(chunk);
    log.apply_until(*store, 60);
    log.apply_until(*source, 60);
    CHECK(store->applied(moved).index == 60);
    CHECK(store->applied(moved).term == 6);
    CHECK(store->applied(moved).mixed_until == 0);
    CHECK(store->members(moved) == "members of 56");
    CHECK(contents(*store, moved) == contents(*source, moved));
  }
}
