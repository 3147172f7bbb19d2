#include "config/load.hpp"

#include <algorithm>
#include <toml++/toml.h>

namespace resalehub {
namespace {

using refusal = std::optional<std::string>;

constexpr std::string_view environment_prefix = "RESALEHUB_";
constexpr std::string_view environment_config = "RESALEHUB_CONFIG";

any_option* find_option(const options& all, std::string_view name) {
  const auto found = std::find_if(all.all.begin(), all.all.end(),
                                  [&](const auto* one) { return one->name() == name; });
  return found == all.all.end() ? nullptr : *found;
}

refusal set_from(any_option& which, std::string_view text, std::string source) {
  auto why = which.set(text, source);
  if (why) why = std::string{which.name()} + " (" + source + "): " + *why;
  return why;
}

// -- the file -----------------------------------------------------------------------------------

refusal text_of(const toml::node& value, std::string& text) {
  if (const auto* number = value.as_integer()) text = std::to_string(number->get());
  else if (const auto* yes = value.as_boolean()) text = yes->get() ? "true" : "false";
  else if (const auto* word = value.as_string()) text = word->get();
  else return "neither a number, a word, true or false, nor a list of words";
  return std::nullopt;
}

refusal text_of_list(const toml::array& list, std::string& text) {
  for (const auto& one : list) {
    const auto* word = one.as_string();
    if (word == nullptr || word->get().find(',') != std::string::npos)
      return "a list holds words without commas";
    text.append(text.empty() ? "" : ",").append(word->get());
  }
  return std::nullopt;
}

refusal load_table(const options& all, const toml::table& table, const std::string& prefix,
                   const std::string& source) {
  for (const auto& [key, value] : table) {
    const auto name = prefix + std::string{key.str()};
    if (const auto* inner = value.as_table()) {
      if (auto why = load_table(all, *inner, name + ".", source)) return why;
      continue;
    }
    const auto line = source + ", line " + std::to_string(key.source().begin.line);
    auto* which = find_option(all, name);
    if (which == nullptr) return name + " (" + line + "): there is no such option";
    std::string text;
    auto why = value.is_array() ? text_of_list(*value.as_array(), text) : text_of(value, text);
    if (why) return name + " (" + line + "): " + *why;
    if ((why = set_from(*which, text, line))) return why;
  }
  return std::nullopt;
}

refusal load_file(const options& all, const std::string& file) {
  try {
    return load_table(all, toml::parse_file(file), "", "file " + file);
  } catch (const toml::parse_error& error) {
    const auto line = error.source().begin.line;
    return "file " + file + (line > 0 ? ", line " + std::to_string(line) : "") + ": " +
           std::string{error.description()};
  }
}

// -- the environment ------------------------------------------------------------------------------

refusal load_environment(const options& all, const char* const* environment) {
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    const std::string_view entry = *environment;
    const auto name = entry.substr(0, entry.find('='));
    if (!name.starts_with(environment_prefix) || name == environment_config) continue;
    const auto found = std::find_if(all.all.begin(), all.all.end(), [&](const auto* one) {
      return one->environment_name() == name;
    });
    if (found == all.all.end())
      return std::string{name} + " (environment): there is no such option";
    const auto text = entry.substr(std::min(name.size() + 1, entry.size()));
    if (auto why = set_from(**found, text, "environment " + std::string{name})) return why;
  }
  return std::nullopt;
}

std::string config_file_of(const flags& from, const char* const* environment) {
  if (!from.config_file.empty()) return from.config_file;
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    const std::string_view entry = *environment;
    if (entry.substr(0, entry.find('=')) == environment_config)
      return std::string{entry.substr(std::min(environment_config.size() + 1, entry.size()))};
  }
  return {};
}

}  // namespace

refusal load(options& all, const flags& from, const char* const* environment) {
  if (const auto file = config_file_of(from, environment); !file.empty())
    if (auto why = load_file(all, file)) return why;
  if (auto why = load_environment(all, environment)) return why;
  for (const auto& [name, text] : from.given) {
    auto* which = find_option(all, name);
    if (which == nullptr) return name + " (flag): there is no such option";
    if (auto why = set_from(*which, text, "flag --" + name)) return why;
  }
  return std::nullopt;
}

}  // namespace resalehub
