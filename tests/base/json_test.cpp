#include "base/json.hpp"

#include <catch2/catch.hpp>
#include <map>

using namespace resalehub;

namespace toy {
using thing_id = id<kind_prefix{"thg"}.packed>;
enum class condition { new_, good };
BOOST_DESCRIBE_ENUM(condition, new_, good)

struct place {
  std::string town;
};
RESALEHUB_DESCRIBE(place, town)

struct offer {
  text<1, 10> title;
  resalehub::price price;
  whole<1, 100> quantity;
  toy::condition condition{};
};
RESALEHUB_DESCRIBE(offer, title, price, quantity, condition)

struct anything {
  std::optional<bool> yes;
  std::optional<std::string> word;
  std::optional<std::int64_t> number;
  std::optional<std::uint8_t> octet;
  std::optional<thing_id> thing;
  std::optional<entity_id> any;
  std::optional<instant> at;
  std::optional<money> sum;
  std::vector<place> places;
  std::optional<std::map<std::string, std::int32_t>> counts;
  std::optional<raw_json> rest;
};
RESALEHUB_DESCRIBE(anything, yes, word, number, octet, thing, any, at, sum, places, counts, rest)

struct nothing {};
}  // namespace toy

namespace {

/// "422 unknown_field /a /b", or "ok".
template <class T>
std::string outcome_of(std::string_view text) {
  const auto read = from_json<T>(text);
  if (read) return "ok";
  std::string out = std::to_string(read.problem().status()) + " ";
  out += row_of(read.problem().code).name;
  for (const auto& error : read.problem().errors) out += " " + error.pointer;
  return out;
}

std::string offer_with(const std::string& name, const std::string& value) {
  std::map<std::string, std::string> members{{"title", R"("bike")"},
                                             {"price", R"({"amount":1,"currency":"EUR"})"},
                                             {"quantity", "1"},
                                             {"condition", R"("good")"}};
  members[name] = value;
  std::string out;
  for (const auto& [key, text] : members)
    if (!text.empty()) out += (out.empty() ? "{\"" : ",\"") + key + "\":" + text;
  return out + "}";
}

std::string offered(const std::string& name, const std::string& value) {
  return outcome_of<toy::offer>(offer_with(name, value));
}

const char* const malformed = "400 malformed_json";

}  // namespace

TEST_CASE("what is not JSON is malformed") {
  for (const auto* text :
       {"", " ", "{", "[1,", "{\"a\":1,}", "[1,]", "// x\n{}", "{/**/}", "NaN", "Infinity",
        "{'a':1}",
        "{a:1}", "\xEF\xBB\xBF{}", "{} {}", "1 2", "{}x",
        "{\"a\":\"\xFF\"}", "{\"a\":\"\xC0\x80\"}",
        "{\"a\":\"\xED\xA0\x80\"}", R"({"a":"\ud800"})", R"({"a":"\udc00"})", R"({"a":"\ud800x"})",
        R"({"a":"\x"})", "{\"a\":\"\n\"}", "{\"a\":01}", "{\"a\":+1}", "{\"a\":.5}", "{\"a\":1.}",
        "{\"a\":0x1}", "tru", "\"a"}) {
    INFO(text);
    CHECK(outcome_of<toy::anything>(text) == malformed);
  }
  CHECK(outcome_of<toy::nothing>(std::string_view{"{}\0", 3}) == malformed);
  CHECK(outcome_of<toy::nothing>(std::string_view{"{}\0{", 4}) == malformed);
}

TEST_CASE("a key that stands twice is refused, at every depth and however it is written") {
  CHECK(outcome_of<toy::nothing>(R"({"a":1,"a":1})") == "400 duplicate_key");
  CHECK(outcome_of<toy::nothing>(R"({"a":1,"\u0061":2})") == "400 duplicate_key");
  CHECK(outcome_of<toy::nothing>(R"({"x":[{"b":1,"a":2,"b":3}]})") == "400 duplicate_key");
  CHECK(outcome_of<toy::anything>(R"({"places":[{"town":"a"},{"town":"a"}]})") == "ok");
}

