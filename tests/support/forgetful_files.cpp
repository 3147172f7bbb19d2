#include "tests/support/forgetful_files.hpp"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <algorithm>

namespace resalehub {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;
using namespace forgetful;

IOStatus no_such(const std::string& path) { return IOStatus::PathNotFound(path); }

// -- open files -----------------------------------------------------------------------------------

class written_file final : public rocksdb::FSWritableFile {
 public:
  written_file(disk& on, file_pointer file, std::uint64_t position)
      : disk_(on), file_(std::move(file)), position_(position) {}

  using FSWritableFile::Append;
  IOStatus Append(const Slice& bytes, const IOOptions&, IODebugContext*) override {
    std::lock_guard lock(disk_.mutex);
    if (strikes(disk_.failing_write)) return IOStatus::IOError("a write failed on request");
    const auto fitting = disk_.fitting(*file_, position_, bytes.size());
    if (fitting > 0) file_->change({position_, std::string(bytes.data(), fitting)});
    position_ += fitting;
    if (fitting < bytes.size()) return IOStatus::NoSpace("the disk is full on request");
    return IOStatus::OK();
  }
  IOStatus Truncate(std::uint64_t size, const IOOptions&, IODebugContext*) override {
    std::lock_guard lock(disk_.mutex);
    file_->change({size, {}});
    return IOStatus::OK();
  }
  IOStatus Sync(const IOOptions&, IODebugContext*) override {
    std::lock_guard lock(disk_.mutex);
    ++disk_.syncs;
    if (strikes(disk_.failing_sync)) return IOStatus::IOError("a sync failed on request");
    file_->sync();
    return IOStatus::OK();
  }
  IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  bool IsSyncThreadSafe() const override { return true; }
  std::uint64_t GetFileSize(const IOOptions&, IODebugContext*) override { return position_; }

 private:
  disk& disk_;
  const file_pointer file_;
  std::uint64_t position_;
};

/// `found` has room for what is wanted at first: the file may change while the bytes are used.
IOStatus read_from(disk& on, stored_file& file, std::uint64_t offset, Slice* found) {
  std::lock_guard lock(on.mutex);
  if (strikes(on.failing_read)) return IOStatus::IOError("a read failed on request");
  const auto begin = std::min<std::uint64_t>(offset, file.content.size());
  const auto size = std::min<std::uint64_t>(found->size(), file.content.size() - begin);
  std::memcpy(const_cast<char*>(found->data()), file.content.data() + begin, size);
  file.note_read(begin, size);
  *found = {found->data(), size};
  return IOStatus::OK();
}

class sequential_file final : public rocksdb::FSSequentialFile {
 public:
  sequential_file(disk& on, file_pointer file) : disk_(on), file_(std::move(file)) {}
  IOStatus Read(std::size_t size, const IOOptions&, Slice* found, char* scratch,
                IODebugContext*) override {
    *found = {scratch, size};
    const auto status = read_from(disk_, *file_, position_, found);
    position_ += found->size();
    return status;
  }
  IOStatus Skip(std::uint64_t size) override {
    position_ += size;
    return IOStatus::OK();
  }

 private:
  disk& disk_;
  const file_pointer file_;
  std::uint64_t position_ = 0;
};

class random_file final : public rocksdb::FSRandomAccessFile {
 public:
  random_file(disk& on, file_pointer file) : disk_(on), file_(std::move(file)) {}
  IOStatus Read(std::uint64_t offset, std::size_t size, const IOOptions&, Slice* found,
                char* scratch, IODebugContext*) const override {
    *found = {scratch, size};
    return read_from(disk_, *file_, offset, found);
  }

 private:
  disk& disk_;
  const file_pointer file_;
};

class open_directory final : public rocksdb::FSDirectory {
 public:
  open_directory(disk& on, std::string path) : disk_(on), path_(std::move(path)) {}
  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    std::lock_guard lock(disk_.mutex);
    disk_.directories[path_].sync();
    return IOStatus::OK();
  }

