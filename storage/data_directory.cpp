#include "storage/data_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/check.hpp"

namespace resalehub {
namespace {

namespace files = std::filesystem;

constexpr std::size_t secret_bytes = 32;

/// An open file, closed with its scope.
class descriptor {
 public:
  explicit descriptor(int number) : number_(number) {}
  descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  descriptor& operator=(descriptor&&) = delete;
  ~descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  bool open() const { return number_ >= 0; }
  int number() const { return number_; }

 private:
  int number_;
};

/// With the reason the system gave last.
problem system_refusal(const std::string& sentence) {
  const int reason = errno;
  const auto which =
      reason == ENOSPC || reason == EDQUOT ? code::insufficient_storage : code::internal;
  return {which, sentence + ": " + std::strerror(reason) + "."};
}

problem plain_refusal(std::string sentence) { return {code::internal, std::move(sentence)}; }

// -- whole files ----------------------------------------------------------------------------------

std::optional<problem> sync_directory(const std::string& path) {
  const descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.open() || ::fsync(directory.number()) != 0)
    return system_refusal("The directory " + path + " cannot be synced");
  return std::nullopt;
}

bool write_all(const descriptor& file, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(file.number(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// The file is there whole or not at all, whatever ends the process in between.
std::optional<problem> write_whole(const std::string& directory, const std::string& name,
                                   std::string_view bytes) {
  const auto path = directory + "/" + name;
  const auto unfinished = path + ".unfinished";
  {
    const descriptor file(
        ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file.open() || !write_all(file, bytes) || ::fsync(file.number()) != 0)
      return system_refusal("The file " + path + " cannot be written");
  }
  if (::rename(unfinished.c_str(), path.c_str()) != 0)
    return system_refusal("The file " + path + " cannot be written");
  return sync_directory(directory);
}

/// Nothing when there is no such file.
result<std::optional<std::string>> read_whole(const std::string& path) {
  const descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.open()) {
    if (errno == ENOENT) return std::optional<std::string>();
    return system_refusal("The file " + path + " cannot be read");
  }
  std::string bytes;
  char part[4096];
  for (;;) {
    const auto size = ::read(file.number(), part, sizeof part);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return system_refusal("The file " + path + " cannot be read");
    if (size == 0) return std::optional<std::string>(std::move(bytes));
    bytes.append(part, static_cast<std::size_t>(size));
  }
}

// -- identity -------------------------------------------------------------------------------------

std::string write_identity(const directory_identity& identity) {
  return nlohmann::ordered_json{{"format", identity.format},
                                {"cluster", identity.cluster},
                                {"node", identity.node},
                                {"partitions", identity.partitions}}
             .dump(2) +
         "\n";
}

/// The format is read first: a newer one may have changed all the rest.
result<directory_identity> read_identity(const std::string& path, const std::string& bytes,
                                         std::uint32_t format_known) {
  const auto damaged = [&] { return plain_refusal("The file " + path + " is damaged."); };
  const auto json = nlohmann::json::parse(bytes, nullptr, false);
  if (!json.is_object()) return damaged();
  const auto number = [&](const char* name) -> std::optional<std::uint64_t> {
    const auto found = json.find(name);
    if (found == json.end() || !found->is_number_unsigned()) return std::nullopt;
    return found->get<std::uint64_t>();
  };
  const auto format = number("format");
  if (!format || *format == 0) return damaged();
  if (*format > format_known)
    return plain_refusal("The data directory has format " + std::to_string(*format) +
                         ", which a newer version wrote; this one knows formats up to " +
                         std::to_string(format_known) + " (" + path + ").");
  if (*format < data_format)
    return plain_refusal("The data directory has format " + std::to_string(*format) +
                         ", which only an older version reads; this one knows format " +
                         std::to_string(data_format) + " (" + path + ").");
  const auto cluster = json.find("cluster");
  const auto node = number("node");
  const auto partitions = number("partitions");
  if (cluster == json.end() || !cluster->is_string() || !node || !partitions ||
      *partitions > UINT32_MAX)
    return damaged();
  return directory_identity{cluster->get<std::string>(), *node,
                            static_cast<std::uint32_t>(*format),
                            static_cast<std::uint32_t>(*partitions)};
}

// -- the directory --------------------------------------------------------------------------------

class locked_directory final : public data_directory {
 public:
  locked_directory(std::string path, directory_identity identity, descriptor lock)
      : path_(std::move(path)), identity_(std::move(identity)), lock_(std::move(lock)) {}

  const directory_identity& identity() const override { return identity_; }
  std::string log_path() const override { return path_ + "/log"; }
  std::string state_path() const override { return path_ + "/state"; }
  result<std::string> secret(const std::string& name, const std::string& fresh) override;
  result<std::uint64_t> count_start() override;
  result<done> keep_peers(const std::string& bytes) override;
  result<std::string> peers() const override;
  std::uint64_t free_bytes() const override;

 private:
  const std::string path_;
  const directory_identity identity_;
  const descriptor lock_;
};

std::uint64_t locked_directory::free_bytes() const {
  struct statvfs found {};
  if (::statvfs(path_.c_str(), &found) != 0) return UINT64_MAX;
  return static_cast<std::uint64_t>(found.f_bavail) * found.f_frsize;
}

result<std::string> locked_directory::secret(const std::string& name, const std::string& fresh) {
  check(fresh.size() == secret_bytes, "a secret has 32 bytes");
  check(!name.empty() && name.find('/') == std::string::npos, "a secret's name is a file's name");
  const auto keys = path_ + "/keys";
  const auto path = keys + "/" + name;
  auto found = read_whole(path);
  if (!found) return std::move(found).problem();
  if (!found->has_value()) {
    if (auto refused = write_whole(keys, name, fresh)) return *std::move(refused);
    return fresh;
  }
  if ((**found).size() != secret_bytes)
    return plain_refusal("The secret " + path + " is damaged: it has " +
                         std::to_string((**found).size()) + " bytes, not 32.");
  return **std::move(found);
}

result<std::uint64_t> locked_directory::count_start() {
  auto found = read_whole(path_ + "/starts");
  if (!found) return std::move(found).problem();
  std::uint64_t count = 0;
  if (found->has_value()) {
    const auto& text = **found;
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (wrong != std::errc{} || count == 0 || std::string_view(end) != "\n")
      return plain_refusal("The file " + path_ + "/starts is damaged.");
  }
  ++count;
  if (auto refused = write_whole(path_, "starts", std::to_string(count) + "\n"))
    return *std::move(refused);
  return count;
}

result<done> locked_directory::keep_peers(const std::string& bytes) {
  if (auto refused = write_whole(path_, "peers", bytes)) return *std::move(refused);
  return done{};
}

result<std::string> locked_directory::peers() const {
  auto found = read_whole(path_ + "/peers");
  if (!found) return std::move(found).problem();
  return found->value_or("");
}

std::optional<problem> make_directory(const std::string& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) == 0 || errno == EEXIST) return std::nullopt;
  return system_refusal("The directory " + path + " cannot be created");
}

/// Only what an interrupted beginning may have left: anything else was put there by somebody.
std::optional<problem> refuse_foreign(const std::string& path) {
  std::error_code failed;
  for (files::directory_iterator entry(path, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    const auto name = entry->path().filename().string();
    const bool ours = name == "lock" || name == "identity.unfinished" || name == "lost+found" ||
                      name == "keys";
    if (!ours)
      return plain_refusal("The directory " + path + " is not empty and holds no identity: " +
                           name + " is not ours, nothing was changed.");
  }
  if (failed)
    return plain_refusal("The directory " + path + " cannot be read: " + failed.message() + ".");
  return std::nullopt;
}

result<descriptor> lock_directory(const std::string& path) {
  descriptor lock(::open((path + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.open()) return system_refusal("The file " + path + "/lock cannot be opened");
  if (::flock(lock.number(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return plain_refusal("The data directory " + path + " is in use by another process.");
    return system_refusal("The data directory " + path + " cannot be locked");
  }
  return lock;
}

std::optional<problem> make_keys(const std::string& path) {
  if (auto refused = make_directory(path + "/keys", 0700)) return refused;
  if (::chmod((path + "/keys").c_str(), 0700) != 0)
    return system_refusal("The directory " + path + "/keys cannot be made private");
  return std::nullopt;
}

/// The rooms, in a directory that is ours.
std::optional<problem> make_rooms(const std::string& path) {
  if (auto refused = make_directory(path + "/log", 0700)) return refused;
  if (auto refused = make_directory(path + "/state", 0700)) return refused;
  if (auto refused = make_keys(path)) return refused;
  return sync_directory(path);
}

result<directory_identity> read_or_write_identity(const std::string& path,
                                                  const directory_identity& wanted,
                                                  const std::string& expected_cluster) {
  auto stored = read_whole(path + "/identity");
  if (!stored) return std::move(stored).problem();
  if (stored->has_value()) {
    auto identity = read_identity(path + "/identity", **stored, wanted.format);
    if (identity && !expected_cluster.empty() && identity->cluster != expected_cluster)
      return plain_refusal("The data directory " + path + " belongs to cluster " +
                           identity->cluster + ", not to " + expected_cluster + ".");
    return identity;
  }
  if (auto refused = refuse_foreign(path)) return *std::move(refused);
  if (!expected_cluster.empty() && wanted.cluster != expected_cluster)
    return plain_refusal("A new data directory in " + path + " would belong to cluster " +
                         wanted.cluster + ", not to " + expected_cluster + ".");
  if (auto refused = make_keys(path)) return *std::move(refused);
  for (const auto& [name, bytes] : wanted.secrets)
    if (auto refused = write_whole(path + "/keys", name, bytes)) return *std::move(refused);
  if (auto refused = write_whole(path, "identity", write_identity(wanted)))
    return *std::move(refused);
  return wanted;
}

}  // namespace

result<bool> data_directory::begun(const std::string& path) {
  std::error_code failed;
  const auto status = files::status(path, failed);
  if (!files::exists(status)) return false;
  if (!files::is_directory(status))
    return plain_refusal("The path " + path + " is not a directory.");
  if (files::exists(path + "/identity", failed)) return true;
  if (auto refused = refuse_foreign(path)) return *std::move(refused);
  return false;
}

result<std::unique_ptr<data_directory>> data_directory::open(const std::string& path,
                                                             const directory_identity& wanted,
                                                             const std::string& expected_cluster) {
  std::error_code failed;
  const auto status = files::status(path, failed);
  if (files::exists(status) && !files::is_directory(status))
    return plain_refusal("The path " + path + " is not a directory.");
  if (!files::exists(status)) {
    if (auto refused = make_directory(path, 0700)) return *std::move(refused);
    const auto parent = (files::absolute(path) / "..").lexically_normal().string();
    if (auto refused = sync_directory(parent)) return *std::move(refused);
  }
  // A stranger's directory gets not even a lock file.
  if (!files::exists(path + "/identity", failed))
    if (auto refused = refuse_foreign(path)) return *std::move(refused);
  auto lock = lock_directory(path);
  if (!lock) return std::move(lock).problem();
  auto identity = read_or_write_identity(path, wanted, expected_cluster);
  if (!identity) return std::move(identity).problem();
  if (auto refused = make_rooms(path)) return *std::move(refused);
  return std::unique_ptr<data_directory>(std::make_unique<locked_directory>(
      path, *std::move(identity), *std::move(lock)));
}

}  // namespace resalehub
