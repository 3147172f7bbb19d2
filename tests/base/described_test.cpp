#include "base/described.hpp"

#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/deep_to_string.hpp>
#include <caf/meta/type_name.hpp>
#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <vector>

namespace toy {
struct told {
  std::string word;
  std::int32_t number = 0;
  std::vector<std::string> words;
};
RESALEHUB_DESCRIBE(told, word, number, words)

struct silent {};
BOOST_DESCRIBE_STRUCT(silent, (), ())

template <class Inspector, resalehub::described_struct T>
auto inspect(Inspector& f, T& object) {
  return resalehub::inspect_described(f, object);
}

enum class shade { new_, dark };
BOOST_DESCRIBE_ENUM(shade, new_, dark)
}  // namespace toy

TEST_CASE("a word that names no enumerator is refused") {
  CHECK_FALSE(resalehub::enum_from<toy::shade>("light").has_value());
  CHECK_FALSE(resalehub::enum_from<toy::shade>("new_").has_value());
}

TEST_CASE("a trailing underscore is not part of a written name") {
  CHECK(resalehub::name_of(toy::shade::new_) == "new");
  CHECK(resalehub::enum_from<toy::shade>("new") == toy::shade::new_);
  CHECK(resalehub::name_of(toy::shade::dark) == "dark");
}

TEST_CASE("a type is known by the last word of its name") {
  CHECK(resalehub::type_name<toy::told>() == "told");
  CHECK(resalehub::type_name<int>() == "int");
}

TEST_CASE("members are visited in the order of their declaration") {
  std::string names;
  toy::told told{"w", 1, {}};
  resalehub::for_each_member(told, [&](std::string_view name, auto&) { names += name; });
  CHECK(names == "wordnumberwords");
  CHECK(resalehub::members_count<toy::told> == 3);
  CHECK(told == toy::told{"w", 1, {}});
  CHECK_FALSE(told == toy::told{"w", 2, {}});
}

TEST_CASE("CAF can carry a described struct") {
  toy::told sent{"hello", -7, {"a", "b"}};
  toy::silent nothing;
  std::vector<char> bytes;
  caf::binary_serializer sink{static_cast<caf::execution_unit*>(nullptr), bytes};
  REQUIRE_FALSE(sink(sent, nothing));
  toy::told read;
  caf::binary_deserializer source{static_cast<caf::execution_unit*>(nullptr), bytes};
  REQUIRE_FALSE(source(read, nothing));
  CHECK(read == sent);
  CHECK(caf::deep_to_string(sent).find("hello") != std::string::npos);
}
