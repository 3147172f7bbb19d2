#include "storage/applier.hpp"

#include <catch2/catch.hpp>
#include <mutex>

#include "tests/storage/store_samples.hpp"

using namespace resalehub;
using namespace resalehub::samples;

namespace {

std::unique_ptr<state_store> opened(forgetful_env& disk) {
  return std::move(state_store::open(on(disk, "/state"))).value();
}

applied_entries step(keys::partition_number partition, std::uint64_t index) {
  return applied(partition, index, put(family::records, std::to_string(index), "value"));
}

std::string text_of(const std::vector<applied_notice>& notices) {
  std::string text;
  for (const auto& notice : notices)
    text += std::to_string(notice.partition) + ":" + std::to_string(notice.index) +
            (notice.covered ? "+ " : " ");
  return text;
}

}  // namespace

TEST_CASE("an inline applier that ends applies and syncs nothing", "[applier]") {
  const auto disk = forgetful_env::make();
  const auto store = opened(*disk);
  auto applier = make_inline_applier(*store, 1u << 20, [](auto) {});
  applier->submit(step(1, 1));
  CHECK(applier->run_once());
  applier->submit(step(1, 2));
  const auto synced = disk->syncs();
  applier.reset();
  CHECK(disk->syncs() == synced);
  CHECK(store->applied(1).index == 1);
}

TEST_CASE("a round says once per partition up to where it applied", "[applier]") {
  const auto disk = forgetful_env::make();
  const auto store = opened(*disk);
  std::vector<std::string> calls;
  const auto applier = make_inline_applier(
      *store, 1u << 20, [&](std::vector<applied_notice> said) { calls.push_back(text_of(said)); });
  CHECK_FALSE(applier->run_once());
  applier->submit(step(2, 1));
  applier->submit(step(1, 1));
  applier->submit(step(1, 2));
  CHECK(applier->run_once());
  CHECK_FALSE(applier->run_once());
  CHECK(calls == std::vector<std::string>{"1:2 2:1 "});
  CHECK(store->applied(1).index == 2);
}

TEST_CASE("a sync comes after so many bytes and covers all since the sync before", "[applier]") {
  const auto disk = forgetful_env::make();
  const auto store = opened(*disk);
  std::vector<std::string> calls;
  const auto size = step(1, 1).lists[0]->size();
  const auto applier = make_inline_applier(
      *store, 3 * size, [&](std::vector<applied_notice> said) { calls.push_back(text_of(said)); });
  const auto run = [&](applied_entries entries) {
    applier->submit(std::move(entries));
    applier->run_once();
  };
  const auto synced = disk->syncs();
  run(step(1, 1));
  run(step(2, 1));
  CHECK(disk->syncs() == synced);
  run(step(1, 2));
  CHECK(disk->syncs() > synced);
  run(step(3, 1));
  CHECK(calls ==
        std::vector<std::string>{"1:1 ", "2:1 ", "1:2 ", "1:2+ 2:1+ ", "3:1 "});
}

TEST_CASE("a wished sync covers what was submitted before it, and nothing is nothing",
          "[applier]") {
  const auto disk = forgetful_env::make();
  const auto store = opened(*disk);
  std::vector<std::string> calls;
  const auto applier = make_inline_applier(
      *store, 1u << 20, [&](std::vector<applied_notice> said) { calls.push_back(text_of(said)); });
  applier->sync_now();
  CHECK(applier->run_once());
  CHECK(calls.empty());
  applier->submit(step(1, 1));
  applier->sync_now();
  applier->run_once();
  CHECK(calls == std::vector<std::string>{"1:1 ", "1:1+ "});
}

