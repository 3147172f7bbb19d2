#include "storage/log_store.hpp"

#include <rocksdb/db.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/storage/store_samples.hpp"

using namespace resalehub;
using namespace resalehub::samples;

namespace {

std::unique_ptr<log_store> opened(forgetful_env& disk) {
  auto store = log_store::open(on(disk, "/log"));
  if (!store) FAIL(store.problem().detail);
  return std::move(store).value();
}

void append(log_store& store, log_append append) {
  const log_append appends[] = {std::move(append)};
  store.append(appends);
}

log_append hard(group_number group, hard_state state) {
  log_append append;
  append.group = group;
  append.ready = 1;
  append.hard = state;
  return append;
}

log_append reset(group_number group, log_reset to) {
  log_append append;
  append.group = group;
  append.ready = 1;
  append.reset = to;
  return append;
}

std::string text_of(const stored_log& log) {
  std::string text = std::to_string(log.cut_index) + "@" + std::to_string(log.cut_term) + ":";
  for (const auto& entry : log.entries)
    text += " " + std::to_string(entry.index) + "@" + std::to_string(entry.term) + "=" +
            *entry.data;
  return text;
}

/// Takes an entry out of a closed log, as damage would.
void lose_entry(forgetful_env& disk, group_number group, std::uint64_t index) {
  rocksdb::Options options;
  options.env = disk.env();
  rocksdb::DB* database = nullptr;
  REQUIRE(rocksdb::DB::Open(options, "/log", &database).ok());
  const std::unique_ptr<rocksdb::DB> closing(database);
  auto key = keys::partition_prefix(group) + "e" + std::string(7, '\0');
  key.push_back(static_cast<char>(index));
  std::string value;
  REQUIRE(database->Get({}, key, &value).ok());
  REQUIRE(database->Delete({}, key).ok());
}

}  // namespace

TEST_CASE("a log with a hole is refused with the missing entry", "[log_store]") {
  const auto disk = forgetful_env::make();
  append(*opened(*disk), entries(3, 1, {entry(1, 1, "a"), entry(2, 1, "b"), entry(3, 1, "c")}));
  lose_entry(*disk, 3, 2);
  const auto store = log_store::open(on(*disk, "/log"));
  REQUIRE_FALSE(store.ok());
  CHECK(store.problem().detail ==
        "The log of group 3 is damaged: entry 2 is missing before entry 3.");
}

TEST_CASE("a log that ends before its committed entry is refused", "[log_store]") {
  const auto disk = forgetful_env::make();
  auto whole = entries(3, 1, {entry(1, 1, "a"), entry(2, 1, "b")});
  whole.hard = hard_state{1, 1, 2};
  append(*opened(*disk), whole);
  lose_entry(*disk, 3, 2);
  const auto store = log_store::open(on(*disk, "/log"));
  REQUIRE_FALSE(store.ok());
  CHECK(store.problem().detail ==
        "The log of group 3 is damaged: entry 2 is committed and the last one is 1.");
}

namespace {

/// What a process leaves behind that dies while it writes its first bytes to a new file.
void tear_newest_file(forgetful_env& disk, std::size_t bytes) {
  std::vector<std::string> names;
  REQUIRE(disk.env()->GetChildren("/log", &names).ok());
  std::erase_if(names, [](const auto& name) { return !name.ends_with(".log"); });
  const auto path = "/log/" + *std::max_element(names.begin(), names.end());
  std::string written;
  REQUIRE(rocksdb::ReadFileToString(disk.env(), path, &written).ok());
  REQUIRE(written.size() > bytes);
  REQUIRE(rocksdb::WriteStringToFile(disk.env(), written.substr(0, bytes), path, true).ok());
}

}  // namespace

TEST_CASE("what is synced behind a torn first record is there after the next start",
          "[log_store]") {
  const std::size_t torn_bytes = GENERATE(3, 7, 12, 28);
  auto disk = forgetful_env::make();
  append(*opened(*disk), entries(3, 1, {entry(1, 1, "a")}));
  append(*opened(*disk), entries(3, 2, {entry(2, 1, "lost")}));
  tear_newest_file(*disk, torn_bytes);
  append(*opened(*disk), entries(3, 2, {entry(2, 2, "b")}));
  CHECK(text_of(opened(*disk)->load(3)) == "0@0: 1@1=a 2@2=b");
}

