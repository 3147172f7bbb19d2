#pragma once
/// What a forgetful_env stores: files and directories that know what of them was synced, and what a
/// loss of power would leave. Used under the disk's mutex.

#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace resalehub::forgetful {

/// A write at an offset; or, without bytes, a cut to this size.
struct file_change {
  std::uint64_t offset = 0;
  std::string bytes;

  void carry_out(std::string& content) const {
    if (bytes.empty()) return content.resize(offset);
    if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size());
    std::memcpy(content.data() + offset, bytes.data(), bytes.size());
  }
};

struct stored_file {
  std::string content;
  std::string synced;
  std::vector<file_change> unsynced;

  void change(file_change what) {
    what.carry_out(content);
    unsynced.push_back(std::move(what));
  }
  void sync() {
    for (const auto& change : unsynced) change.carry_out(synced);
    unsynced.clear();
  }
  /// A prefix of the changes, the last one perhaps torn.
  std::string after_crash(std::mt19937_64& draw) const {
    auto kept = synced;
    const auto whole = draw() % (unsynced.size() + 1);
    for (std::size_t i = 0; i < whole; ++i) unsynced[i].carry_out(kept);
    if (whole < unsynced.size() && draw() % 2 == 0) {
      auto torn = unsynced[whole];
      torn.bytes.resize(draw() % (torn.bytes.size() + 1));
      if (!torn.bytes.empty()) torn.carry_out(kept);
    }
    return kept;
  }
};

using file_pointer = std::shared_ptr<stored_file>;
using entries = std::map<std::string, file_pointer>;  ///< of one directory, by name

/// What happened to names at once; without a file: removed.
using entry_change = std::vector<std::pair<std::string, file_pointer>>;

struct stored_directory {
  entries names;
  entries synced;
  std::vector<entry_change> unsynced;

  static void carry_out(const entry_change& change, entries& names) {
    for (const auto& [name, file] : change) {
      if (file)
        names[name] = file;
      else
        names.erase(name);
    }
  }
  void change(entry_change what) {
    carry_out(what, names);
    unsynced.push_back(std::move(what));
  }
  void sync() {
    for (const auto& change : unsynced) carry_out(change, synced);
    unsynced.clear();
  }
  entries after_crash(std::mt19937_64& draw) const {
    auto kept = synced;
    const auto whole = draw() % (unsynced.size() + 1);
    for (std::size_t i = 0; i < whole; ++i) carry_out(unsynced[i], kept);
    return kept;
  }
};

struct disk {
  mutable std::mutex mutex;
  std::map<std::string, stored_directory> directories;
  std::set<std::string> locks;
  int failing_sync = 0;
  int failing_write = 0;
  std::uint64_t syncs = 0;
  std::uint64_t files_reused = 0;
};

inline bool strikes(int& countdown) { return countdown > 0 && --countdown == 0; }

struct place {
  std::string directory;
  std::string name;
};

inline std::string tidy_path(const std::string& path) {
  std::string tidy;
  for (const char c : path)
    if (c != '/' || tidy.empty() || tidy.back() != '/') tidy.push_back(c);
  if (tidy.size() > 1 && tidy.back() == '/') tidy.pop_back();
  return tidy;
}

inline place place_of(const std::string& path) {
  const auto tidy = tidy_path(path);
  const auto slash = tidy.rfind('/');
  if (slash == std::string::npos) return {".", tidy};
  return {tidy.substr(0, slash), tidy.substr(slash + 1)};
}

inline file_pointer find_file(disk& on, const std::string& path) {
  const auto [directory, name] = place_of(path);
  const auto found = on.directories.find(directory);
  if (found == on.directories.end()) return nullptr;
  const auto file = found->second.names.find(name);
  return file == found->second.names.end() ? nullptr : file->second;
}

}  // namespace resalehub::forgetful
