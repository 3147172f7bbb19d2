#include "base/message_pack.hpp"

#include <catch2/catch.hpp>

#include "base/entity.hpp"

using namespace resalehub;

namespace toy {
using thing_id = id<kind_prefix{"thg"}.packed>;
enum class state { draft, sold_out, new_ };
BOOST_DESCRIBE_ENUM(state, draft, sold_out, new_)

struct publish {};
struct inner {
  std::int64_t number = 7;
  std::optional<std::string> word;
};
RESALEHUB_DESCRIBE(inner, number, word)

struct whole_thing {
  bool open = false;
  std::uint8_t small = 0;
  std::int64_t large = 0;
  std::uint64_t larger = 0;
  std::string bytes;
  std::vector<inner> inners;
  std::map<std::string, std::int32_t> named;
  std::map<thing_id, inner> by_id;
  std::set<std::string> words;
  std::pair<std::int64_t, std::string> both;
  toy::state state = state::draft;
  thing_id id;
  entity_id any;
  request_id request;
  money sum;
  instant at;
  milliseconds lasting{};
  text<1, 5> title;
  whole<0, 9> digit;
  resalehub::price price;
  std::optional<problem> refused;
  std::array<std::uint8_t, 4> salt{};
};
RESALEHUB_DESCRIBE(whole_thing, open, small, large, larger, bytes, inners, named, by_id, words,
                   both, state, id, any, request, sum, at, lasting, title, digit, price, refused,
                   salt)

using command = std::variant<publish, inner, answered>;

struct inner_later {
  std::string added = "default";
  std::int64_t number = 0;
  std::map<std::string, std::vector<money>> more;
};
RESALEHUB_DESCRIBE(inner_later, added, number, more)

struct small_number {
  std::uint8_t number = 0;
};
RESALEHUB_DESCRIBE(small_number, number)
}  // namespace toy

