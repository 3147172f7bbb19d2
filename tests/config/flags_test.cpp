#include <CLI/CLI.hpp>
#include <catch2/catch.hpp>
#include <iostream>
#include <sstream>

#include "config/load.hpp"

using namespace resalehub;

namespace {

/// Parses and loads; the exit code, or -1 to go on.
int run(options& all, std::vector<const char*> words) {
  words.insert(words.begin(), "resalehub");
  CLI::App app;
  flags given;
  add_flags(app, all, given);
  std::ostringstream said;
  auto* const kept_error = std::cerr.rdbuf(said.rdbuf());
  auto* const kept_out = std::cout.rdbuf(said.rdbuf());
  const auto code = parse_flags(app, static_cast<int>(words.size()), words.data());
  std::cerr.rdbuf(kept_error);
  std::cout.rdbuf(kept_out);
  if (code) return *code;
  const auto why = load(all, given, nullptr);
  INFO(why.value_or("ok"));
  return why ? exit_misused : -1;
}

}  // namespace

TEST_CASE("a flag that nobody knows, or without its value, ends the program with 2") {
  options all;
  CHECK(run(all, {"--http.prot", "1"}) == 2);
  CHECK(run(all, {"--http.port"}) == 2);
  CHECK(run(all, {"stray"}) == 2);
  CHECK(run(all, {"--http.port", "70000"}) == 2);
}

TEST_CASE("an endpoint of a wrong shape ends the program with 2") {
  options all;
  for (const auto* text : {"8080", "127.0.0.1:", "::1:8080", "127.0.0.1:x", "127.0.0.1:70000"}) {
    INFO(text);
    CHECK(run(all, {"--http", text}) == 2);
  }
}

TEST_CASE("help ends the program with 0") {
  options all;
  CHECK(run(all, {"--help"}) == 0);
}

TEST_CASE("flags and their short forms set options") {
  options all;
  CHECK(run(all, {"--http", "0.0.0.0:0", "--admin=[::1]:9081", "--data-dir", "/tmp/x",
                  "--cluster.partitions", "8", "--log.requests=false"}) == -1);
  CHECK(*all.http_address == "0.0.0.0");
  CHECK(*all.http_port == 0);
  CHECK(*all.admin_address == "::1");
  CHECK(*all.admin_port == 9081);
  CHECK(*all.data_dir == "/tmp/x");
  CHECK(*all.cluster_partitions == 8);
  CHECK_FALSE(*all.log_requests);
}
