#include "config/load.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <set>

using namespace resalehub;

namespace {

const char* const file_name = "/tmp/resalehub_load_test.toml";

/// What load says of a file with this text, or "ok".
std::string loaded(options& all, const std::string& text) {
  std::ofstream{file_name} << text;
  const auto why = load(all, {.config_file = file_name, .given = {}}, nullptr);
  std::remove(file_name);
  return why.value_or("ok");
}
std::string loaded(const std::string& text) {
  options all;
  return loaded(all, text);
}

std::string with_environment(options& all, const char* entry) {
  const char* const environment[] = {"HOME=/root", entry, nullptr};
  return load(all, {}, environment).value_or("ok");
}

std::string with_flag(options& all, const std::string& name, const std::string& text) {
  return load(all, {.config_file = "", .given = {{name, text}}}, nullptr).value_or("ok");
}

}  // namespace

TEST_CASE("a key that is no option is refused, with its place") {
  CHECK(loaded("[http]\nport = 1\nprot = 2\n") ==
        "http.prot (file /tmp/resalehub_load_test.toml, line 3): there is no such option");
  options all;
  CHECK(with_environment(all, "RESALEHUB_HTTP_PROT=1") ==
        "RESALEHUB_HTTP_PROT (environment): there is no such option");
  CHECK(with_flag(all, "http.prot", "1") == "http.prot (flag): there is no such option");
}

TEST_CASE("a value out of bounds is refused, with key, source and bounds") {
  CHECK(loaded("http.port = 65536") ==
        "http.port (file /tmp/resalehub_load_test.toml, line 1): 65536 is not within 0 to 65535");
  options all;
  CHECK(with_environment(all, "RESALEHUB_HTTP_PORT=-1") ==
        "http.port (environment RESALEHUB_HTTP_PORT): -1 is not within 0 to 65535");
  CHECK(with_flag(all, "checkout.hold_ms", "99") ==
        "checkout.hold_ms (flag --checkout.hold_ms): 99 is not within 100 to 86400000");
  CHECK(with_flag(all, "log.level", "loud") ==
        "log.level (flag --log.level): \"loud\" is not one of debug, info, warning, error, off");
  CHECK(with_flag(all, "http.port", "99999999999999999999") ==
        "http.port (flag --http.port): 99999999999999999999 is not within 0 to 65535");
  CHECK(*all.http_port == 8080);
  CHECK(all.http_port.source() == "default");
}

TEST_CASE("a value of a wrong type is refused") {
  options all;
  for (const auto* text : {"", "x", "1.5", "1 ", "0x10", "+1", "1s", "1KiB"}) {
    INFO(text);
    CHECK(with_flag(all, "http.port", text) != "ok");
  }
  CHECK(with_flag(all, "log.requests", "yes") ==
        "log.requests (flag --log.requests): \"yes\" is neither true nor false");
  CHECK(loaded("http.port = 1.5").find("neither a number") != std::string::npos);
  CHECK(loaded("http.names = [1]").find("a list holds words") != std::string::npos);
  CHECK(loaded("http = 1") != "ok");
}

TEST_CASE("a file that is no TOML or not there is refused") {
  CHECK(loaded("http.port = ").starts_with("file /tmp/resalehub_load_test.toml, line 1: "));
  CHECK(loaded("http.port = 1\nhttp.port = 2\n") != "ok");
  options all;
  const auto why = load(all, {.config_file = "/nowhere/x.toml", .given = {}}, nullptr);
  REQUIRE(why);
  CHECK(why->find("/nowhere/x.toml") != std::string::npos);
}

TEST_CASE("flags win over the environment, and that over the file") {
  options all;
  std::ofstream{file_name} << "http.port = 1\nadmin.port = 2\ncluster.partitions = 3\n";
  const char* const environment[] = {"RESALEHUB_HTTP_PORT=4", "RESALEHUB_ADMIN_PORT=5",
                                     "RESALEHUB_CONFIG=/tmp/resalehub_load_test.toml", nullptr};
  CHECK_FALSE(load(all, {.config_file = "", .given = {{"http.port", "6"}}}, environment));
  std::remove(file_name);
  CHECK(*all.http_port == 6);
  CHECK(*all.admin_port == 5);
  CHECK(*all.cluster_partitions == 3);
  CHECK(all.http_port.source() == "flag --http.port");
  CHECK(all.admin_port.source() == "environment RESALEHUB_ADMIN_PORT");
  CHECK(all.cluster_partitions.source() == "file /tmp/resalehub_load_test.toml, line 3");
}

TEST_CASE("every type is read") {
  options all;
  CHECK(loaded(all, "data_dir = 'x'\n[http]\nnames = ['a', 'b']\n[log]\nrequests = false\n"
                    "[limits]\nidle_ms = '30s'\nbody_bytes = '2MiB'\nheader_ms = 20\n") == "ok");
  CHECK(*all.data_dir == "x");
  CHECK(*all.http_names == std::vector<std::string>{"a", "b"});
  CHECK_FALSE(*all.log_requests);
  CHECK(*all.limits_idle_ms == milliseconds{30'000});
  CHECK(*all.limits_body_bytes == 2 * 1024 * 1024);
  CHECK(*all.limits_header_ms == milliseconds{20});
  CHECK(with_environment(all, "RESALEHUB_HTTP_NAMES=c, d,,") == "ok");
  CHECK(*all.http_names == std::vector<std::string>{"c", "d"});
  CHECK(with_environment(all, "RESALEHUB_HTTP_NAMES") == "ok");
  CHECK(all.http_names->empty());
}

TEST_CASE("every option is within its own bounds, and its names are its own") {
  options all;
  std::set<std::string> names;
  for (auto* one : all.all) {
    INFO(one->name());
    CHECK_FALSE(one->set(one->text(), "test"));
    CHECK(names.insert(one->environment_name()).second);
    CHECK_FALSE(one->sentence().empty());
  }
  CHECK(names.size() > 60);
}
