#pragma once
/// Options from a TOML file, then the environment, then flags; the later one wins. At start, on the
/// main thread. A refusal is one sentence for the operator; the program then ends with exit code 2.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/options.hpp"

namespace CLI {
class App;
}

namespace resalehub {

inline constexpr int exit_misused = 2;

/// What stood on the command line.
struct flags {
  std::string config_file;                                 ///< --config, or RESALEHUB_CONFIG
  std::vector<std::pair<std::string, std::string>> given;  ///< option's name and text, in order
};

/// Adds --config, --http ADDRESS:PORT, --admin ADDRESS:PORT, --data-dir, and every option by its
/// name (--http.port). `into` must outlive the parsing.
void add_flags(CLI::App& app, const options& all, flags& into);

/// Parses. Nothing when the program shall go on; else its exit code, after the help or the refusal
/// was printed.
std::optional<int> parse_flags(CLI::App& app, int count, const char* const* words);

/// Sets what file, environment (a list "NAME=value", ending with null, as main is given it) and
/// flags say. Otherwise the sentence that says what is wrong and where it stands.
[[nodiscard]] std::optional<std::string> load(options& all, const flags& from,
                                              const char* const* environment);

}  // namespace resalehub
