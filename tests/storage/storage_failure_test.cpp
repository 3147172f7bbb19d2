#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <condition_variable>
#include <cstdio>
#include <mutex>

#include "storage/applier.hpp"
#include "storage/failure.hpp"
#include "storage/log_writer.hpp"
#include "tests/storage/store_samples.hpp"

using namespace resalehub;
using namespace resalehub::samples;

// A process of its own runs the hidden case and is expected to end in it. What it says on stdout is
// an acknowledgement.

namespace {

struct ended_process {
  int exit_code = -1;
  std::string said;
  std::string complained;
};

std::string read_all(int from) {
  std::string all;
  char part[512];
  for (ssize_t size; (size = ::read(from, part, sizeof part)) > 0;) all.append(part, size);
  ::close(from);
  return all;
}

ended_process run_hidden(const char* test_case) {
  int out[2];
  int complaints[2];
  REQUIRE(::pipe2(out, O_CLOEXEC) == 0);
  REQUIRE(::pipe2(complaints, O_CLOEXEC) == 0);
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::dup2(out[1], STDOUT_FILENO);
    ::dup2(complaints[1], STDERR_FILENO);
    ::execl("/proc/self/exe", "storage_test", test_case, nullptr);
    ::_exit(127);
  }
  ::close(out[1]);
  ::close(complaints[1]);
  ended_process ended;
  ended.said = read_all(out[0]);
  ended.complained = read_all(complaints[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  if (WIFEXITED(status)) ended.exit_code = WEXITSTATUS(status);
  return ended;
}

void acknowledge() {
  std::puts("acknowledged");
  std::fflush(stdout);
}

bool acknowledged(const ended_process& ended) {
  return ended.said.find("acknowledged") != std::string::npos;
}

enum class failure { none, sync, write };

void arm(forgetful_env& disk, failure which) {
  if (which == failure::sync) disk.fail_sync(1);
  if (which == failure::write) disk.fail_write(1);
}

void append_with(failure which) {
  const auto disk = forgetful_env::make();
  const auto store = std::move(log_store::open(on(*disk, "/log"))).value();
  arm(*disk, which);
  auto writer = make_log_writer(*store, [](auto) { acknowledge(); });
  writer->submit(entries(1, 1, {entry(1, 1, "a")}));
  writer.reset();
}

void apply_with(failure which) {
  const auto disk = forgetful_env::make();
  const auto store = std::move(state_store::open(on(*disk, "/state"))).value();
  arm(*disk, which);
  auto applier = make_applier(*store, 1u << 20, [](std::vector<applied_notice> said) {
    if (said[0].covered) acknowledge();
  });
  applier->submit(applied(1, 1, put(family::records, "k", "v")));
  applier.reset();
}

struct ended_node {
  std::string sentence;
};

/// While it lives, a failure ends a node and not the process, as in a simulator.
class nodes_end_alone {
 public:
  nodes_end_alone()
      : before_(storage_fails_by([](const auto& sentence) { throw ended_node{sentence}; })) {}
  ~nodes_end_alone() { storage_fails_by(std::move(before_)); }

 private:
  storage_failure_act before_;
};

std::string end_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const ended_node& ended) {
    return ended.sentence;
  }
  return "it went on";
}

}  // namespace

TEST_CASE("hidden: log without failure", "[.]") { append_with(failure::none); }
TEST_CASE("hidden: log with failing sync", "[.]") { append_with(failure::sync); }
TEST_CASE("hidden: log with failing write", "[.]") { append_with(failure::write); }
TEST_CASE("hidden: state without failure", "[.]") { apply_with(failure::none); }
TEST_CASE("hidden: state with failing sync", "[.]") { apply_with(failure::sync); }
TEST_CASE("hidden: state with failing write", "[.]") { apply_with(failure::write); }

TEST_CASE("a failing sync or write of the log ends the process before anybody hears of it",
          "[failure]") {
  for (const char* which : {"hidden: log with failing sync", "hidden: log with failing write"}) {
    const auto ended = run_hidden(which);
    CHECK(ended.exit_code == 74);
    CHECK_FALSE(acknowledged(ended));
    CHECK(ended.complained.find("writing the log failed") != std::string::npos);
  }
  const auto healthy = run_hidden("hidden: log without failure");
  CHECK(healthy.exit_code == 0);
  CHECK(acknowledged(healthy));
}

TEST_CASE("a failing sync or write of the state ends the process and covers nothing",
          "[failure]") {
  for (const char* which :
       {"hidden: state with failing sync", "hidden: state with failing write"}) {
    const auto ended = run_hidden(which);
    CHECK(ended.exit_code == 74);
    CHECK_FALSE(acknowledged(ended));
    CHECK(ended.complained.find("ing the state failed") != std::string::npos);
  }
  const auto healthy = run_hidden("hidden: state without failure");
  CHECK(healthy.exit_code == 0);
  CHECK(acknowledged(healthy));
}

TEST_CASE("an act that throws leaves the log's round before anybody hears of it", "[failure]") {
  const nodes_end_alone alone;
  for (const auto which : {failure::none, failure::sync, failure::write}) {
    const auto disk = forgetful_env::make();
    const auto store = std::move(log_store::open(on(*disk, "/log"))).value();
    int heard = 0;
    const auto writer = make_inline_log_writer(*store, [&](auto) { ++heard; });
    writer->submit(entries(1, 1, {entry(1, 1, "a")}));
    arm(*disk, which);
    const auto sentence = end_of([&] { writer->run_once(); });
    CHECK(heard == (which == failure::none ? 1 : 0));
    CHECK(sentence.starts_with(which == failure::none ? "it went on" : "writing the log failed"));
  }
}

TEST_CASE("an act that throws leaves the state's round before anybody hears of it", "[failure]") {
  const nodes_end_alone alone;
  const auto end_with = [](failure which, const std::function<void(applier&)>& submit) {
    const auto disk = forgetful_env::make();
    const auto store = std::move(state_store::open(on(*disk, "/state"))).value();
    const auto applier = make_inline_applier(*store, 1u << 20, [](auto) { FAIL("it was told"); });
    submit(*applier);
    arm(*disk, which);
    return end_of([&] { applier->run_once(); });
  };
  const auto entries = [](applier& to) { to.submit(applied(1, 1, {})); };
  const auto drop = [](applier& to) { to.drop(1); };
  const auto chunk = [](applier& to) {
    to.submit(transfer_chunk{.partition = 1,
                             .as_of = {5, 1},
                             .from = keys::partition_prefix(1),
                             .to = {},
                             .rows = {},
                             .members = {}});
  };
  CHECK(end_with(failure::write, entries).starts_with("writing the state failed"));
  CHECK(end_with(failure::write, chunk).starts_with("writing the state failed"));
  CHECK(end_with(failure::write, drop).starts_with("writing the state failed"));
  CHECK(end_with(failure::sync, drop).starts_with("syncing the state failed"));
}
