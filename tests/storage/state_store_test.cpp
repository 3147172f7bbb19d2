#include "storage/state_store.hpp"

#include <rocksdb/env.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "tests/storage/store_samples.hpp"

using namespace resalehub;
using namespace resalehub::samples;

namespace {

std::unique_ptr<state_store> opened(forgetful_env& disk) {
  auto store = state_store::open(on(disk, "/state"));
  REQUIRE(store.ok());
  return std::move(store).value();
}

void apply(state_store& store, applied_entries entries) {
  const applied_entries round[] = {std::move(entries)};
  store.apply(round);
}

/// Flushes wait while it lives: what the write-ahead files hold is nowhere else.
class flushes_held {
 public:
  explicit flushes_held(forgetful_env& disk) : env_(*disk.env()) { set(0); }
  ~flushes_held() { set(1); }

 private:
  void set(int threads) {
    env_.SetBackgroundThreads(threads, rocksdb::Env::HIGH);
    env_.SetBackgroundThreads(threads, rocksdb::Env::LOW);
  }
  rocksdb::Env& env_;
};

std::vector<std::string> write_ahead_files(forgetful_env& disk) {
  std::vector<std::string> all;
  REQUIRE(disk.env()->GetChildren("/state", &all).ok());
  std::erase_if(all, [](const std::string& name) { return !name.ends_with(".log"); });
  std::sort(all.begin(), all.end());
  return all;
}

/// Entry i puts row i: the rows there must be those up to the applied position.
void check_prefix(const state_store& store) {
  std::uint64_t index = 0;
  for (const auto& [key, value] : rows(store, {family::rows, "", ""}))
    CHECK(key == std::string(1, static_cast<char>(++index)));
  CHECK(store.applied(1).index == index);
}

write_list numbered_row(std::uint64_t index) {
  return put(family::rows, std::string(1, static_cast<char>(index)), std::string(9000, 'v'));
}

}  // namespace

TEST_CASE("a state that is open already is refused as in use", "[state_store]") {
  const auto disk = forgetful_env::make();
  const auto first = opened(*disk);
  const auto second = state_store::open(on(*disk, "/state"));
  REQUIRE_FALSE(second.ok());
  CHECK(second.problem().detail.find("in use") != std::string::npos);
}

TEST_CASE("what is not there is not found", "[state_store]") {
  const auto disk = forgetful_env::make();
  const auto store = opened(*disk);
  CHECK_FALSE(store->get(family::records, "k"));
  CHECK(rows(*store, {family::rows, "", ""}).empty());
  CHECK(store->applied(3).index == 0);
}

TEST_CASE("effects and applied position appear together, per family", "[state_store]") {
  const auto disk = forgetful_env::make();
  const auto store = opened(*disk);
  apply(*store, {5, 7, 2, {shared(put(family::records, "k", "v").take())}});
  CHECK(store->get(family::records, "k") == "v");
  CHECK_FALSE(store->get(family::events, "k"));
  CHECK(store->applied(5).index == 7);
  CHECK(store->applied(5).term == 2);
  CHECK(store->applied(4).index == 0);
}

TEST_CASE("a round takes the lists of several partitions in their order", "[state_store]") {
  const auto disk = forgetful_env::make();
  const auto store = opened(*disk);
  auto erased = put(family::rows, "b", "old");
  erased.erase_range(family::rows, "a", "c");
  erased.put(family::rows, "b", "new");
  const applied_entries round[] = {
      applied(1, 1, put(family::rows, "a", "1")), applied(2, 1, put(family::queue, "q", "2")),
      applied(1, 2, std::move(erased)), {3, 4, 9, {}}};
  store->apply(round);
  CHECK(rows(*store, {family::rows, "", ""}) == row_list{{"b", "new"}});
  CHECK(store->get(family::queue, "q") == "2");
  CHECK(store->applied(1).index == 2);
  CHECK(store->applied(2).index == 1);
  CHECK(store->applied(3).term == 9);
}

TEST_CASE("an erased row is gone", "[state_store]") {
  const auto disk = forgetful_env::make();
  const auto store = opened(*disk);
  apply(*store, applied(1, 1, put(family::requests, "k", "v")));
  write_list list;
  list.erase(family::requests, "k");
  apply(*store, applied(1, 2, std::move(list)));
  CHECK_FALSE(store->get(family::requests, "k"));
}

