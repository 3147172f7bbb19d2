#include "cluster/certificates.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/links/links_world.hpp"

using namespace resalehub;

namespace {

std::string read(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a node's name is short and plain") {
  for (const auto* good : {"n1", "a", "Shop-2.eu_west"}) CHECK(is_node_name(good));
  CHECK(is_node_name(std::string(63, 'x')));
  for (const auto* bad : {"", "a b", "../ca", "a/b", "é", "a,URI:resalehub://node/b"})
    CHECK_FALSE(is_node_name(bad));
  CHECK_FALSE(is_node_name(std::string(64, 'x')));
}

TEST_CASE("nothing is made where something is, or without an authority") {
  scratch folder;
  auto missing = make_node_certificate(folder.path, "n1", folder.valid(), folder.chance);
  REQUIRE_FALSE(missing);
  CHECK(contains(missing.problem().detail, "resalehub cert init"));
  REQUIRE(make_authority(folder.path, folder.valid(), folder.chance));
  const auto before = read(folder.path + "/ca.key");
  auto again = make_authority(folder.path, folder.valid(), folder.chance);
  REQUIRE_FALSE(again);
  CHECK(contains(again.problem().detail, "exists already"));
  CHECK(read(folder.path + "/ca.key") == before);
  REQUIRE(make_node_certificate(folder.path, "n1", folder.valid(), folder.chance));
  CHECK_FALSE(make_node_certificate(folder.path, "n1", folder.valid(), folder.chance));
  CHECK_FALSE(make_node_certificate(folder.path, "n 1", folder.valid(), folder.chance));
  CHECK_FALSE(make_node_certificate(folder.path, "ca", folder.valid(), folder.chance));
}

TEST_CASE("keys are their owner's alone, and fit what they are of") {
  scratch folder;
  REQUIRE(make_authority(folder.path, folder.valid(), folder.chance));
  auto made = make_node_certificate(folder.path, "n1", folder.valid(), folder.chance);
  REQUIRE(made);
  for (const auto& key : {folder.path + "/ca.key", made->key}) {
    struct stat found {};
    REQUIRE(::stat(key.c_str(), &found) == 0);
    CHECK((found.st_mode & 0777) == 0600);
  }
  CHECK(load_keys({made->certificate, made->key, made->authority}, "n1"));
  auto other = load_keys({made->certificate, made->key, made->authority}, "n2");
  REQUIRE_FALSE(other);
  CHECK(contains(other.problem().detail, "'n1'"));
  CHECK_FALSE(load_keys({made->certificate, folder.path + "/ca.key", made->authority}, "n1"));
  CHECK_FALSE(load_keys({made->certificate, made->key, folder.path + "/none.pem"}, "n1"));
  CHECK_FALSE(load_keys({made->key, made->key, made->authority}, "n1"));
}