TEST_CASE("a log that is open already is refused as in use", "[log_store]") {
  const auto disk = forgetful_env::make();
  const auto first = opened(*disk);
  const auto second = log_store::open(on(*disk, "/log"));
  REQUIRE_FALSE(second.ok());
  CHECK(second.problem().detail.find("in use") != std::string::npos);
}

TEST_CASE("a group that nobody wrote is empty", "[log_store]") {
  const auto disk = forgetful_env::make();
  const auto found = opened(*disk)->load(9);
  CHECK(text_of(found) == "0@0:");
  CHECK(found.hard == hard_state{});
}

TEST_CASE("entries and hard state of several groups survive a loss of power", "[log_store]") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto disk = forgetful_env::make();
    const auto store = opened(*disk);
    auto first = entries(1, 1, {entry(1, 1, "a"), {.index = 2, .term = 2, .type = 7}});
    first.hard = hard_state{2, 1, 1};
    const log_append appends[] = {first, entries(0xffff, 1, {entry(1, 5, "z")}),
                                  entries(1, 2, {entry(3, 2, "c")})};
    store->append(appends);
    const auto next_disk = disk->after_crash(seed);
    const auto next = opened(*next_disk);
    CHECK(text_of(next->load(0xffff)) == "0@0: 1@5=z");
    const auto log = next->load(1);
    CHECK(text_of(log) == "0@0: 1@1=a 2@2= 3@2=c");
    CHECK(log.entries[1].type == 7);
    CHECK(log.hard == hard_state{2, 1, 1});
  }
}

TEST_CASE("entries replace all stored ones from the first one's index on", "[log_store]") {
  const auto disk = forgetful_env::make();
  {
    const auto store = opened(*disk);
    append(*store, entries(1, 1, {entry(1, 1, "a"), entry(2, 1, "b"), entry(3, 1, "c")}));
    append(*store, entries(2, 1, {entry(1, 1, "other")}));
    append(*store, entries(1, 2, {entry(2, 2, "B")}));
    CHECK(text_of(store->load(1)) == "0@0: 1@1=a 2@2=B");
  }
  const auto again = opened(*disk);
  CHECK(text_of(again->load(1)) == "0@0: 1@1=a 2@2=B");
  append(*again, entries(1, 3, {entry(1, 3, "A")}));
  CHECK(text_of(again->load(1)) == "0@0: 1@3=A");
  CHECK(text_of(again->load(2)) == "0@0: 1@1=other");
}

TEST_CASE("a cut erases up to its index and is remembered", "[log_store]") {
  const auto disk = forgetful_env::make();
  {
    const auto store = opened(*disk);
    append(*store, entries(1, 1, {entry(1, 1, "a"), entry(2, 1, "b"), entry(3, 2, "c")}));
    append(*store, cut(1, 2, 1));
    append(*store, cut(1, 1, 1));
    CHECK(text_of(store->load(1)) == "2@1: 3@2=c");
  }
  const auto again = opened(*disk);
  CHECK(text_of(again->load(1)) == "2@1: 3@2=c");
  append(*again, entries(1, 2, {entry(4, 2, "d")}));
  CHECK(text_of(again->load(1)) == "2@1: 3@2=c 4@2=d");
}

TEST_CASE("a cut beyond the last entry leaves an empty log that goes on behind it",
          "[log_store]") {
  const auto disk = forgetful_env::make();
  {
    const auto store = opened(*disk);
    append(*store, entries(1, 1, {entry(1, 1, "a")}));
    auto both = cut(1, 10, 4);
    both.entries = {entry(11, 5, "k")};
    append(*store, both);
  }
  CHECK(text_of(opened(*disk)->load(1)) == "10@4: 11@5=k");
}

TEST_CASE("only entries, terms and votes are worth a sync", "[log_store]") {
  const auto disk = forgetful_env::make();
  const auto store = opened(*disk);
  append(*store, entries(1, 1, {entry(1, 1, "a"), entry(2, 1, "b")}));
  const auto synced = disk->syncs();
  append(*store, cut(1, 1, 1));
  CHECK(disk->syncs() == synced);
  append(*store, hard(1, {1, 0, 0}));
  CHECK(disk->syncs() == synced + 1);
  append(*store, hard(1, {1, 0, 2}));
  CHECK(disk->syncs() == synced + 1);
  append(*store, hard(1, {1, 2, 2}));
  CHECK(disk->syncs() == synced + 2);
  const log_append many[] = {entries(1, 2, {entry(3, 1, "c")}), entries(2, 1, {entry(1, 1, "x")})};
  store->append(many);
  CHECK(disk->syncs() == synced + 3);
}