namespace {

toy::whole_thing a_thing() {
  toy::whole_thing thing;
  thing.open = true;
  thing.small = 255;
  thing.large = -5'000'000'000;
  thing.larger = ~0ull;
  thing.bytes = std::string("\0\xFF\n", 3) + std::string(70'000, 'x');
  thing.inners = {{1, "a"}, {2, std::nullopt}};
  thing.named = {{"a", 1}, {"b", -1}};
  thing.by_id[{3, make_ulid({1000}, 1, 2)}] = {9, "z"};
  thing.words = {"x", "y"};
  thing.both = {-32, "p"};
  thing.state = toy::state::new_;
  thing.id = {32767, make_ulid({1000}, 1, 2)};
  thing.any = thing.id;
  thing.request = derived_request("a");
  thing.sum = {-3, *currency::from_text("EUR")};
  thing.at = {1'700'000'000'000};
  thing.lasting = milliseconds{30'000};
  thing.title = "five!";
  thing.digit = 9;
  thing.price = money{1, *currency::from_text("JPY")};
  thing.refused = problem{code::insufficient_stock, "there is not enough"}
                      .with("available", std::int64_t{2})
                      .with("old", thing.sum)
                      .with("allowed", std::vector<std::string>{"publish"})
                      .with("word", std::string{"x"})
                      .at("/quantity", code::out_of_range, "must be less");
  thing.refused->retry_after_ms = 5;
  thing.salt = {1, 2, 3, 4};
  return thing;
}

}  // namespace

TEST_CASE("no prefix of an encoding is a value") {
  auto thing = a_thing();
  thing.bytes = "short";
  const auto bytes = packed(thing);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    toy::whole_thing read;
    if (unpack(std::string_view{bytes}.substr(0, size), read)) FAIL("cut at " << size);
  }
  toy::whole_thing read;
  CHECK_FALSE(unpack(bytes + "x", read));
}

TEST_CASE("damaged bytes neither crash nor allocate what they claim") {
  auto thing = a_thing();
  thing.bytes = "short";
  const auto bytes = packed(thing);
  for (std::size_t at = 0; at < bytes.size(); ++at)
    for (const int value :
         {0x00, 0x7F, 0x8F, 0x9F, 0xBF, 0xC0, 0xC1, 0xC6, 0xC9, 0xDB, 0xDD, 0xDF}) {
      auto damaged = bytes;
      damaged[at] = static_cast<char>(value);
      toy::whole_thing read;
      (void)unpack(damaged, read);
    }
  std::vector<std::string> words;
  CHECK_FALSE(unpack(std::string_view{"\xDD\xFF\xFF\xFF\xFF", 5}, words));
  CHECK_FALSE(unpack(std::string_view{"\xDD\x00\x00\x00\x02\xA0", 6}, words));
  std::string text;
  CHECK_FALSE(unpack(std::string_view{"\xDB\xFF\xFF\xFF\xFF", 5}, text));
  std::map<std::string, std::int32_t> named;
  CHECK_FALSE(unpack(std::string_view{"\xDF\x80\x00\x00\x01", 5}, named));
}

TEST_CASE("a value of another type is refused") {
  toy::inner read;
  CHECK_FALSE(unpack(packed(std::string{"x"}), read));
  CHECK_FALSE(unpack(packed(std::map<std::string, std::string>{{"number", "1"}}), read));
  std::int8_t tiny = 0;
  CHECK_FALSE(unpack(packed(std::int64_t{128}), tiny));
  CHECK(unpack(packed(std::int64_t{-128}), tiny));
  std::uint64_t natural = 0;
  CHECK_FALSE(unpack(packed(std::int64_t{-1}), natural));
  std::int64_t number = 0;
  CHECK_FALSE(unpack(packed(~std::uint64_t{0}), number));
  toy::state state{};
  CHECK_FALSE(unpack(packed(std::string{"gone"}), state));
  currency unit;
  CHECK_FALSE(unpack(packed(std::string{"XXX"}), unit));
  toy::thing_id id;
  CHECK_FALSE(unpack(packed(entity_id{}), id));
  toy::command command;
  CHECK_FALSE(unpack(packed(std::map<std::string, toy::inner>{{"unheard", {}}}), command));
  CHECK_FALSE(unpack(std::string_view{"\x80", 1}, command));
}

TEST_CASE("an unknown field nested without end is refused") {
  std::string bytes = "\x81\xA1x" + std::string(100'000, '\x91') + "\xC0";
  toy::inner read;
  CHECK_FALSE(unpack(bytes, read));
}

TEST_CASE("every supported type survives packing, with the same bytes each time") {
  const auto thing = a_thing();
  const auto bytes = packed(thing);
  toy::whole_thing read;
  REQUIRE(unpack(bytes, read));
  CHECK(read == thing);
  CHECK(packed(read) == bytes);
}

TEST_CASE("numbers take their shortest form and survive at every border") {
  for (int shift = 0; shift < 64; ++shift)
    for (const std::int64_t by : {-1, 0, 1}) {
      const auto number = static_cast<std::int64_t>((std::uint64_t{1} << shift) +
                                                    static_cast<std::uint64_t>(by));
      const auto negated = static_cast<std::int64_t>(-static_cast<std::uint64_t>(number));
      for (const auto value : {number, negated}) {
        std::int64_t read = 0;
        REQUIRE(unpack(packed(value), read));
        CHECK(read == value);
      }
    }
  CHECK(packed(std::int64_t{127}).size() == 1);
  CHECK(packed(std::int64_t{-32}).size() == 1);
  CHECK(packed(std::int64_t{-33}).size() == 2);
  CHECK(packed(std::int64_t{65'536}).size() == 5);
}

TEST_CASE("older and newer records are readable") {
  toy::inner_later later;
  later.number = 3;
  later.more["x"] = {money{1, *currency::from_text("EUR")}};
  toy::inner older;
  REQUIRE(unpack(packed(later), older));
  CHECK(older == toy::inner{3, std::nullopt});
  toy::inner_later newer;
  REQUIRE(unpack(packed(toy::inner{4, "w"}), newer));
  CHECK(newer.added == "default");
  CHECK(newer.number == 4);
}

TEST_CASE("a variant is a map of its alternative's name") {
  CHECK(packed(toy::command{toy::publish{}}) == "\x81\xA7publish\x80");
  toy::command command;
  REQUIRE(unpack(packed(toy::command{toy::inner{5, "x"}}), command));
  CHECK(std::get<toy::inner>(command) == toy::inner{5, "x"});
  REQUIRE(unpack(packed(toy::command{answered{"t", "v", problem{code::gone, "x"}}}), command));
  CHECK(std::get<answered>(command).refused->code == code::gone);
}

TEST_CASE("the stored form stays as it is") {
  CHECK(packed(toy::inner{1, "a"}) == "\x82\xA6number\x01\xA4word\xA1" "a");
  CHECK(packed(toy::inner{1, std::nullopt}) == "\x82\xA6number\x01\xA4word\xC0");
  CHECK(packed(toy::state::new_) == "\xA3new");
  CHECK(packed(money{3, *currency::from_text("EUR")}) ==
        "\x82\xA6" "amount\x03\xA8" "currency\xA3" "EUR");
  CHECK(packed(code::not_found) == "\xA9not_found");
  CHECK(packed(toy::thing_id{258, {}}) ==
        std::string("\xC4\x12\x01\x02", 4) + std::string(16, '\0'));
}
