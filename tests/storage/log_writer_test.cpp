#include "storage/log_writer.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <thread>

#include "tests/storage/store_samples.hpp"

using namespace resalehub;
using namespace resalehub::samples;

namespace {

std::unique_ptr<log_store> opened(forgetful_env& disk) {
  return std::move(log_store::open(on(disk, "/log"))).value();
}

}  // namespace

TEST_CASE("an inline writer that ends writes nothing of what is queued", "[log_writer]") {
  const auto disk = forgetful_env::make();
  const auto store = opened(*disk);
  int calls = 0;
  auto writer = make_inline_log_writer(*store, [&](auto) { ++calls; });
  writer->submit(entries(1, 1, {entry(1, 1, "a")}));
  writer.reset();
  CHECK(calls == 0);
  CHECK(store->load(1).entries.empty());
}

TEST_CASE("an inline writer takes all that is queued into one sync and one call", "[log_writer]") {
  const auto disk = forgetful_env::make();
  const auto store = opened(*disk);
  std::vector<std::vector<durable_append>> calls;
  const auto writer = make_inline_log_writer(
      *store, [&](std::vector<durable_append> reached) { calls.push_back(std::move(reached)); });
  CHECK_FALSE(writer->run_once());
  writer->submit(entries(1, 1, {entry(1, 1, "a")}));
  writer->submit(entries(2, 1, {entry(1, 1, "b")}));
  writer->submit(entries(1, 2, {entry(2, 1, "cc")}));
  writer->submit(cut(1, 1, 1));
  CHECK(calls.empty());
  const auto synced = disk->syncs();
  CHECK(writer->run_once());
  CHECK(disk->syncs() == synced + 1);
  CHECK(writer->idle());
  CHECK_FALSE(writer->run_once());
  REQUIRE(calls.size() == 1);
  REQUIRE(calls[0].size() == 3);
  CHECK((calls[0][0].group == 1 && calls[0][0].ready == 1));
  CHECK((calls[0][1].group == 2 && calls[0][1].ready == 1));
  CHECK((calls[0][2].group == 1 && calls[0][2].ready == 2));
  const auto figures = writer->figures();
  CHECK(figures.syncs == 1);
  CHECK(figures.appends == 4);
  CHECK(figures.entries == 3);
  CHECK(figures.bytes == 4);
}

TEST_CASE("a cut alone is written and calls nobody", "[log_writer]") {
  const auto disk = forgetful_env::make();
  const auto store = opened(*disk);
  int calls = 0;
  const auto writer = make_inline_log_writer(*store, [&](auto) { ++calls; });
  writer->submit(entries(1, 1, {entry(1, 1, "a")}));
  writer->run_once();
  writer->submit(cut(1, 1, 1));
  CHECK(writer->run_once());
  CHECK(calls == 1);
  CHECK(store->load(1).cut_index == 1);
}

TEST_CASE("a callback of an inline writer may submit the next append", "[log_writer]") {
  const auto disk = forgetful_env::make();
  const auto store = opened(*disk);
  std::unique_ptr<inline_log_writer> writer;
  writer = make_inline_log_writer(*store, [&](std::vector<durable_append> reached) {
    if (reached[0].ready == 1) writer->submit(entries(1, 2, {entry(2, 1, "b")}));
  });
  writer->submit(entries(1, 1, {entry(1, 1, "a")}));
  CHECK(writer->run_once());
  CHECK_FALSE(writer->idle());
  CHECK(writer->run_once());
  CHECK(store->load(1).entries.size() == 2);
}

TEST_CASE("many threads' appends are durable once each and in the order of their group",
          "[log_writer]") {
  constexpr int groups = 4;
  constexpr std::uint64_t each = 300;
  const auto disk = forgetful_env::make();
  const auto store = opened(*disk);
  std::map<group_number, std::uint64_t> last;
  bool in_order = true;
  auto writer = make_log_writer(*store, [&](std::vector<durable_append> reached) {
    for (const auto& append : reached) in_order &= append.ready == ++last[append.group];
  });
  std::vector<std::thread> submitters;
  for (group_number group = 0; group < groups; ++group)
    submitters.emplace_back([&, group] {
      for (std::uint64_t i = 1; i <= each; ++i)
        writer->submit(entries(group, i, {entry(i, 1, "x")}));
    });
  for (auto& submitter : submitters) submitter.join();
  writer.reset();
  CHECK(in_order);
  for (group_number group = 0; group < groups; ++group) {
    CHECK(last[group] == each);
    CHECK(store->load(group).entries.size() == each);
  }
}
