#include "storage/background_watch.hpp"

#include <rocksdb/listener.h>

#include <atomic>
#include <mutex>
#include <string>

#include "storage/failure.hpp"

namespace resalehub {
namespace {

class failure_listener final : public rocksdb::EventListener {
 public:
  void OnBackgroundError(rocksdb::BackgroundErrorReason reason,
                         rocksdb::Status* status) override {
    using rocksdb::BackgroundErrorReason;
    const bool writer_is_told = reason == BackgroundErrorReason::kWriteCallback ||
                                reason == BackgroundErrorReason::kMemTable;
    if (!writer_is_told) note("storing in the background failed (" + status->ToString() + ")");
  }

  bool ShouldBeNotifiedOnFileIO() override { return true; }
  void OnIOError(const rocksdb::IOErrorInfo& failed) override {
    if (failed.operation == rocksdb::FileOperationType::kRead)
      note("reading " + failed.file_path + " failed (" + failed.io_status.ToString() + ")");
  }

  bool unharmed() const { return !harmed_.load(std::memory_order_acquire); }

  void require_unharmed() const {
    if (unharmed()) [[likely]]
      return;
    std::string sentence;
    {
      std::lock_guard lock(mutex_);
      sentence = sentence_;
    }
    storage_failed(sentence);
  }

 private:
  void note(std::string sentence) {
    {
      std::lock_guard lock(mutex_);
      if (sentence_.empty()) sentence_ = std::move(sentence);
    }
    harmed_.store(true, std::memory_order_release);
  }

  std::atomic<bool> harmed_{false};
  mutable std::mutex mutex_;
  std::string sentence_;
};

class listening_watch final : public background_watch {
 public:
  bool unharmed() const override { return listener_->unharmed(); }
  void require_unharmed() const override { listener_->require_unharmed(); }
  std::shared_ptr<rocksdb::EventListener> listener() const override { return listener_; }

 private:
  const std::shared_ptr<failure_listener> listener_ = std::make_shared<failure_listener>();
};

}  // namespace

std::shared_ptr<background_watch> background_watch::make() {
  return std::make_shared<listening_watch>();
}

}  // namespace resalehub