TEST_CASE("a scan keeps to its bounds in both directions and stops when told", "[state_store]") {
  const auto disk = forgetful_env::make();
  const auto store = opened(*disk);
  write_list list;
  for (const char* key : {"a", "b", "c", "d"}) list.put(family::rows, key, key);
  apply(*store, applied(1, 1, std::move(list)));
  using order = state_store::order;
  const auto keys_of = [&](std::string_view from, std::string_view to, order direction) {
    std::string found;
    for (const auto& [key, value] : rows(*store, {family::rows, from, to, direction})) found += key;
    return found;
  };
  CHECK(keys_of("b", "d", order::ascending) == "bc");
  CHECK(keys_of("b", "d", order::descending) == "cb");
  CHECK(keys_of("aa", "cc", order::ascending) == "bc");
  CHECK(keys_of("aa", "cc", order::descending) == "cb");
  CHECK(keys_of("b", "", order::ascending) == "bcd");
  CHECK(keys_of("b", "", order::descending) == "dcb");
  CHECK(keys_of("d", "b", order::ascending).empty());
  CHECK(keys_of("b", "b", order::descending).empty());
  CHECK(keys_of("e", "z", order::descending).empty());

  int seen = 0;
  store->scan({family::rows, "", ""}, [&](auto, auto) { return ++seen < 2; });
  CHECK(seen == 2);
}

TEST_CASE("a scan sees one moment, whatever is applied meanwhile", "[state_store]") {
  const auto disk = forgetful_env::make();
  const auto store = opened(*disk);
  apply(*store, applied(1, 1, put(family::rows, "a", "1")));
  row_list found;
  store->scan({family::rows, "", ""}, [&](auto key, auto value) {
    found.emplace_back(key, value);
    apply(*store, applied(1, 1 + found.size(), put(family::rows, "b", "2")));
    return true;
  });
  CHECK(found == row_list{{"a", "1"}});
}

TEST_CASE("what was synced is there after a loss of power, and its position says so",
          "[state_store]") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto disk = forgetful_env::make();
    const auto store = opened(*disk);
    apply(*store, applied(1, 1, put(family::records, "a", "1")));
    store->sync();
    apply(*store, applied(1, 2, put(family::records, "b", "2")));
    const auto next_disk = disk->after_crash(seed);
    const auto next = opened(*next_disk);
    CHECK(next->get(family::records, "a") == "1");
    REQUIRE((next->applied(1).index == 1 || next->applied(1).index == 2));
    CHECK(next->get(family::records, "b").has_value() == (next->applied(1).index == 2));
  }
}

TEST_CASE("a killed process loses nothing that was applied", "[state_store]") {
  const auto disk = forgetful_env::make();
  const auto store = opened(*disk);
  apply(*store, applied(1, 1, put(family::records, "a", "1")));
  const auto next_disk = disk->after_kill();
  const auto next = opened(*next_disk);
  CHECK(next->applied(1).index == 1);
  CHECK(next->get(family::records, "a") == "1");
}

TEST_CASE("positions are read whole while they are written", "[state_store]") {
  const auto disk = forgetful_env::make();
  const auto store = opened(*disk);
  std::atomic<bool> torn = false;
  std::atomic<std::uint64_t> seen = 0;
  constexpr std::uint64_t rounds = 5000;
  std::thread reader([&] {
    while (seen < rounds) {
      const auto position = store->applied(1);
      if (position.term != 3 * position.index || position.index < seen) torn = true;
      seen = position.index;
    }
  });
  for (std::uint64_t index = 1; index <= rounds; ++index) apply(*store, {1, index, 3 * index, {}});
  reader.join();
  CHECK_FALSE(torn);
}

TEST_CASE("the size on disk grows with what is applied", "[state_store]") {
  const auto disk = forgetful_env::make();
  const auto store = opened(*disk);
  std::uint64_t before = store->bytes_on_disk();
  for (std::uint64_t index = 1; index <= 3; ++index) {
    apply(*store, applied(1, index, put(family::records, std::to_string(index),
                                        std::string(1000, 'v'))));
    CHECK(store->bytes_on_disk() > before);
    before = store->bytes_on_disk();
  }
}

TEST_CASE("no write-ahead file begins before the one before it is synced", "[state_store]") {
  const auto disk = forgetful_env::make();
  const auto store = opened(*disk);
  const flushes_held held(*disk);
  std::uint64_t index = 0;
  while (write_ahead_files(*disk).size() < 2 && index < 100) {
    ++index;
    apply(*store, applied(1, index, numbered_row(index)));
  }
  REQUIRE(write_ahead_files(*disk).size() == 2);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto next_disk = disk->after_crash(seed);
    const auto next = opened(*next_disk);
    CHECK(next->applied(1).index >= index - 1);
    check_prefix(*next);
  }
}

TEST_CASE("nothing behind damage in a write-ahead file is taken for state", "[state_store]") {
  const auto disk = forgetful_env::make();
  const auto store = opened(*disk);
  for (std::uint64_t index = 1; index <= 6; ++index)
    apply(*store, applied(1, index, numbered_row(index)));
  const auto next_disk = disk->after_kill();
  const auto path = "/state/" + write_ahead_files(*next_disk).back();
  std::string bytes;
  REQUIRE(rocksdb::ReadFileToString(next_disk->env(), path, &bytes).ok());
  bytes[15'000] ^= 1;
  REQUIRE(rocksdb::WriteStringToFile(next_disk->env(), bytes, path, true).ok());
  const auto next = opened(*next_disk);
  CHECK(next->applied(1).index == 1);
  check_prefix(*next);
}
