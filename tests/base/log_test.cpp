#include "base/log.hpp"

#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>

using namespace resalehub;

namespace {
std::string line(std::string_view event, log_fields fields) {
  std::string out;
  logging::append_line(out, event, fields);
  return out;
}
}  // namespace

TEST_CASE("what an attacker puts into a value stays in its value") {
  CHECK(line("request", {{"target", "a\"}\n{\"event\":\"x"}}) ==
        R"("event":"request","target":"a\"}\n{\"event\":\"x"})");
  CHECK(line("request", {{"agent", "\x1B[2J\x7F"}}) ==
        "\"event\":\"request\",\"agent\":\"\\u001b[2J\xEF\xBF\xBD\"}");
  CHECK(line("request", {{"agent", "\xFF\xC3"}}) ==
        "\"event\":\"request\",\"agent\":\"\xEF\xBF\xBD\xEF\xBF\xBD\"}");
}

TEST_CASE("a long value is cut") {
  const auto cut = line("request", {{"target", std::string(100'000, 'a')}});
  CHECK(cut.size() < logging::value_bytes_max + 50);
  CHECK(cut.ends_with("a...\"}"));
}

TEST_CASE("a word that is no level is refused") {
  auto level = log_level::info;
  CHECK_FALSE(log_level_from_text("verbose", level));
  CHECK(log_level_from_text("warning", level));
  CHECK(level == log_level::warning);
}

TEST_CASE("nothing is logged below the least level or before the log is open") {
  CHECK_FALSE(logs(log_level::error));
  const std::string file = "/tmp/resalehub_log_test.jsonl";
  std::remove(file.c_str());
  REQUIRE(open_log({log_level::warning, file}));
  log_event(log_level::info, "quiet");
  log_event(log_level::error, "loud", {{"status", 500}, {"route", std::string{"/v1/me"}}});
  close_log();
  CHECK_FALSE(logs(log_level::error));
  std::ifstream in{file};
  std::string first;
  std::string second;
  REQUIRE(std::getline(in, first));
  CHECK_FALSE(std::getline(in, second));
  CHECK(first.starts_with("{\"time\":\"20"));
  CHECK(first.ends_with(
      R"(Z","level":"error","event":"loud","status":500,"route":"/v1/me"})"));
  std::remove(file.c_str());
}

TEST_CASE("a log that cannot be written is refused at start") {
  CHECK_FALSE(open_log({log_level::info, "/proc/nowhere/log"}));
}
