#include <rocksdb/env.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "storage/applier.hpp"
#include "storage/log_writer.hpp"
#include "tests/storage/store_samples.hpp"

// The disk whose background work is driven by hand.

using namespace resalehub;
using namespace resalehub::samples;

namespace {

constexpr auto driven = forgetful_env::background::driven;

store_options quiet(forgetful_env& disk, std::string directory) {
  auto options = on(disk, std::move(directory));
  options.opening_threads = 1;
  return options;
}

/// Both stores of a node over a driven disk.
struct driven_stores {
  explicit driven_stores(forgetful_env& on)
      : disk(on),
        log(std::move(log_store::open(quiet(on, "/log"))).value()),
        state(std::move(state_store::open(quiet(on, "/state"))).value()) {
    disk.run_background();
  }
  void append(log_append append) {
    const log_append appends[] = {std::move(append)};
    log->append(appends);
    disk.run_background();
  }
  void apply(applied_entries entries) {
    const applied_entries round[] = {std::move(entries)};
    state->apply(round);
    disk.run_background();
  }

  forgetful_env& disk;
  std::unique_ptr<log_store> log;
  std::unique_ptr<state_store> state;
};

std::size_t tables(forgetful_env& disk, const char* directory) {
  std::vector<std::string> names;
  REQUIRE(disk.env()->GetChildren(directory, &names).ok());
  return std::count_if(names.begin(), names.end(),
                       [](const auto& name) { return name.ends_with(".sst"); });
}

/// Writes, flushes, compactions, crashes, a transfer and a drop; the disk's hashes on the way.
std::string scripted_hashes() {
  std::mt19937_64 draw(7);
  std::string hashes;
  std::size_t tables_seen = 0;
  auto disk = forgetful_env::make(driven);
  std::uint64_t index = 0;
  for (int life = 0; life < 3; ++life) {
    disk->set_time(1'700'000'000'000'000 + static_cast<std::uint64_t>(life) * 1'000'000);
    driven_stores stores(*disk);
    for (int i = 0; i < 700; ++i) {
      ++index;
      const auto list = shared(random_writes(draw, 1).take());
      stores.append(entries(1, index, {{.index = index, .term = 1, .data = list}}));
      stores.apply({1, index, 1, {list}, {}});
      if (i % 200 == 199) {
        stores.state->sync();
        stores.append(cut(1, index - 50, 1));
      }
    }
    const auto other = forgetful_env::make(driven);
    driven_stores receiver(*other);
    auto stream = stores.state->transfer(1);
    for (bool last = false; !last;) {
      const auto chunk = stream->next(3000);
      receiver.state->take(chunk);
      other->run_background();
      last = chunk.last != 0;
    }
    stream.reset();
    receiver.state->drop(1);
    hashes += std::to_string(disk->hash()) + " " + std::to_string(other->hash()) + "\n";
    tables_seen += tables(*disk, "/state") + tables(*disk, "/log");
    stores.state->sync();
    auto next = disk->after_crash(draw());
    stores.state.reset();
    stores.log.reset();
    receiver.state.reset();
    receiver.log.reset();
    disk = std::move(next);
  }
  CHECK(tables_seen > 10);
  return hashes;
}

std::string said_by_another_process() {
  int out[2];
  REQUIRE(::pipe(out) == 0);
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::dup2(out[1], STDOUT_FILENO);
    ::execl("/proc/self/exe", "storage_test", "hidden: scripted hashes", nullptr);
    ::_exit(127);
  }
  ::close(out[1]);
  std::string said;
  char part[512];
  for (ssize_t size; (size = ::read(out[0], part, sizeof part)) > 0;) said.append(part, size);
  ::close(out[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return said;
}

}  // namespace

TEST_CASE("hidden: scripted hashes", "[.]") { std::printf("%s", scripted_hashes().c_str()); }

TEST_CASE("the same calls leave the same bytes on a driven disk, in any process", "[driven]") {
  const auto hashes = scripted_hashes();
  CHECK(scripted_hashes() == hashes);
  CHECK(said_by_another_process().find(hashes) != std::string::npos);
}

TEST_CASE("stores on a driven disk close in peace while background work waits", "[driven]") {
  const auto disk = forgetful_env::make(driven);
  {
    const driven_stores stores(*disk);
    for (std::uint64_t index = 1; index <= 100; ++index) {
      const applied_entries round[] = {
          applied(1, index, put(family::rows, keys::partition_prefix(1), std::string(900, 'v')))};
      stores.state->apply(round);
    }
    CHECK(tables(*disk, "/state") == 0);
  }
  const driven_stores again(*disk);
  CHECK(again.state->applied(1).index == 100);
}

TEST_CASE("both stores on a driven disk open and close within milliseconds", "[driven]") {
  const auto disk = forgetful_env::make(driven);
  {
    driven_stores stores(*disk);
    std::mt19937_64 draw(3);
    for (std::uint64_t index = 1; index <= 500; ++index) {
      const auto list = shared(random_writes(draw, 1).take());
      stores.append(entries(1, index, {{.index = index, .term = 1, .data = list}}));
      stores.apply({1, index, 1, {list}, {}});
    }
  }
  constexpr int times = 20;
  const auto begin = std::clock();
  for (int i = 0; i < times; ++i) const driven_stores stores(*disk);
  const auto micros = (std::clock() - begin) * 1'000'000 / CLOCKS_PER_SEC / times;
  if (std::getenv("SAY_TIMES") != nullptr) WARN("open and close: " << micros << " us of work");
  CHECK(micros < 50'000);  // far above what it costs, for slow machines
}