 private:
  disk& disk_;
  const std::string path_;
};

class silent_logger final : public rocksdb::Logger {
 public:
  using Logger::Logv;
  void Logv(const char*, va_list) override {}
  std::size_t GetLogFileSize() const override { return 0; }
};

struct held_lock final : rocksdb::FileLock {
  explicit held_lock(std::string name) : path(std::move(name)) {}
  const std::string path;
};

// -- the file system ------------------------------------------------------------------------------

class forgetful_files final : public rocksdb::FileSystem {
 public:
  explicit forgetful_files(disk& on) : disk_(on) {}

  const char* Name() const override { return "forgetful"; }

  IOStatus NewSequentialFile(const std::string& path, const FileOptions&,
                             std::unique_ptr<rocksdb::FSSequentialFile>* opened,
                             IODebugContext*) override {
    std::lock_guard lock(disk_.mutex);
    auto file = find_file(disk_, path);
    if (!file) return no_such(path);
    *opened = std::make_unique<sequential_file>(disk_, std::move(file));
    return IOStatus::OK();
  }
  IOStatus NewRandomAccessFile(const std::string& path, const FileOptions&,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* opened,
                               IODebugContext*) override {
    std::lock_guard lock(disk_.mutex);
    auto file = find_file(disk_, path);
    if (!file) return no_such(path);
    *opened = std::make_unique<random_file>(disk_, std::move(file));
    return IOStatus::OK();
  }
  IOStatus NewWritableFile(const std::string& path, const FileOptions&,
                           std::unique_ptr<rocksdb::FSWritableFile>* opened,
                           IODebugContext*) override {
    std::lock_guard lock(disk_.mutex);
    auto file = std::make_shared<stored_file>();
    const auto [directory, name] = place_of(path);
    disk_.directories[directory].change({{name, file}});
    *opened = std::make_unique<written_file>(disk_, std::move(file), 0);
    return IOStatus::OK();
  }
  IOStatus ReopenWritableFile(const std::string& path, const FileOptions& options,
                              std::unique_ptr<rocksdb::FSWritableFile>* opened,
                              IODebugContext* debug) override {
    {
      std::lock_guard lock(disk_.mutex);
      if (auto file = find_file(disk_, path)) {
        const auto size = file->content.size();
        *opened = std::make_unique<written_file>(disk_, std::move(file), size);
        return IOStatus::OK();
      }
    }
    return NewWritableFile(path, options, opened, debug);
  }
  IOStatus ReuseWritableFile(const std::string& path, const std::string& old_path,
                             const FileOptions&, std::unique_ptr<rocksdb::FSWritableFile>* opened,
                             IODebugContext*) override {
    std::lock_guard lock(disk_.mutex);
    if (const auto status = rename(old_path, path); !status.ok()) return status;
    ++disk_.files_reused;
    *opened = std::make_unique<written_file>(disk_, find_file(disk_, path), 0);
    return IOStatus::OK();
  }
  IOStatus NewDirectory(const std::string& path, const IOOptions&,
                        std::unique_ptr<rocksdb::FSDirectory>* opened, IODebugContext*) override {
    *opened = std::make_unique<open_directory>(disk_, tidy_path(path));
    return IOStatus::OK();
  }
  IOStatus NewLogger(const std::string&, const IOOptions&,
                     std::shared_ptr<rocksdb::Logger>* opened, IODebugContext*) override {
    *opened = std::make_shared<silent_logger>();
    return IOStatus::OK();
  }

