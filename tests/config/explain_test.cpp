#include "config/explain.hpp"

#include <catch2/catch.hpp>

#include "base/json.hpp"

using namespace resalehub;

TEST_CASE("every option is explained with its value, source and bounds, in columns") {
  options all;
  CHECK_FALSE(all.http_port.set("81", "flag --http.port"));
  const auto text = explain(all);
  std::size_t lines = 0;
  for (const char c : text) lines += c == '\n';
  CHECK(lines == all.all.size());
  const auto port = text.find("\nhttp.port ");
  REQUIRE(port != std::string::npos);
  const auto line = text.substr(port + 1, text.find('\n', port + 1) - port - 1);
  CHECK(line.find(" 81 ") != std::string::npos);
  CHECK(line.find(" flag --http.port ") != std::string::npos);
  CHECK(line.ends_with("[0 to 65535]"));
  const auto column = text.find("flag --http.port") - (port + 1);
  const auto admin = text.find("\nadmin.port ");
  CHECK(text.substr(admin + 1 + column, 7) == "default");
}

TEST_CASE("programs are told the same as JSON") {
  options all;
  const auto rows = from_json<std::vector<std::map<std::string, raw_json>>>(explain_json(all));
  REQUIRE(rows);
  CHECK(rows->size() == all.all.size());
  CHECK(rows->front().at("name").text == "\"data_dir\"");
  CHECK(rows->front().at("value").text == "\"./data\"");
  for (const auto& row : *rows)
    if (row.at("name").text == "\"http.names\"") CHECK(row.at("value").text == "[]");
}
