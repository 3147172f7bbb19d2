#include "tests/support/forgetful_env.hpp"

#include <rocksdb/env.h>

#include "base/check.hpp"
#include "tests/support/driven_env.hpp"
#include "tests/support/forgetful_files.hpp"

namespace resalehub {
namespace {

using namespace forgetful;
using chance = std::mt19937_64;

class disk_in_memory final : public forgetful_env {
 public:
  explicit disk_in_memory(background how, std::uint64_t ids_drawn = 0) : how_(how) {
    auto files = make_forgetful_files(disk_);
    if (how == background::driven)
      driven_ = driven_env::make(std::move(files), ids_drawn);
    else
      threaded_ = rocksdb::NewCompositeEnv(files);
  }

  rocksdb::Env* env() override { return driven_ ? driven_->env() : threaded_.get(); }
  bool run_background() override { return driven_ && driven_->run_background(); }
  void set_time(std::uint64_t unix_micros) override {
    check(driven_ != nullptr, "only a driven disk has a time of its own");
    driven_->set_time(unix_micros);
  }

  std::unique_ptr<forgetful_env> after_crash(std::uint64_t seed) const override {
    chance draw(seed);
    return next(
        [&](const stored_directory& directory) { return directory.after_crash(draw); },
        [&](const stored_file& file) { return file.after_crash(draw); });
  }
  std::unique_ptr<forgetful_env> after_kill() const override {
    return next([](const stored_directory& directory) { return directory.names; },
                [](const stored_file& file) { return file.content; });
  }

  void fail_sync(int nth) override {
    std::lock_guard lock(disk_.mutex);
    disk_.failing_sync = nth;
  }
  void fail_write(int nth) override {
    std::lock_guard lock(disk_.mutex);
    disk_.failing_write = nth;
  }
  void fail_read(int nth) override {
    std::lock_guard lock(disk_.mutex);
    disk_.failing_read = nth;
  }
  void set_capacity(std::uint64_t bytes) override {
    std::lock_guard lock(disk_.mutex);
    disk_.capacity = bytes;
  }
  std::string flip_bit(std::uint64_t seed) override {
    std::lock_guard lock(disk_.mutex);
    return disk_.flip_bit(seed);
  }

  std::uint64_t bytes_used() const override {
    std::lock_guard lock(disk_.mutex);
    return disk_.bytes_used();
  }
  std::uint64_t hash() const override {
    std::lock_guard lock(disk_.mutex);
    return disk_.hash();
  }
  std::uint64_t syncs() const override {
    std::lock_guard lock(disk_.mutex);
    return disk_.syncs;
  }
  std::uint64_t unsynced_bytes() const override {
    std::lock_guard lock(disk_.mutex);
    std::uint64_t bytes = 0;
    for (const auto& [path, directory] : disk_.directories)
      for (const auto& [name, file] : directory.names)
        for (const auto& change : file->unsynced) bytes += change.bytes.size();
    return bytes;
  }
  std::uint64_t files_reused() const override {
    std::lock_guard lock(disk_.mutex);
    return disk_.files_reused;
  }

 private:
  template <class Names, class Content>
  std::unique_ptr<forgetful_env> next(const Names& names_of, const Content& content_of) const {
    auto found = std::make_unique<disk_in_memory>(how_, driven_ ? driven_->ids_drawn() : 0);
    if (driven_) found->driven_->set_time(driven_->time());
    std::lock_guard lock(disk_.mutex);
    std::map<const stored_file*, file_pointer> copies;
    for (const auto& [path, directory] : disk_.directories) {
      auto& kept = found->disk_.directories[path];
      for (const auto& [name, file] : names_of(directory)) {
        auto& copy = copies[file.get()];
        if (!copy) {
          copy = std::make_shared<stored_file>();
          copy->content = copy->synced = content_of(*file);
        }
        kept.names[name] = kept.synced[name] = copy;
      }
    }
    found->disk_.capacity = disk_.capacity;
    return found;
  }

  const background how_;
  disk disk_;
  std::unique_ptr<driven_env> driven_;
  std::unique_ptr<rocksdb::Env> threaded_;
};

}  // namespace

std::unique_ptr<forgetful_env> forgetful_env::make(background how) {
  return std::make_unique<disk_in_memory>(how);
}

}  // namespace resalehub