TEST_CASE("too deep is refused at once") {
  const auto nested = [](int depth) {
    return "{\"rest\":" + std::string(depth, '[') + std::string(depth, ']') + ",\"places\":[]}";
  };
  CHECK(outcome_of<toy::anything>(nested(31)) == "ok");
  CHECK(outcome_of<toy::anything>(nested(32)) == "400 json_too_deep");
  CHECK(outcome_of<toy::anything>(std::string(200'000, '[')) == "400 json_too_deep");
}

TEST_CASE("another value where an object is due is refused") {
  for (const auto* text : {"null", "[]", "1", "\"x\"", "true"})
    CHECK(outcome_of<toy::offer>(text) == "422 validation_failed ");
}

TEST_CASE("a number that is no integer, or too large for any, is refused") {
  CHECK(offered("quantity", "1.5") == "422 validation_failed /quantity");
  CHECK(offered("quantity", "1e-1") == "422 validation_failed /quantity");
  CHECK(offered("quantity", "\"1\"") == "422 validation_failed /quantity");
  CHECK(offered("quantity", "null") == "422 validation_failed /quantity");
  CHECK(offered("quantity", "1e999") == "422 out_of_range /quantity");
  CHECK(offered("quantity", std::string(400, '9')) == "422 out_of_range /quantity");
  CHECK(offered("quantity", "101") == "422 out_of_range /quantity");
  CHECK(offered("quantity", "-0") == "422 out_of_range /quantity");
  for (const auto* amount : {"9007199254740993", "9223372036854775808", "-9223372036854775809", "0",
                             "-1", "1000000000001", "9007199254740993.0", "1e999"})
    CHECK(offered("price", std::string{R"({"currency":"EUR","amount":)"} + amount + "}") ==
          "422 out_of_range /price/amount");
  CHECK(offered("price", R"({"currency":"EUR","amount":12.345})") ==
        "422 validation_failed /price/amount");
  CHECK(outcome_of<toy::anything>(R"({"places":[],"number":9007199254740992})") ==
        "422 out_of_range /number");
  CHECK(outcome_of<toy::anything>(R"({"places":[],"octet":256})") == "422 out_of_range /octet");
  CHECK(outcome_of<toy::anything>(R"({"places":[{"town":1e999}]})") ==
        "422 out_of_range /places/0/town");
}

TEST_CASE("a fraction is not rounded away, however small") {
  for (const auto* number : {"1.5", "0.99999999999999999", "1.0000000000000000000001", "15e-1",
                             "1.5e0", "0.01e1", "1e-400", "10.01e1"})
    CHECK(offered("quantity", number) == "422 validation_failed /quantity");
  CHECK(offered("quantity", "1." + std::string(50, '0')) == "422 validation_failed /quantity");
  for (const auto* number : {"1.00", "100e-2", "0.1e1", "0.001E+3", "10.0e-1", "1.0e0"})
    CHECK(from_json<toy::offer>(offer_with("quantity", number))->quantity.value == 1);
  CHECK(offered("quantity", "1.25e1") == "422 validation_failed /quantity");
  CHECK(offered("quantity", "0.00525e4") == "422 validation_failed /quantity");
  CHECK(from_json<toy::offer>(offer_with("quantity", "0.00520e4"))->quantity.value == 52);
}

TEST_CASE("1.0 and -0 are the integers 1 and 0") {
  CHECK(from_json<toy::offer>(offer_with("quantity", "1.0"))->quantity.value == 1);
  CHECK(from_json<toy::offer>(offer_with("quantity", "1e1"))->quantity.value == 10);
  for (const std::string zero : {"-0", "-0.0", "0e5"})
    CHECK(from_json<toy::anything>("{\"places\":[],\"number\":" + zero + "}")->number == 0);
}

TEST_CASE("a value of a wrong type is refused with its pointer") {
  CHECK(offered("title", "1") == "422 validation_failed /title");
  CHECK(offered("condition", "true") == "422 validation_failed /condition");
  CHECK(offered("condition", "\"new_\"") == "422 validation_failed /condition");
  CHECK(offered("price", "1") == "422 validation_failed /price");
  CHECK(offered("price", R"({"amount":1})") == "422 validation_failed /price/currency");
  CHECK(offered("price", R"({"amount":1,"currency":"XXX"})") ==
        "422 validation_failed /price/currency");
  CHECK(offered("price", R"({"amount":1,"currency":"EUR","exponent":2})") ==
        "422 unknown_field /price/exponent");
  CHECK(outcome_of<toy::anything>(R"({"places":{}})") == "422 validation_failed /places");
  CHECK(outcome_of<toy::anything>(R"({"places":[{"town":"a"},{"town":1},{}]})") ==
        "422 validation_failed /places/1/town /places/2/town");
  CHECK(outcome_of<toy::anything>(R"({"places":[],"yes":1,"at":"2026-02-30T00:00:00Z"})") ==
        "422 validation_failed /yes /at");
}

TEST_CASE("a NUL in a string is refused") {
  CHECK(offered("title", R"("a\u0000")") == "422 validation_failed /title");
  CHECK(outcome_of<toy::anything>(R"({"places":[],"word":"\u0000"})") ==
        "422 validation_failed /word");
}

TEST_CASE("a text outside its bounds or its form is refused") {
  CHECK(offered("title", "\"12345678901\"") == "422 validation_failed /title");
  CHECK(offered("title", "\"  \"") == "422 validation_failed /title");
  CHECK(offered("title", R"("a\u202eb")") == "422 validation_failed /title");
}

TEST_CASE("unknown fields are refused, with keys escaped in their pointer") {
  CHECK(offered("role", "\"admin\"") == "422 unknown_field /role");
  CHECK(offered("a~/b", "{}") == "422 unknown_field /a~0~1b");
  CHECK(outcome_of<toy::nothing>(R"({"x":1})") == "422 unknown_field /x");
}

TEST_CASE("all wrong fields are named at once, up to sixteen") {
  CHECK(outcome_of<toy::offer>(R"({"role":1,"quantity":0})") ==
        "422 validation_failed /role /quantity /title /price /condition");
  std::string many = "{\"places\":[";
  for (int i = 0; i < 100; ++i) many += "{\"town\":1},";
  many.back() = ']';
  CHECK(from_json<toy::anything>(many + "}").problem().errors.size() == 16);
}

TEST_CASE("an id of a wrong shape or kind names nothing that is there") {
  CHECK(outcome_of<toy::anything>(R"({"places":[],"thing":"thg_1"})") == "404 not_found /thing");
  CHECK(outcome_of<toy::anything>(
            R"({"places":[],"thing":"usr_00301ARZ3NDEKTSV4RRFFQ69G5FAV"})") ==
        "404 not_found /thing");
  CHECK(outcome_of<toy::anything>(R"({"places":[],"any":""})") == "404 not_found /any");
  CHECK(outcome_of<toy::anything>(R"({"places":[],"thing":5})") == "422 validation_failed /thing");
}

TEST_CASE("a good value is read, absent and null optionals alike") {
  const auto offer = from_json<toy::offer>(offer_with("condition", "\"new\""));
  REQUIRE(offer);
  CHECK(offer->title.value == "bike");
  CHECK(offer->price.value == money{1, *currency::from_text("EUR")});
  CHECK(offer->condition == toy::condition::new_);
  const auto sparse = from_json<toy::anything>(R"( {"places" : [ ] , "word":null} )");
  REQUIRE(sparse);
  CHECK(*sparse == toy::anything{});
  CHECK(from_json<std::vector<std::int64_t>>("[1,2]").value() == std::vector<std::int64_t>{1, 2});
}

TEST_CASE("what is written is read back as it was") {
  toy::anything all;
  all.yes = true;
  all.word = "quote \" slash \\ line\n tab\t bell\x07 \u00E4 and then a longer run";
  all.number = -9007199254740991;
  all.octet = 255;
  all.thing = toy::thing_id{3, make_ulid({1000}, 1, 2)};
  all.any = *all.thing;
  all.at = instant{1'700'000'000'123};
  all.sum = money{-3, *currency::from_text("EUR")};
  all.places = {{"Turku"}, {""}};
  all.counts.emplace()["a/b"] = -1;
  all.rest = raw_json{R"({"a":[1,2.5,"x\"",null,true,{}],"b":[]})"};
  const auto read = from_json<toy::anything>(to_json(all));
  REQUIRE(read);
  CHECK(*read == all);
}

TEST_CASE("the written form is exact") {
  CHECK(to_json(toy::nothing{}) == "{}");
  CHECK(to_json(toy::offer{"b", money{5, *currency::from_text("EUR")}, 2, toy::condition::new_}) ==
        R"({"title":"b","price":{"amount":5,"currency":"EUR"},"quantity":2,"condition":"new"})");
  CHECK(to_json(std::vector<std::string>{}) == "[]");
  CHECK(to_json(std::map<std::string, bool>{{"a\"", true}, {"b", false}}) ==
        R"({"a\"":true,"b":false})");
  CHECK(to_json(entity_id{}) == "null");
  CHECK(to_json(meta_value{std::vector<std::string>{"a", "b"}}) == R"(["a","b"])");
  CHECK(to_json(std::string("\0\x1F", 2)) == R"("\u0000\u001f")");
}

TEST_CASE("every byte is escaped where it must be, at any offset") {
  for (std::size_t offset = 0; offset < 20; ++offset)
    for (int byte = 1; byte < 128; ++byte) {
      std::string text(20, 'x');
      text[offset] = static_cast<char>(byte);
      const auto read = from_json<std::string>(to_json(text));
      if (!read || *read != text) FAIL("byte " << byte << " at " << offset);
    }
}