namespace {

/// Chunks of one row or none each, of a partition with two rows as of entry 9.
std::vector<transfer_chunk> chunks_of_nine() {
  const auto disk = forgetful_env::make();
  const auto source = opened(*disk);
  write_list list;
  list.put(family::records, keys::partition_prefix(1) + "a", "1");
  list.put(family::records, keys::partition_prefix(1) + "b", "2");
  const applied_entries round[] = {applied(1, 9, std::move(list))};
  source->apply(round);
  std::vector<transfer_chunk> chunks;
  const auto stream = source->transfer(1);
  do chunks.push_back(stream->next(1));
  while (chunks.back().last == 0);
  return chunks;
}

std::string whole_text_of(const std::vector<applied_notice>& notices) {
  std::string text;
  for (const auto& notice : notices)
    text += std::to_string(notice.partition) + ":" + std::to_string(notice.index) + "/" +
            std::to_string(notice.mixed_until) + "x" + std::to_string(notice.chunks) +
            (notice.covered ? "+ " : " ");
  return text;
}

}  // namespace

TEST_CASE("a transfer's chunks come with their rounds, the last one with a sync", "[applier]") {
  const auto chunks = chunks_of_nine();
  REQUIRE(chunks.size() == 6);
  const auto disk = forgetful_env::make();
  const auto store = opened(*disk);
  std::vector<std::string> calls;
  const auto applier = make_inline_applier(*store, 1u << 20, [&](const auto& said) {
    calls.push_back(whole_text_of(said));
    if (said[0].covered) CHECK(disk->unsynced_bytes() == 0);
  });
  applier->submit(step(1, 3));
  applier->submit(chunks[0]);
  applier->submit(chunks[1]);
  applier->submit(step(2, 1));
  applier->run_once();
  for (std::size_t i = 2; i < chunks.size(); ++i) applier->submit(chunks[i]);
  applier->submit(step(1, 10));
  applier->run_once();
  CHECK(calls == std::vector<std::string>{"1:3/9x2 2:1/0x0 ", "1:3/9x3 ", "1:9/0x1+ 2:1/0x0+ ",
                                          "1:10/0x0 "});
}

TEST_CASE("a dropped partition is told as empty and covered before what follows", "[applier]") {
  const auto disk = forgetful_env::make();
  const auto store = opened(*disk);
  std::vector<std::string> calls;
  const auto applier = make_inline_applier(*store, 1u << 20, [&](const auto& said) {
    calls.push_back(whole_text_of(said));
  });
  applier->submit(step(1, 3));
  applier->drop(1);
  applier->submit(step(1, 2));
  applier->run_once();
  CHECK(calls == std::vector<std::string>{"1:3/0x0 ", "1:0/0x0+ ", "1:2/0x0 "});
  const auto next_disk = disk->after_crash(1);
  CHECK(opened(*next_disk)->applied(1).index != 3);
}

TEST_CASE("a threaded applier takes chunks and drops in their order", "[applier]") {
  const auto chunks = chunks_of_nine();
  const auto disk = forgetful_env::make();
  const auto store = opened(*disk);
  std::uint32_t taken = 0;
  auto applier = make_applier(*store, 1u << 20, [&](const auto& said) {
    for (const auto& notice : said) taken += notice.chunks;
  });
  applier->submit(step(1, 3));
  applier->drop(1);
  for (const auto& chunk : chunks) applier->submit(chunk);
  applier->submit(step(1, 10));
  applier.reset();
  CHECK(taken == chunks.size());
  CHECK(store->applied(1).index == 10);
  CHECK(store->get(family::records, keys::partition_prefix(1) + "b") == "2");
}

TEST_CASE("a threaded applier applies all, syncs at its end and says so", "[applier]") {
  const auto disk = forgetful_env::make();
  const auto store = opened(*disk);
  std::uint64_t applied_to = 0;
  std::uint64_t covered_to = 0;
  auto applier = make_applier(*store, 1u << 20, [&](std::vector<applied_notice> said) {
    for (const auto& notice : said) (notice.covered ? covered_to : applied_to) = notice.index;
  });
  for (std::uint64_t index = 1; index <= 200; ++index) applier->submit(step(1, index));
  applier.reset();
  CHECK(applied_to == 200);
  CHECK(covered_to == 200);
  const auto next_disk = disk->after_crash(1);
  CHECK(opened(*next_disk)->applied(1).index == 200);
}
