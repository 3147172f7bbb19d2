#include "storage/data_directory.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace resalehub;

namespace {

namespace files = std::filesystem;

/// An empty directory that goes with its scope.
class scratch {
 public:
  scratch() {
    char name[] = "/tmp/resalehub-directory-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    path = name;
  }
  ~scratch() { files::remove_all(path); }
  std::string in(const std::string& name) const { return path + "/" + name; }
  std::string path;
};

const std::string cluster(32, 'a');
const std::string other_cluster(32, 'b');

directory_identity identity_of(std::string name) {
  return {.cluster = std::move(name), .node = 3, .partitions = 16};
}

auto open(const std::string& path, const std::string& expected = {}) {
  return data_directory::open(path, identity_of(cluster), expected);
}

std::string refusal(const std::string& path, const std::string& expected = {}) {
  const auto opened = open(path, expected);
  REQUIRE_FALSE(opened.ok());
  return opened.problem().detail;
}

void write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

unsigned mode_of(const std::string& path) {
  struct stat found {};
  REQUIRE(::stat(path.c_str(), &found) == 0);
  return found.st_mode & 0777;
}

}  // namespace

TEST_CASE("another cluster's data directory is refused", "[data_directory]") {
  const scratch room;
  REQUIRE(open(room.path).ok());
  CHECK(refusal(room.path, other_cluster) == "The data directory " + room.path +
                                                 " belongs to cluster " + cluster + ", not to " +
                                                 other_cluster + ".");
  CHECK(open(room.path, cluster).ok());
}

TEST_CASE("a new directory for another cluster than the expected one is refused",
          "[data_directory]") {
  const scratch room;
  CHECK(refusal(room.path, other_cluster).find("not to " + other_cluster) != std::string::npos);
  CHECK_FALSE(files::exists(room.in("identity")));
}

TEST_CASE("a newer format is refused, whatever else it holds", "[data_directory]") {
  const scratch room;
  REQUIRE(open(room.path).ok());
  write(room.in("identity"), R"({"format": 3, "cluster": {"new": "shape"}})");
  CHECK(refusal(room.path).find("has format 3, which a newer version wrote") != std::string::npos);
}

TEST_CASE("an older format is refused, and left to the version that reads it", "[data_directory]") {
  const scratch room;
  REQUIRE(open(room.path).ok());
  const std::string older = R"({"format": 1, "cluster": "a", "node": 1, "partitions": 1})";
  write(room.in("identity"), older);
  CHECK(refusal(room.path).find("has format 1, which only an older") != std::string::npos);
  CHECK(read(room.in("identity")) == older);
}

TEST_CASE("a damaged identity is refused and left as it is", "[data_directory]") {
  for (const char* damaged :
       {"", "{", "[]", "{}", R"({"format": "1"})", R"({"format": 0, "cluster": "a"})",
        R"({"format": 2, "cluster": 7, "node": 1, "partitions": 1})",
        R"({"format": 2, "cluster": "a", "node": -1, "partitions": 1})",
        R"({"format": 2, "cluster": "a", "node": 1, "partitions": 4294967296})"}) {
    const scratch room;
    write(room.in("identity"), damaged);
    CHECK(refusal(room.path) == "The file " + room.in("identity") + " is damaged.");
    CHECK(read(room.in("identity")) == damaged);
  }
}

TEST_CASE("a data directory in use is refused until it is given back", "[data_directory]") {
  const scratch room;
  auto first = open(room.path);
  REQUIRE(first.ok());
  CHECK(refusal(room.path) == "The data directory " + room.path + " is in use by another process.");
  first->reset();
  CHECK(open(room.path).ok());
}

TEST_CASE("a file is no data directory", "[data_directory]") {
  const scratch room;
  write(room.in("file"), "");
  CHECK(refusal(room.in("file")) == "The path " + room.in("file") + " is not a directory.");
}

TEST_CASE("a directory with something else in it is refused and not touched",
          "[data_directory]") {
  const scratch room;
  write(room.in("letter"), "mine");
  CHECK(refusal(room.path).find("letter is not ours") != std::string::npos);
  CHECK(std::distance(files::directory_iterator(room.path), files::directory_iterator()) == 1);
}

TEST_CASE("a directory under one that is missing is refused", "[data_directory]") {
  const scratch room;
  CHECK(refusal(room.in("a/b")) == "The directory " + room.in("a/b") +
                                       " cannot be created: No such file or directory.");
}

