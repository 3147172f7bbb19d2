#include "base/message_pack_json.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <map>
#include <optional>
#include <variant>

#include "base/described.hpp"
#include "base/entity.hpp"
#include "base/id.hpp"
#include "base/message_pack.hpp"

using namespace resalehub;

namespace {

using thing_id = id<kind_prefix{"lst"}.packed>;

struct opened {
  std::string title;
  std::int64_t count = 0;
  std::uint64_t large = 0;
  bool open = false;
  std::optional<std::string> nothing;
  std::vector<std::string> words;
  std::map<std::uint64_t, std::string> table;
  std::string password_hash;
};
BOOST_DESCRIBE_STRUCT(opened, (), (title, count, large, open, nothing, words, table, password_hash))
struct owned {
  entity_id by;
  thing_id thing;
  request_id request;
};
BOOST_DESCRIBE_STRUCT(owned, (), (by, thing, request))
struct wrapped {
  std::vector<opened> inside;
};
BOOST_DESCRIBE_STRUCT(wrapped, (), (inside))

opened sample() {
  opened out{"a \"q\" \n", -3, UINT64_MAX, true, {}, {"x", "y"}, {{7, "seven"}}, "argon"};
  return out;
}

}  // namespace

TEST_CASE("bytes that are no MessagePack are shown as nothing") {
  CHECK_FALSE(message_pack_as_json(""));
  CHECK_FALSE(message_pack_as_json("\xc1"));
  CHECK_FALSE(message_pack_as_json(std::string(1000, '\x91')));
  const auto whole = packed(sample());
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK_FALSE(message_pack_as_json(std::string_view{whole}.substr(0, size)));
  CHECK_FALSE(message_pack_as_json(whole + '\0'));
  CHECK_FALSE(packed_alternative(packed(std::string{"text"})));
  CHECK_FALSE(packed_alternative(whole));
}

TEST_CASE("every kind of value has its JSON") {
  CHECK(message_pack_as_json(packed(sample())) ==
        R"({"title":"a \"q\" \n","count":-3,"large":18446744073709551615,"open":true,)"
        R"("nothing":null,"words":["x","y"],"table":{"7":"seven"},"password_hash":"argon"})");
}

TEST_CASE("hidden fields are not shown, however deep they stand") {
  constexpr std::array<std::string_view, 1> hidden{"password_hash"};
  const auto shown = message_pack_as_json(packed(wrapped{{sample()}}), hidden);
  REQUIRE(shown);
  CHECK(shown->find("argon") == std::string::npos);
  CHECK(shown->ends_with(R"=("password_hash":"(hidden)"}]})="));
}

TEST_CASE("ids are shown as text, other bytes in digits") {
  const thing_id thing{5, derived_ulid("a")};
  const auto text = to_text(thing);
  const auto shown = message_pack_as_json(packed(owned{thing, thing, derived_request("b")}));
  REQUIRE(shown);
  CHECK(shown->starts_with(R"({"by":")" + text + R"(","thing":")" + text.substr(4) + R"(",)"));
  std::string bytes("\xff\xfe", 2);
  CHECK(message_pack_as_json(packed(bytes)) == "\"fffe\"");
}

TEST_CASE("a packed variant is its name and its fields") {
  const auto bytes = packed(std::variant<opened, owned>{sample()});
  const auto found = packed_alternative(bytes);
  REQUIRE(found);
  CHECK(found->first == "opened");
  CHECK(found->second == packed(sample()));
}
