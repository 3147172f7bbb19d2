// The only file of config/ that includes CLI11.
#include <CLI/CLI.hpp>
#include <charconv>
#include <iostream>

#include "config/load.hpp"

namespace resalehub {
namespace {

/// "[::1]:8080", "0.0.0.0:8080" or ":8080" into `prefix`.address and `prefix`.port.
void take_endpoint(const std::string& prefix, const std::string& text, flags& into) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || colon + 1 == text.size())
    throw CLI::ValidationError("--" + prefix, "\"" + text + "\" is not ADDRESS:PORT");
  auto address = text.substr(0, colon);
  if (address.size() > 2 && address.front() == '[' && address.back() == ']')
    address = address.substr(1, address.size() - 2);
  else if (address.find(':') != std::string::npos)
    throw CLI::ValidationError("--" + prefix, "an IPv6 address stands in brackets: [::1]:8080");
  if (!address.empty()) into.given.emplace_back(prefix + ".address", address);
  into.given.emplace_back(prefix + ".port", text.substr(colon + 1));
}

}  // namespace

void add_flags(CLI::App& app, const options& all, flags& into) {
  app.add_option("--config", into.config_file, "a TOML file with options")->type_name("FILE");
  for (const std::string prefix : {"http", "admin"})
    app.add_option_function<std::string>(
           "--" + prefix,
           [&into, prefix](const std::string& text) { take_endpoint(prefix, text, into); },
           "short for --" + prefix + ".address and --" + prefix + ".port")
        ->type_name("ADDRESS:PORT");
  app.add_option_function<std::string>(
         "--data-dir",
         [&into](const std::string& text) { into.given.emplace_back("data_dir", text); },
         "short for --data_dir")
      ->type_name("FOLDER");
  for (const auto* one : all.all) {
    const std::string name{one->name()};
    app.add_option_function<std::string>(
           "--" + name,
           [&into, name](const std::string& text) { into.given.emplace_back(name, text); },
           std::string{one->sentence()} + " (" + one->text() + ")")
        ->type_name("")
        ->group("Options");
  }
}

std::optional<int> parse_flags(CLI::App& app, int count, const char* const* words) {
  try {
    app.parse(count, const_cast<char**>(words));  // read only, whatever its type says
    return std::nullopt;
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& wrong) {
    std::cerr << "resalehub: " << wrong.what() << "\n";
    return exit_misused;
  }
}

}  // namespace resalehub