  IOStatus FileExists(const std::string& path, const IOOptions&, IODebugContext*) override {
    std::lock_guard lock(disk_.mutex);
    const bool there = find_file(disk_, path) || disk_.directories.contains(tidy_path(path));
    return there ? IOStatus::OK() : IOStatus::NotFound(path);
  }
  IOStatus GetChildren(const std::string& path, const IOOptions&, std::vector<std::string>* found,
                       IODebugContext*) override {
    std::lock_guard lock(disk_.mutex);
    found->clear();
    const auto directory = disk_.directories.find(tidy_path(path));
    if (directory == disk_.directories.end()) return IOStatus::NotFound(path);
    for (const auto& [name, file] : directory->second.names) found->push_back(name);
    return IOStatus::OK();
  }
  IOStatus GetFileSize(const std::string& path, const IOOptions&, std::uint64_t* size,
                       IODebugContext*) override {
    std::lock_guard lock(disk_.mutex);
    const auto file = find_file(disk_, path);
    if (!file) return no_such(path);
    *size = file->content.size();
    return IOStatus::OK();
  }
  IOStatus GetFileModificationTime(const std::string&, const IOOptions&, std::uint64_t* time,
                                   IODebugContext*) override {
    *time = 0;
    return IOStatus::OK();
  }
  IOStatus GetAbsolutePath(const std::string& path, const IOOptions&, std::string* absolute,
                           IODebugContext*) override {
    *absolute = path;
    return IOStatus::OK();
  }
  IOStatus IsDirectory(const std::string& path, const IOOptions&, bool* is,
                       IODebugContext*) override {
    std::lock_guard lock(disk_.mutex);
    *is = disk_.directories.contains(tidy_path(path));
    return IOStatus::OK();
  }
  IOStatus GetTestDirectory(const IOOptions&, std::string* path, IODebugContext*) override {
    *path = "/test";
    return IOStatus::OK();
  }

  IOStatus DeleteFile(const std::string& path, const IOOptions&, IODebugContext*) override {
    std::lock_guard lock(disk_.mutex);
    if (!find_file(disk_, path)) return no_such(path);
    const auto [directory, name] = place_of(path);
    disk_.directories[directory].change({{name, nullptr}});
    return IOStatus::OK();
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions&,
                      IODebugContext*) override {
    std::lock_guard lock(disk_.mutex);
    return rename(from, to);
  }
  IOStatus CreateDir(const std::string& path, const IOOptions& options,
                     IODebugContext* debug) override {
    return CreateDirIfMissing(path, options, debug);
  }
  IOStatus CreateDirIfMissing(const std::string& path, const IOOptions&,
                              IODebugContext*) override {
    std::lock_guard lock(disk_.mutex);
    disk_.directories[tidy_path(path)];
    return IOStatus::OK();
  }
  IOStatus DeleteDir(const std::string& path, const IOOptions&, IODebugContext*) override {
    std::lock_guard lock(disk_.mutex);
    disk_.directories.erase(tidy_path(path));
    return IOStatus::OK();
  }

  IOStatus LockFile(const std::string& path, const IOOptions&, rocksdb::FileLock** held,
                    IODebugContext*) override {
    std::lock_guard lock(disk_.mutex);
    if (!disk_.locks.insert(path).second) return IOStatus::IOError("lock is held: " + path);
    *held = new held_lock(path);
    return IOStatus::OK();
  }
  IOStatus UnlockFile(rocksdb::FileLock* held, const IOOptions&, IODebugContext*) override {
    const std::unique_ptr<held_lock> mine(static_cast<held_lock*>(held));
    std::lock_guard lock(disk_.mutex);
    disk_.locks.erase(mine->path);
    return IOStatus::OK();
  }

 private:
  IOStatus rename(const std::string& from, const std::string& to) {
    auto file = find_file(disk_, from);
    if (!file) return no_such(from);
    const auto old_place = place_of(from);
    const auto new_place = place_of(to);
    if (old_place.directory != new_place.directory)
      return IOStatus::NotSupported("a rename from one directory to another");
    disk_.directories[old_place.directory].change(
        {{old_place.name, nullptr}, {new_place.name, std::move(file)}});
    return IOStatus::OK();
  }

  disk& disk_;
};

}  // namespace

std::shared_ptr<rocksdb::FileSystem> make_forgetful_files(disk& on) {
  return std::make_shared<forgetful_files>(on);
}

}  // namespace resalehub
