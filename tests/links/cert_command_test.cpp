#include "cert_command.hpp"

#include <CLI/CLI.hpp>
#include <sstream>

#include "tests/links/links_world.hpp"

using namespace resalehub;

namespace {

/// The exit code of `resalehub WORDS`, or -1 when none of the commands was meant.
int run(scratch& world, std::vector<std::string> words) {
  CLI::App app;
  app.require_subcommand(1);
  app.add_subcommand("serve", "");
  cert_command command(app, world.clock, world.chance);
  std::reverse(words.begin(), words.end());
  try {
    app.parse(words);
  } catch (const CLI::Error&) {
    return 2;
  }
  return command.run().value_or(-1);
}

}  // namespace

TEST_CASE("certificates are made by two commands, and links take them") {
  scratch world;
  const auto folder = world.path + "/certificates";
  CHECK(run(world, {"serve"}) == -1);
  CHECK(run(world, {"cert"}) == 2);
  CHECK(run(world, {"cert", "init"}) == 2);
  CHECK(run(world, {"cert", "node", "n1", "--dir", folder}) == 2);  // no authority yet
  CHECK(run(world, {"cert", "init", "--dir", folder}) == 0);
  CHECK(run(world, {"cert", "init", "--dir", folder}) == 2);
  CHECK(run(world, {"cert", "node", "--dir", folder}) == 2);
  CHECK(run(world, {"cert", "node", "n 1", "--dir", folder}) == 2);
  CHECK(run(world, {"cert", "node", "n1", "--dir", folder, "--days", "0"}) == 2);
  CHECK(run(world, {"cert", "node", "n1", "--dir", folder, "--days", "9"}) == 0);
  CHECK(run(world, {"cert", "node", "n1", "--dir", folder}) == 2);
  CHECK(load_keys({folder + "/n1.pem", folder + "/n1.key", folder + "/ca.pem"}, "n1"));
}