TEST_CASE("a new directory takes the wanted identity and keeps it", "[data_directory]") {
  const scratch room;
  const auto path = room.in("new");
  {
    const auto made = open(path);
    REQUIRE(made.ok());
    CHECK((*made)->log_path() == path + "/log");
    CHECK((*made)->state_path() == path + "/state");
    for (const char* name : {"log", "state", "keys"}) CHECK(files::is_directory(path + "/" + name));
    CHECK(mode_of(path + "/keys") == 0700);
    CHECK_FALSE(files::exists(path + "/identity.unfinished"));
  }
  auto later = identity_of(other_cluster);
  later.partitions = 99;
  const auto again = data_directory::open(path, later, "");
  REQUIRE(again.ok());
  CHECK((*again)->identity().cluster == cluster);
  CHECK((*again)->identity().node == 3);
  CHECK((*again)->identity().partitions == 16);
  CHECK((*again)->identity().format == data_format);
}

TEST_CASE("a beginning that was interrupted is begun again", "[data_directory]") {
  const scratch room;
  write(room.in("lock"), "");
  write(room.in("identity.unfinished"), "{\"form");
  CHECK(open(room.path).ok());
}

TEST_CASE("a damaged secret is refused and left as it is", "[data_directory]") {
  const scratch room;
  const auto directory = open(room.path);
  REQUIRE(directory.ok());
  write(room.in("keys/cursor"), "short");
  const auto found = (*directory)->secret("cursor", std::string(32, 's'));
  REQUIRE_FALSE(found.ok());
  CHECK(found.problem().detail.find("it has 5 bytes, not 32") != std::string::npos);
  CHECK(read(room.in("keys/cursor")) == "short");
}

TEST_CASE("a secret is made once, kept private, and found again", "[data_directory]") {
  const scratch room;
  const std::string fresh(32, '\xf0');
  {
    const auto directory = open(room.path);
    REQUIRE(directory.ok());
    const auto made = (*directory)->secret("cursor", fresh);
    REQUIRE(made.ok());
    CHECK(*made == fresh);
    CHECK(mode_of(room.in("keys/cursor")) == 0600);
  }
  const auto directory = open(room.path);
  REQUIRE(directory.ok());
  CHECK((*directory)->secret("cursor", std::string(32, 'x')).value() == fresh);
  CHECK((*directory)->secret("token", std::string(32, 'x')).value() == std::string(32, 'x'));
}

TEST_CASE("a directory has begun when it has an identity", "[data_directory]") {
  const scratch room;
  CHECK_FALSE(data_directory::begun(room.in("new")).value());
  CHECK_FALSE(files::exists(room.in("new")));
  write(room.in("file"), "");
  CHECK_FALSE(data_directory::begun(room.in("file")).ok());
  CHECK_FALSE(data_directory::begun(room.path).ok());  // a stranger's file is there
  REQUIRE(open(room.in("ours")).ok());
  CHECK(data_directory::begun(room.in("ours")).value());
}

TEST_CASE("a joiner's secrets are there before its identity", "[data_directory]") {
  const scratch room;
  files::create_directory(room.in("keys"));
  write(room.in("keys/node"), "of a beginning that was interrupted");
  auto wanted = identity_of(cluster);
  wanted.secrets = {{"node", std::string(32, 'n')}};
  const auto made = data_directory::open(room.path, wanted, "");
  REQUIRE(made.ok());
  CHECK((*made)->secret("node", std::string(32, 'x')).value() == std::string(32, 'n'));
  CHECK(mode_of(room.in("keys")) == 0700);
}

TEST_CASE("starts are counted over all runs, and a damaged count is refused", "[data_directory]") {
  const scratch room;
  for (std::uint64_t run = 0; run < 3; ++run) {
    const auto directory = open(room.path);
    REQUIRE(directory.ok());
    CHECK((*directory)->count_start().value() == 2 * run + 1);
    CHECK((*directory)->count_start().value() == 2 * run + 2);
  }
  for (const char* damaged : {"", "0\n", "7", "seven\n", "-1\n"}) {
    write(room.in("starts"), damaged);
    const auto directory = open(room.path);
    REQUIRE(directory.ok());
    CHECK_FALSE((*directory)->count_start().ok());
  }
}

TEST_CASE("what is known of the peers is kept", "[data_directory]") {
  const scratch room;
  {
    const auto directory = open(room.path);
    REQUIRE(directory.ok());
    CHECK((*directory)->peers().value().empty());
    REQUIRE((*directory)->keep_peers("some").ok());
    REQUIRE((*directory)->keep_peers(std::string("n1\0n2", 5)).ok());
  }
  CHECK((*open(room.path))->peers().value() == std::string("n1\0n2", 5));
}
