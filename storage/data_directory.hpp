#pragma once
/// The directory of one node: refuses another cluster's, another format's, or one in use, with a
/// sentence. Holds a lock on it while alive.
///   <directory>/identity   cluster id, node id, format, partitions (JSON, written once, synced)
///   <directory>/starts     how often it was opened to start a node
///   <directory>/peers      whom the node knew last
///   <directory>/lock  <directory>/log/  <directory>/state/  <directory>/keys/ (mode 0700)

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/result.hpp"

namespace resalehub {

/// What this version writes and reads. In format 1 rows were erased as ranges, which are not looked
/// at any more.
inline constexpr std::uint32_t data_format = 2;

struct directory_identity {
  std::string cluster;  ///< 32 hex digits, made with the directory
  std::uint64_t node = 1;
  std::uint32_t format = data_format;
  std::uint32_t partitions = 64;
  /// Of 32 bytes each, by name: there before the directory is anybody's. Not read back.
  std::map<std::string, std::string> secrets = {};
};

class data_directory {
 public:
  /// Whether it has an identity already. Refused when it holds what is not ours, or is a file.
  static result<bool> begun(const std::string& path);
  /// Creates it when absent or empty, with `wanted` as its identity; else reads it.
  /// `expected_cluster` empty: any.
  static result<std::unique_ptr<data_directory>> open(const std::string& path,
                                                      const directory_identity& wanted,
                                                      const std::string& expected_cluster);
  virtual ~data_directory() = default;
  virtual const directory_identity& identity() const = 0;
  virtual std::string log_path() const = 0;
  virtual std::string state_path() const = 0;
  /// The 32 bytes of a named secret, made from `fresh` and synced (mode 0600) when absent.
  virtual result<std::string> secret(const std::string& name, const std::string& fresh) = 0;
  /// Greater by one at each call, in this run and later ones; synced when it returns.
  virtual result<std::uint64_t> count_start() = 0;
  /// Replaces what is known of the peers, synced; and what was kept last, empty when nothing.
  virtual result<done> keep_peers(const std::string& bytes) = 0;
  virtual result<std::string> peers() const = 0;
  /// Of its file system, for us; all there can be when it cannot be asked.
  virtual std::uint64_t free_bytes() const = 0;
};

}  // namespace resalehub
