#pragma once
/// What a forgetful_env stores: files and directories that know what of them was synced, and what a
/// loss of power would leave. Used under the disk's mutex.

#include <algorithm>
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

inline constexpr std::uint64_t sector_bytes = 512;

struct stored_file {
  std::string content;
  std::string synced;
  std::vector<file_change> unsynced;
  std::set<std::uint64_t> sectors_read;

  void note_read(std::uint64_t offset, std::uint64_t size) {
    if (size == 0) return;
    const auto last = (offset + size - 1) / sector_bytes;
    for (auto sector = offset / sector_bytes; sector <= last; ++sector)
      sectors_read.insert(sector);
  }
  std::vector<std::uint64_t> cold_sectors() const {
    std::vector<std::uint64_t> cold;
    for (std::uint64_t sector = 0; sector * sector_bytes < synced.size(); ++sector)
      if (!sectors_read.contains(sector)) cold.push_back(sector);
    return cold;
  }
  void flip(std::uint64_t bit) {
    for (auto* bytes : {&content, &synced})
      if (bit / 8 < bytes->size())
        (*bytes)[bit / 8] = static_cast<char>((*bytes)[bit / 8] ^ (1 << bit % 8));
  }

  void change(file_change what) {
    what.carry_out(content);
    unsynced.push_back(std::move(what));
  }
  void sync() {
    for (const auto& change : unsynced) change.carry_out(synced);
    unsynced.clear();
  }
  /// A prefix of the changes, the last one perhaps torn: anywhere, or between two sectors.
  std::string after_crash(std::mt19937_64& draw) const {
    auto kept = synced;
    const auto whole = draw() % (unsynced.size() + 1);
    for (std::size_t i = 0; i < whole; ++i) unsynced[i].carry_out(kept);
    if (whole < unsynced.size() && draw() % 2 == 0) {
      auto torn = unsynced[whole];
      auto size = draw() % (torn.bytes.size() + 1);
      const auto beyond = (torn.offset + size) % sector_bytes;
      if (draw() % 2 == 0) size -= std::min<std::uint64_t>(size, beyond);
      torn.bytes.resize(size);
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
  int failing_read = 0;
  std::uint64_t capacity = 0;  ///< 0: no end
  std::uint64_t syncs = 0;
  std::uint64_t files_reused = 0;

  std::uint64_t bytes_used() const {
    std::uint64_t bytes = 0;
    for (const auto& [path, directory] : directories)
      for (const auto& [name, file] : directory.names) bytes += file->content.size();
    return bytes;
  }
  /// How much of a write there is room for.
  std::uint64_t fitting(const stored_file& file, std::uint64_t offset, std::uint64_t size) const {
    if (capacity == 0) return size;
    const auto used = bytes_used();
    const auto free = capacity > used ? capacity - used : 0;
    const auto end = std::max<std::uint64_t>(file.content.size(), offset) + free;
    return std::min(size, end - offset);
  }
  std::string flip_bit(std::uint64_t seed) {
    std::vector<std::pair<std::string, stored_file*>> files;
    for (const auto& [path, directory] : directories)
      for (const auto& [name, file] : directory.names)
        if ((name.ends_with(".sst") || name.ends_with(".log")) && !file->cold_sectors().empty())
          files.emplace_back(path + "/" + name, file.get());
    if (files.empty()) return {};
    std::mt19937_64 draw(seed);
    const auto& [path, file] = files[draw() % files.size()];
    const auto cold = file->cold_sectors();
    const auto begin = cold[draw() % cold.size()] * sector_bytes;
    const auto size = std::min<std::uint64_t>(sector_bytes, file->synced.size() - begin);
    file->flip(8 * begin + draw() % (8 * size));
    return path;
  }
  std::uint64_t hash() const {
    std::uint64_t hash = 0xcbf29ce484222325;
    const auto add = [&hash](const std::string& bytes) {
      for (const char c : bytes)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    };
    for (const auto& [path, directory] : directories)
      for (const auto& [name, file] : directory.names) {
        add(path + "/" + name + ":" + std::to_string(file->content.size()) + ":");
        add(file->content);
      }
    return hash;
  }
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