TEST_CASE("a log that was never begun anew has no member", "[log_store]") {
  const auto disk = forgetful_env::make();
  append(*opened(*disk), entries(1, 1, {entry(1, 1, "a")}));
  const auto found = opened(*disk)->load(1);
  CHECK(found.member == 0);
  CHECK(found.retired == 0);
}

TEST_CASE("a log begun anew goes on behind its cut and survives a loss of power at once",
          "[log_store]") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto disk = forgetful_env::make();
    const auto store = opened(*disk);
    auto old = entries(1, 1, {entry(1, 1, "a"), entry(2, 1, "b"), entry(3, 1, "c")});
    old.hard = hard_state{1, 1, 3};
    const log_append appends[] = {old, entries(2, 1, {entry(1, 1, "other")})};
    store->append(appends);
    const auto synced = disk->syncs();
    append(*store, reset(1, {.member = 7, .retired = 5, .cut_index = 2, .cut_term = 4,
                             .hard = {6, 0, 2}}));
    CHECK(disk->syncs() == synced + 1);
    const auto next_disk = disk->after_crash(seed);
    const auto next = opened(*next_disk);
    const auto found = next->load(1);
    CHECK(text_of(found) == "2@4:");
    CHECK(found.member == 7);
    CHECK(found.retired == 5);
    CHECK(found.hard == hard_state{6, 0, 2});
    append(*next, entries(1, 2, {entry(3, 6, "C")}));
    CHECK(text_of(next->load(1)) == "2@4: 3@6=C");
    CHECK(text_of(next->load(2)) == "0@0: 1@1=other");
  }
}

TEST_CASE("what is appended with a new beginning comes behind it", "[log_store]") {
  const auto disk = forgetful_env::make();
  {
    const auto store = opened(*disk);
    append(*store, entries(1, 1, {entry(1, 1, "a"), entry(2, 1, "b")}));
    auto anew = reset(1, {.member = 7, .cut_index = 10, .cut_term = 3, .hard = {3, 0, 12}});
    anew.entries = {entry(11, 3, "k"), entry(12, 3, "l")};
    anew.hard = hard_state{4, 7, 12};
    append(*store, anew);
    CHECK(text_of(store->load(1)) == "10@3: 11@3=k 12@3=l");
  }
  const auto found = opened(*disk)->load(1);
  CHECK(text_of(found) == "10@3: 11@3=k 12@3=l");
  CHECK(found.hard == hard_state{4, 7, 12});
}

TEST_CASE("a group that is gone is no damage, whatever was committed", "[log_store]") {
  const auto disk = forgetful_env::make();
  {
    const auto store = opened(*disk);
    auto old = entries(1, 1, {entry(1, 1, "a"), entry(2, 1, "b")});
    old.hard = hard_state{1, 1, 2};
    append(*store, old);
    append(*store, reset(1, {.member = 0, .retired = 9, .hard = {1, 1, 2}}));
  }
  const auto again = opened(*disk);
  const auto found = again->load(1);
  CHECK(text_of(found) == "0@0:");
  CHECK(found.member == 0);
  CHECK(found.retired == 9);
  append(*again, reset(1, {.member = 10, .retired = 9, .cut_index = 0}));
  append(*again, entries(1, 1, {entry(1, 2, "z")}));
  CHECK(text_of(again->load(1)) == "0@0: 1@2=z");
}

TEST_CASE("a log may be begun anew further back, and cut again", "[log_store]") {
  const auto disk = forgetful_env::make();
  const auto store = opened(*disk);
  append(*store, entries(1, 1, {entry(1, 1, "a"), entry(2, 1, "b"), entry(3, 1, "c")}));
  append(*store, cut(1, 3, 1));
  append(*store, reset(1, {.member = 7}));
  append(*store, entries(1, 2, {entry(1, 2, "A"), entry(2, 2, "B")}));
  append(*store, cut(1, 1, 2));
  CHECK(text_of(store->load(1)) == "1@2: 2@2=B");
}
