#include "base/schema.hpp"

#include <catch2/catch.hpp>

using namespace resalehub;

namespace resalehub::toy {
enum class condition { new_, good };
BOOST_DESCRIBE_ENUM(condition, new_, good)

struct line {
  id<kind_prefix{"lst"}.packed> listing_id;
  std::optional<whole<1, 99>> quantity;
};
RESALEHUB_DESCRIBE(line, listing_id, quantity)

struct order_body {
  text<1, 80> title;
  resalehub::price price;
  std::vector<line> lines;
  std::optional<toy::condition> condition;
};
RESALEHUB_DESCRIBE(order_body, title, price, lines, condition)
}  // namespace resalehub::toy

TEST_CASE("a request's schema has its bounds and allows nothing else") {
  schema_book book;
  CHECK(book.of<toy::order_body>(schema_use::request) ==
        R"({"$ref":"#/components/schemas/toy_order_body_request"})");
  CHECK(book.components().at("toy_order_body_request") ==
        R"({"type":"object","properties":{)"
        R"("title":{"type":"string","minLength":1,"maxLength":80},)"
        R"("price":{"$ref":"#/components/schemas/price"},)"
        R"("lines":{"type":"array","items":{"$ref":"#/components/schemas/toy_line_request"}},)"
        R"("condition":{"anyOf":[{"type":"string","enum":["new","good"]},{"type":"null"}]}},)"
        R"("required":["title","price","lines"],"additionalProperties":false})");
  CHECK(book.components().at("toy_line_request") ==
        R"({"type":"object","properties":{)"
        R"("listing_id":{"type":"string",)"
        R"("pattern":"^lst_[0-9A-HJKMNP-TV-Z]{3}[0-7][0-9A-HJKMNP-TV-Z]{25}$"},)"
        R"("quantity":{"anyOf":[{"type":"integer","minimum":1,"maximum":99},{"type":"null"}]}},)"
        R"("required":["listing_id"],"additionalProperties":false})");
}

TEST_CASE("an answer's schema requires every field and allows others") {
  schema_book book;
  CHECK(book.of<toy::line>(schema_use::answer) == R"({"$ref":"#/components/schemas/toy_line"})");
  const auto& schema = book.components().at("toy_line");
  CHECK(schema.ends_with(R"("required":["listing_id","quantity"]})"));
}

TEST_CASE("the components are one JSON object") {
  schema_book book;
  (void)book.of<toy::order_body>(schema_use::request);
  (void)book.of<money>(schema_use::answer);
  (void)book.of<problem>(schema_use::answer);
  const auto read = from_json<std::map<std::string, raw_json>>(book.components_json());
  REQUIRE(read);
  CHECK(read->count("price") == 1);
  CHECK(read->count("money") == 1);
  CHECK(read->count("problem") == 1);
  CHECK(read->count("field_problem") == 1);
}

TEST_CASE("single values have their own words") {
  schema_book book;
  CHECK(book.of<bool>(schema_use::answer) == R"({"type":"boolean"})");
  CHECK(book.of<instant>(schema_use::answer) == R"({"type":"string","format":"date-time"})");
  CHECK(book.of<std::uint8_t>(schema_use::answer) ==
        R"({"type":"integer","minimum":0,"maximum":255})");
  CHECK(book.of<std::map<std::string, bool>>(schema_use::answer) ==
        R"({"type":"object","additionalProperties":{"type":"boolean"}})");
}
